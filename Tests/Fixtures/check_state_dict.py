#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Loads model files of Ocellus into PyTorch networks with `load_state_dict(strict=True)` and compares logits.

    python3 Tests/Fixtures/check_state_dict.py cnn=cnn.safetensors resnet18=resnet18.safetensors

Each argument is NAME=FILE. The networks below are written by hand, the way a user of PyTorch writes them: as
`nn.Sequential`, and `resnet18` with torchvision's names. NAME `json` builds the module from the architecture in the
file instead. The image and the logits are those of the file's self-test. Needs torch; ends with status 1 when a file
does not load or a logit differs by more than 1e-4 of the largest (at least 1).
"""
import base64
import json
import math
import struct
import sys

import torch
from torch import nn

import networks

TOLERANCE = 1e-4
TYPES = {"F32": torch.float32, "I64": torch.int64}


def read(path):
    """Tensors by name, and the metadata, of a safetensors file."""
    with open(path, "rb") as file:
        data = file.read()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    metadata = header.pop("__metadata__")
    tensors = {}
    for name, entry in header.items():
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        tensor = torch.frombuffer(bytearray(data[begin:end]), dtype=TYPES[entry["dtype"]])
        tensors[name] = tensor.reshape(entry["shape"])
    return tensors, metadata


def ann(shape, classes):
    return nn.Sequential(
        nn.Flatten(), nn.Linear(math.prod(shape), 3000), nn.ReLU(), nn.Linear(3000, 1000), nn.ReLU(),
        nn.Linear(1000, classes))


def cnn(shape, classes):
    height, width = (((size - 2) // 2 - 2) // 2 for size in shape[1:])
    return nn.Sequential(
        nn.Conv2d(shape[0], 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(64 * height * width, 64), nn.ReLU(), nn.Linear(64, classes))


def lenet(shape, classes):
    padding = 2 if min(shape[1:]) < 32 else 0
    height, width = (((size + 2 * padding - 4) // 2 - 4) // 2 for size in shape[1:])
    return nn.Sequential(
        nn.Conv2d(shape[0], 6, 5, padding=padding), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.Tanh(),
        nn.AvgPool2d(2), nn.Flatten(), nn.Linear(16 * height * width, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(),
        nn.Linear(84, classes))


def normalized(inputs, outputs, kernel, stride=1, groups=1):
    convolution = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False)
    return [convolution, nn.BatchNorm2d(outputs), nn.ReLU()]


def vgg_small(shape, classes):
    layers, channels = [], shape[0]
    for width in (64, 128, 256):
        layers += [*normalized(channels, width, 3), *normalized(width, width, 3), nn.MaxPool2d(2)]
        channels = width
    features = 256 * (shape[1] // 8) * (shape[2] // 8)
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(features, 512), nn.ReLU(), nn.Linear(512, classes))


class GlobalAverage(nn.Module):
    def forward(self, x):
        return x.mean((2, 3))


def mobilenet_small(shape, classes):
    layers, channels = normalized(shape[0], 32, 3), 32
    for width, stride in ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)):
        layers += normalized(channels, channels, 3, stride, groups=channels) + normalized(channels, width, 1)
        channels = width
    return nn.Sequential(*layers, GlobalAverage(), nn.Linear(512, classes))


class BasicBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample = None
        if stride != 1:
            self.downsample = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        return torch.relu(y + (x if self.downsample is None else self.downsample(x)))


class EncoderBlock(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.ln_1 = nn.LayerNorm(width, eps=1e-6)
        self.self_attention = nn.MultiheadAttention(width, heads, batch_first=True)
        self.ln_2 = nn.LayerNorm(width, eps=1e-6)
        # torchvision has dropouts at 2 and 4.
        self.mlp = nn.ModuleDict({"0": nn.Linear(width, 4 * width), "3": nn.Linear(4 * width, width)})

    def forward(self, x):
        y = self.ln_1(x)
        x = x + self.self_attention(y, y, y)[0]
        return x + self.mlp["3"](nn.functional.gelu(self.mlp["0"](self.ln_2(x))))


class ViTTiny(nn.Module):
    """torchvision's VisionTransformer in the sizes of `vit-tiny`."""

    def __init__(self, shape, classes):
        super().__init__()
        width, tokens = 192, (shape[1] // 4) * (shape[2] // 4) + 1
        self.conv_proj = nn.Conv2d(shape[0], width, 4, stride=4)
        self.class_token = nn.Parameter(torch.zeros(1, 1, width))
        self.encoder = nn.Module()
        self.encoder.pos_embedding = nn.Parameter(torch.zeros(1, tokens, width))
        self.encoder.layers = nn.ModuleDict({f"encoder_layer_{i}": EncoderBlock(width, 3) for i in range(6)})
        self.encoder.ln = nn.LayerNorm(width, eps=1e-6)
        self.heads = nn.ModuleDict({"head": nn.Linear(width, classes)})

    def forward(self, x):
        x = self.conv_proj(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.class_token.expand(len(x), -1, -1), x], 1) + self.encoder.pos_embedding
        for block in self.encoder.layers.values():
            x = block(x)
        return self.heads["head"](self.encoder.ln(x)[:, 0])


class ResNet18(nn.Module):
    """torchvision's ResNet-18 with a 3x3 stem of stride 1 and without its max pooling, as is usual at 32x32."""

    def __init__(self, shape, classes):
        super().__init__()
        self.conv1 = nn.Conv2d(shape[0], 64, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        inputs = 64
        for stage, width in enumerate((64, 128, 256, 512), 1):
            blocks = nn.Sequential(BasicBlock(inputs, width, 1 if stage == 1 else 2), BasicBlock(width, width, 1))
            setattr(self, f"layer{stage}", blocks)
            inputs = width
        self.fc = nn.Linear(512, classes)

    def forward(self, x):
        x = torch.relu(self.bn1(self.conv1(x)))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(x.mean((2, 3)))


class Group(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding="same", bias=False)
        self.norm1 = nn.BatchNorm2d(outputs, eps=1e-12, momentum=0.4)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding="same", bias=False)
        self.norm2 = nn.BatchNorm2d(outputs, eps=1e-12, momentum=0.4)

    def forward(self, x):
        x = nn.functional.gelu(self.norm1(nn.functional.max_pool2d(self.conv1(x), 2)))
        return nn.functional.gelu(self.norm2(self.conv2(x)))


class Times(nn.Module):
    def __init__(self, factor):
        super().__init__()
        self.factor = factor

    def forward(self, x):
        return self.factor * x


def cifar94(shape, classes):
    """airbench94's network, for images whose maps end at 3x3."""
    patch = 8 * shape[0]
    return nn.Sequential(
        nn.Conv2d(shape[0], patch, 2), nn.GELU(), Group(patch, 64), Group(64, 256), Group(256, 256), nn.MaxPool2d(3),
        nn.Flatten(), nn.Linear(256, classes, bias=False), Times(1 / 9))


MAKERS = {
    "ann": ann, "cnn": cnn, "lenet": lenet, "vgg-small": vgg_small, "mobilenet-small": mobilenet_small,
    "resnet18": ResNet18, "cifar94": cifar94, "vit-tiny": ViTTiny,
}


def check(name, path):
    """The largest difference of a logit as a share of the largest logit (at least 1)."""
    tensors, metadata = read(path)
    document = json.loads(metadata["network"])
    shape, labels = document["input"], json.loads(metadata["labels"])
    module = networks.Network(document) if name == "json" else MAKERS[name](shape, len(labels))
    module.load_state_dict(tensors, strict=True)

    test, preprocessing = json.loads(metadata["self_test"]), json.loads(metadata["preprocessing"])
    pixels = torch.frombuffer(bytearray(base64.b64decode(test["pixels"])), dtype=torch.uint8).reshape(1, *shape)
    mean = torch.tensor(preprocessing["mean"]).reshape(-1, 1, 1)
    deviation = torch.tensor(preprocessing["standardDeviation"]).reshape(-1, 1, 1)
    with torch.no_grad():
        logits = module.eval()((pixels.float() / 255 - mean) / deviation)[0]
    expected = torch.tensor(test["logits"])
    return ((logits - expected).abs().max() / expected.abs().max().clamp(min=1)).item()


def main():
    pairs = [argument.partition("=")[::2] for argument in sys.argv[1:]]
    if not pairs or any(name not in [*MAKERS, "json"] or not path for name, path in pairs):
        sys.exit(f"{__doc__}\nNAME is one of {', '.join(MAKERS)}, json")
    failures = 0
    for name, path in pairs:
        try:
            difference = check(name, path)
            verdict = "ok" if difference <= TOLERANCE else "FAILED"
            print(f"{verdict}: {path} as {name}, logits differ by {difference:.2e}")
        except (RuntimeError, KeyError, OSError, ValueError, struct.error) as error:
            verdict = "FAILED"
            print(f"FAILED: {path} as {name}: {type(error).__name__}: {error}")
        failures += verdict != "ok"
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()

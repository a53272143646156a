#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Trains airbench94 with PyTorch on the CPU, so that `ocellus train --recipe cifar94` has something to agree with and to race.

    python3 Benchmarks/pytorch_cifar94.py --data CIFAR10_DIR --seed 0 --precision bf16 --variant compiled

CIFAR10_DIR holds the binary version of CIFAR-10. Prints one line of JSON: accuracy on the test images, mirrored and moved
at test time and as they are, and seconds. Jordan 2024, "94% on CIFAR-10 in 3.29 Seconds on a Single GPU", arXiv:2404.00498.

    network    conv 24 2x2 whitened, GELU; three groups of conv 3x3, max pool 2, batch norm, GELU, conv 3x3, batch norm, GELU
               with 64, 256 and 256 filters; max pool 3; dense without bias; times 1/9. Filters begin as a partial identity.
    training   476 batches of 1024 (9.9 epochs, short batches left out), SGD with Nesterov momentum 0.85, rate 11.5 and weight
               decay 0.0153 per 1024 images apart from momentum, 64 times the rate for biases of batch norms, triangle from 0.2
               over 1 at 23 % to 0.07, label smoothing 0.2, alternating flip, moves by up to 2 pixels, lookahead every 5 steps
               from the fourth epoch on

Tuned: channels_last, memory kept by the allocator, a fused optimiser. bf16 is autocast: weights and their update stay in f32.
Denormal numbers are kept. `--steps` ends the training early, to measure its speed.
"""
import argparse
import json
import math
import os
import resource
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "peers"))
import common

common.keep_memory()
started = time.perf_counter()

import numpy
import torch
import torch.nn.functional as F
from torch import nn

BATCH, EPOCHS, MOMENTUM = 1024, 9.9, 0.85
FIRST_EPOCHS = 3
MEAN = torch.tensor((0.4914, 0.4822, 0.4465)).view(1, 3, 1, 1)
DEVIATION = torch.tensor((0.2470, 0.2435, 0.2616)).view(1, 3, 1, 1)


def images(folder, names):
    """Normalised images [N, 3, 32, 32], channels last, and labels [N]."""
    records = numpy.concatenate(
        [numpy.fromfile(os.path.join(folder, name), dtype=numpy.uint8).reshape(-1, 3073) for name in names]
    )
    pixels = torch.from_numpy(records[:, 1:].reshape(-1, 3, 32, 32)).contiguous(memory_format=torch.channels_last)
    return (pixels.float() / 255 - MEAN) / DEVIATION, torch.from_numpy(records[:, 0].astype(numpy.int64))


def conv(inputs, outputs):
    layer = nn.Conv2d(inputs, outputs, 3, padding="same", bias=False)
    nn.init.dirac_(layer.weight.data[:inputs])
    return layer


def norm(channels):
    layer = nn.BatchNorm2d(channels, eps=1e-12, momentum=0.4)
    layer.weight.requires_grad = False
    return layer


def group(inputs, outputs):
    return [
        conv(inputs, outputs), nn.MaxPool2d(2), norm(outputs), nn.GELU(), conv(outputs, outputs), norm(outputs), nn.GELU(),
    ]


class Times(nn.Module):
    def __init__(self, factor):
        super().__init__()
        self.factor = factor

    def forward(self, x):
        return x * self.factor


def make():
    first = nn.Conv2d(3, 24, 2)
    first.weight.requires_grad = False
    nn.init.zeros_(first.bias)
    return nn.Sequential(
        first, nn.GELU(), *group(24, 64), *group(64, 256), *group(256, 256), nn.MaxPool2d(3), nn.Flatten(),
        nn.Linear(256, 10, bias=False), Times(1 / 9),
    )


def whiten(layer, x):
    """Filters that give patches of images unit covariance, and their negatives."""
    patches = x.unfold(2, 2, 1).unfold(3, 2, 1).transpose(1, 3).reshape(-1, 12)
    values, vectors = torch.linalg.eigh(patches.T @ patches / len(patches), UPLO="U")
    filters = (vectors.T / torch.sqrt(values.view(-1, 1) + 5e-4)).flip(0).reshape(12, 3, 2, 2)
    layer.weight.data[:] = torch.cat((filters, -filters))


def factor(step, steps):
    summit = int(0.23 * steps)
    return 0.2 + 0.8 * step / summit if step < summit else 1 - 0.93 * (step - summit) / (steps - summit)


class Lookahead:
    """Slow weights and statistics that follow the trained ones and replace them."""

    def __init__(self, model):
        self.slow = {name: value.clone() for name, value in model.state_dict().items()}

    def update(self, model, keep):
        for slow, value in zip(self.slow.values(), model.state_dict().values()):
            if value.is_floating_point():
                slow.lerp_(value, 1 - keep)
                value.copy_(slow)


def augmented(x, epoch, state):
    """All images of an epoch: flipped every other time, moved by up to two pixels into their mirrored border."""
    if epoch == 0:
        flips = torch.rand(len(x)) < 0.5
        state["pad"] = F.pad(torch.where(flips.view(-1, 1, 1, 1), x.flip(-1), x), (2,) * 4, "reflect")
    moves = torch.randint(0, 5, (len(x), 2))
    result = torch.empty_like(x)
    for y in range(5):
        for z in range(5):
            chosen = (moves[:, 0] == y) & (moves[:, 1] == z)
            result[chosen] = state["pad"][chosen, :, y : y + 32, z : z + 32]
    return result.flip(-1) if epoch % 2 else result


def views(x):
    """Views of images with the shares of their logits: as they are and moved by a pixel both ways, each mirrored too."""
    padded = F.pad(x, (1,) * 4, "reflect")
    for share, view in ((0.5, x), (0.25, padded[:, :, :32, :32]), (0.25, padded[:, :, 2:, 2:])):
        yield share / 2, view
        yield share / 2, view.flip(-1)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="folder of the CIFAR-10 binary files")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--precision", choices=["f32", "bf16"], default="f32")
    parser.add_argument("--variant", choices=["eager", "compiled"], default="eager")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--steps", type=int, help="ends earlier, without a test")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.set_flush_denormal(False)
    torch.manual_seed(args.seed)

    x, y = images(args.data, [f"data_batch_{i}.bin" for i in range(1, 6)])
    model = make()
    whiten(model[0], x[:5000])
    model = model.to(memory_format=torch.channels_last)
    per_epoch = len(x) // BATCH
    steps = math.ceil(per_epoch * EPOCHS)
    scale = 1024 * (1 + 1 / (1 - MOMENTUM))
    rate, decay = 11.5 / scale, 0.0153 * BATCH / scale
    biases = [layer.bias for layer in model if isinstance(layer, nn.BatchNorm2d)]
    rest = [p for p in model.parameters() if p.requires_grad and all(p is not bias for bias in biases)]
    optimizer = torch.optim.SGD(
        [
            {"params": biases, "lr": 64 * rate, "weight_decay": decay / (64 * rate)},
            {"params": rest, "lr": rate, "weight_decay": decay / rate},
        ],
        momentum=MOMENTUM, nesterov=True, fused=True,
    )
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: factor(step, steps))
    forward = torch.compile(model) if args.variant == "compiled" else model
    loss_of = nn.CrossEntropyLoss(label_smoothing=0.2, reduction="sum")

    def logits(batch):
        with torch.autocast("cpu", torch.bfloat16, enabled=args.precision == "bf16"):
            return forward(batch).float()

    lookahead, done, state, times = None, 0, {}, []
    for epoch in range(math.ceil(EPOCHS)):
        model[0].bias.requires_grad = epoch < FIRST_EPOCHS
        model.train()
        changed = augmented(x, epoch, state)
        order = torch.randperm(len(x))
        for start in range(0, per_epoch * BATCH, BATCH):
            begun = time.perf_counter()
            chosen = order[start : start + BATCH]
            loss = loss_of(logits(changed[chosen].contiguous(memory_format=torch.channels_last)), y[chosen])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            scheduler.step()
            done += 1
            if epoch >= FIRST_EPOCHS and done % 5 == 0:
                if lookahead is None:
                    lookahead = Lookahead(model)
                else:
                    lookahead.update(model, 0.95**5 * (done / steps) ** 3)
            times.append(time.perf_counter() - begun)
            if done == steps or done == args.steps:
                break
        if lookahead is not None:
            lookahead.update(model, 1)
        print(f"epoch {epoch + 1}: loss {loss.item() / BATCH:.4f}, {time.perf_counter() - started:.0f} s", file=sys.stderr)
        if done == args.steps:
            break
    result = {
        "peer": "pytorch", "version": torch.__version__, "variant": args.variant, "precision": args.precision,
        "seed": args.seed, "steps": done, "medianStepSeconds": sorted(times)[len(times) // 2],
    }
    if done == steps:
        x, y = images(args.data, ["test_batch.bin"])
        model.eval()
        plain, averaged = [], []
        with torch.no_grad():
            for batch in x.split(BATCH):
                outputs = [(share, logits(view.contiguous(memory_format=torch.channels_last))) for share, view in views(batch)]
                plain.append(outputs[0][1])
                averaged.append(sum(share * output for share, output in outputs))
        for name, parts in (("accuracy", averaged), ("accuracyWithoutViews", plain)):
            result[name] = 100 * (torch.cat(parts).argmax(1) == y).double().mean().item()
    result["seconds"] = time.perf_counter() - started
    result["peakMemory"] = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps(result))


if __name__ == "__main__":
    main()

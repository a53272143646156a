#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Exports networks and layers and compares ONNX Runtime's answers with ours on photos of odd sizes.

usage: check-export.py FOLDER-OF-PHOTOS [--count N] [--fitted N] [--networks "TEXT@SIZE;…"] [--output FILE]

For every network: onnx.checker with full check at each version of the operators; then, for each --preprocess, the share of photos
with the same first answer and the largest difference of a logit, as a share of the largest logit. Weights are drawn from a seed,
with statistics that are not those of the start.
"""
import argparse
import pathlib
import tempfile

import numpy as np
import onnx
import onnxruntime as ort
from PIL import Image, ImageOps

import common

# Networks of the zoo and layers in the one-line form: every operator occurs.
NETWORKS = {
    "ann": "32x32x3", "cnn": "32x32x3", "lenet": "28x28x1", "vgg-small": "32x32x3", "resnet18": "64x64x3",
    "mobilenet-small": "64x64x3", "cifar94": "32x32x3", "vit-tiny": "32x32x3",
    "conv 8 3 stride 2 pad 1, batchnorm, silu, avgpool 3 stride 2 pad 1, conv 8 3 groups 2 dilation 2, gelu, "
    "globalavgpool, dense classes": "33x29x3",
    "conv 8 3, relu6, blurpool 3 stride 2, concat { conv 4 1, leakyrelu 0.1 | conv 4 3, hardswish }, layernorm, "
    "maxpool 3 stride 2 pad 1, flatten, dropout 0.5, dense classes": "32x32x3",
    "conv 8 3, gate { globalavgpool, dense 4, relu, dense 8, hardsigmoid }, residual { conv 8 3, batchnorm, droppath 0.1 }, "
    "scale 0.5, globalmaxpool, tanh, dense classes": "24x24x3",
    "local 4 3 stride 2, relu, local 4 3 random 7, sigmoid, flatten, dense classes": "16x16x3",
    "patches 24 8, classtoken, positions, residual { layernorm, attention 3, layerscale }, layernorm, token 0, dense classes":
        "32x32x3",
}


def session(path):
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def main():
    parser = argparse.ArgumentParser(epilog=common.NEEDS)
    parser.add_argument("photos")
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--fitted", type=int, default=10, help="photos for none and normalize, which compare the network alone")
    parser.add_argument("--networks")
    parser.add_argument("--output")
    arguments = parser.parse_args()
    photos = sorted(p for p in pathlib.Path(arguments.photos).rglob("*") if p.suffix.lower() in (".jpg", ".png"))
    photos = photos[:: max(1, len(photos) // arguments.count)][: arguments.count]
    networks = NETWORKS
    if arguments.networks:
        networks = dict(pair.rsplit("@", 1) for pair in arguments.networks.split(";"))
    probe = common.Probe()
    rows = []
    total = [0, 0]
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for seed, (name, size) in enumerate(networks.items()):
            checked = []
            for opset in range(17, 22):
                mode = "resize" if opset > 17 else "normalize"
                answer = probe.ask("export", name, size, 10, mode, opset, seed, folder)
                if "error" in answer:
                    checked.append(f"{opset}: {answer['error']} {answer.get('summary', '')}")
                    continue
                try:
                    onnx.checker.check_model(onnx.load(folder / "model.onnx"), full_check=True)
                except Exception as error:
                    checked.append(f"{opset}: {str(error)[:200]}")
            row = [name, size, "; ".join(checked) or "clean at 17 to 21"]
            height, width, channels = (int(part) for part in size.split("x"))
            ours = None
            for mode in ("none", "normalize", "resize"):
                answer = probe.ask("export", name, size, 10, mode, 18, seed, folder)
                if "error" in answer:
                    row.append(answer.get("summary", answer["error"]))
                    continue
                network = session(folder / "model.onnx")
                same, worst, count = 0, 0.0, 0
                for photo in photos if mode == "resize" else photos[: arguments.fitted]:
                    image = ImageOps.exif_transpose(Image.open(photo)).convert("RGB" if channels == 3 else "L")
                    if mode != "resize":
                        # Fitted already: what is compared is the network and its arithmetic.
                        image = image.resize((width, height), Image.BILINEAR)
                        path = folder / "photo.png"
                        image.save(path)
                    else:
                        path = photo
                        if channels == 1:
                            path = folder / "photo.png"
                            image.save(path)
                    want = probe.ask("predict", folder / "model.safetensors", path)
                    if "error" in want:
                        raise SystemExit(want)
                    want = np.array(want["logits"])
                    pixels = np.asarray(image).reshape(1, image.height, image.width, channels)
                    if mode == "none":
                        mean = np.array([0.485, 0.456, 0.406] if channels == 3 else [0.2860], np.float32)
                        deviation = np.array([0.229, 0.224, 0.225] if channels == 3 else [0.3530], np.float32)
                        scaled = (pixels.astype(np.float32) / np.float32(255) - mean) / deviation
                        pixels = np.ascontiguousarray(scaled.transpose(0, 3, 1, 2))
                    got = network.run(["logits"], {network.get_inputs()[0].name: pixels})[0][0]
                    same += int(got.argmax() == want.argmax())
                    worst = max(worst, float(np.abs(got - want).max() / max(1e-6, np.abs(want).max())))
                    count += 1
                row.append(f"{same}/{count}, {worst:.1e}")
                if mode == "resize":
                    total = [total[0] + same, total[1] + count]
            rows.append(row)
            print(row, flush=True)
    text = common.table(rows, ["Network", "Size", "onnx.checker", "none", "normalize", "resize"])
    text += f"\n\nresize: {total[0]} of {total[1]} pairs of network and photo have the same first answer"
    print(text)
    if arguments.output:
        pathlib.Path(arguments.output).write_text(text + "\n")


main()

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Trains a network with and without rotation and scale on the embedded images, for five seeds, and tests it on test
images that SciPy turned and scaled (numbers of their own for each image) and on the unchanged ones.

    Benchmarks/augmentation_helps.py --ocellus .build/release/ocellus --output Benchmarks/results/augmentation_helps.json

Prints the mean difference of the accuracies, paired by seed, with its 95 % t-interval. Needs NumPy and SciPy.
"""
import argparse
import gzip
import json
import math
import os
import pathlib
import shutil
import statistics
import struct
import subprocess
import tempfile

import numpy as np
import scipy
import scipy.stats
from scipy.ndimage import affine_transform

SOURCES = pathlib.Path(__file__).resolve().parents[1] / "Sources/CEmbeddedImages/fashion-mini"
TEST = "t10k-images-idx3-ubyte.gz"


def read(path):
    data = gzip.open(path).read()
    return np.frombuffer(data, np.uint8, offset=16).reshape(struct.unpack(">3I", data[4:16]))


def changed(images, degrees, scale):
    random = np.random.default_rng(20)
    output = np.empty_like(images)
    center = (np.array(images.shape[1:]) - 1) / 2
    for n, image in enumerate(images):
        angle, factor = np.radians(random.uniform(-degrees, degrees)), random.uniform(*scale)
        matrix = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) / factor
        values = affine_transform(image.astype(float), matrix, center - matrix @ center, order=1)
        output[n] = np.clip(np.round(values), 0, 255)
    return output


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ocellus", default=".build/release/ocellus")
    parser.add_argument("--network", default="cnn")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--degrees", type=float, default=30)
    parser.add_argument("--scale", type=float, nargs=2, default=(0.7, 1.3))
    parser.add_argument("--output")
    args = parser.parse_args()
    steps = f"rotate {args.degrees:g}, scale {args.scale[0]:g}..{args.scale[1]:g}"
    runs = []
    with tempfile.TemporaryDirectory() as folder:
        data = {}
        for name in ("turned and scaled", "unchanged"):
            data[name] = os.path.join(folder, name.replace(" ", "-"))
            shutil.copytree(SOURCES, data[name])
        images = changed(read(SOURCES / TEST), args.degrees, args.scale)
        with gzip.open(os.path.join(data["turned and scaled"], TEST), "wb") as file:
            file.write(struct.pack(">4I", 0x803, *images.shape) + images.tobytes())
        for seed in range(args.seeds):
            for augment in (None, steps):
                run = os.path.join(folder, f"run-{seed}-{'plain' if augment is None else 'augmented'}")
                train = [args.ocellus, "train", "--data", data["unchanged"], "--network", args.network, "--epochs",
                         str(args.epochs), "--seed", str(seed), "-o", run, "--json", "--quiet"]
                subprocess.run(train + (["--augment", augment] if augment else []), check=True,
                               stdout=subprocess.DEVNULL)
                accuracies = {}
                for name, path in data.items():
                    result = subprocess.run(
                        [args.ocellus, "evaluate", os.path.join(run, "model.safetensors"), "--data", path, "--json",
                         "--quiet"], check=True, stdout=subprocess.PIPE, text=True)
                    accuracies[name] = json.loads(result.stdout)["accuracy"]
                runs.append({"seed": seed, "augment": augment, "accuracy": accuracies})
                print(runs[-1], flush=True)
    t = scipy.stats.t.ppf(0.975, args.seeds - 1)
    summary = {}
    for name in data:
        pairs = [[100 * r["accuracy"][name] for r in runs if r["seed"] == seed] for seed in range(args.seeds)]
        differences = [augmented - plain for plain, augmented in pairs]
        mean = statistics.mean(differences)
        half = t * statistics.stdev(differences) / math.sqrt(args.seeds)
        summary[name] = {
            "plain": statistics.mean(p[0] for p in pairs), "augmented": statistics.mean(p[1] for p in pairs),
            "difference": mean, "interval": [mean - half, mean + half]}
        print(f"{name}: {summary[name]['plain']:.2f} % plain, {summary[name]['augmented']:.2f} % augmented, difference "
              f"{mean:+.2f} points, 95 % interval {mean - half:+.2f} to {mean + half:+.2f}")
    if args.output:
        with open(args.output, "w") as file:
            json.dump({"schema": 1, "network": args.network, "epochs": args.epochs, "augment": steps,
                       "scipy": scipy.__version__, "summary": summary, "runs": runs}, file, indent=2)
            file.write("\n")


if __name__ == "__main__":
    main()

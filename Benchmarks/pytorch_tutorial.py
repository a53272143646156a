#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Trains the reference pair with PyTorch under the recipe `tutorial`, so that Ocellus has something to agree with.

    python3 Benchmarks/pytorch_tutorial.py --data CIFAR10_DIR --output Benchmarks/results/pytorch_tutorial.json

CIFAR10_DIR holds the binary version of CIFAR-10 (data_batch_1.bin ... data_batch_5.bin, test_batch.bin). Every
finished run is added to the output file at once, and runs that the file already has are skipped.

The recipe: pixels/255, Glorot uniform weights, zero biases, softmax cross-entropy, all 50,000 training images in a new
order each epoch, batches of 32 with a short last one, no augmentation, no early stopping. The weights after the last
epoch classify the test images once.

    ann  flatten, dense 3000, ReLU, dense 1000, ReLU, dense 10          SGD(0.01), 5 epochs
    cnn  conv 32 3x3, ReLU, maxpool 2, conv 64 3x3, ReLU, maxpool 2,
         flatten, dense 64, ReLU, dense 10 (no padding)                 Adam(0.001, epsilon 1e-7 as in Keras), 10 epochs
"""
import argparse
import fcntl
import hashlib
import json
import os
import platform
import statistics
import sys
import time

import numpy
import torch
from torch import nn

EPOCHS = {"ann": 5, "cnn": 10}
BATCH = 32
TRAIN_FILES = [f"data_batch_{i}.bin" for i in range(1, 6)]
TEST_FILES = ["test_batch.bin"]


def load(folder, names):
    """Images [N, 3, 32, 32] of pixels/255 and labels [N]."""
    records = numpy.concatenate(
        [numpy.fromfile(os.path.join(folder, name), dtype=numpy.uint8).reshape(-1, 3073) for name in names]
    )
    images = torch.from_numpy(records[:, 1:].reshape(-1, 3, 32, 32).astype(numpy.float32) / 255)
    return images, torch.from_numpy(records[:, 0].astype(numpy.int64))


def make_network(name):
    if name == "ann":
        layers = [nn.Flatten(), nn.Linear(3072, 3000), nn.ReLU(), nn.Linear(3000, 1000), nn.ReLU(), nn.Linear(1000, 10)]
    else:
        layers = [
            nn.Conv2d(3, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(64 * 6 * 6, 64), nn.ReLU(), nn.Linear(64, 10),
        ]
    network = nn.Sequential(*layers)
    for layer in network:
        if isinstance(layer, (nn.Linear, nn.Conv2d)):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)
    return network


def make_optimizer(name, network):
    if name == "ann":
        return torch.optim.SGD(network.parameters(), lr=0.01)
    return torch.optim.Adam(network.parameters(), lr=0.001, eps=1e-7)


def accuracy(network, images, labels):
    """Per cent of images whose largest logit is at the label."""
    correct = 0
    with torch.no_grad():
        for start in range(0, len(labels), 500):
            correct += (network(images[start : start + 500]).argmax(1) == labels[start : start + 500]).sum().item()
    return 100 * correct / len(labels)


def train(name, seed, train_set, test_set):
    torch.manual_seed(seed)
    images, labels = train_set
    network = make_network(name)
    optimizer = make_optimizer(name, network)
    losses = []
    for epoch in range(EPOCHS[name]):
        start = time.time()
        total = 0.0
        for batch in torch.randperm(len(labels)).split(BATCH):
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(network(images[batch]), labels[batch])
            loss.backward()
            optimizer.step()
            total += loss.item() * len(batch)
        losses.append(total / len(labels))
        print(f"{name} seed {seed} epoch {epoch + 1}: loss {losses[-1]:.4f}, {time.time() - start:.0f} s",
              file=sys.stderr, flush=True)
    return {
        "network": name, "seed": seed, "test_accuracy": round(accuracy(network, *test_set), 4),
        "train_loss": [round(loss, 5) for loss in losses], "threads": torch.get_num_threads(),
    }


def describe(folder):
    digests = {}
    for name in TRAIN_FILES + TEST_FILES:
        with open(os.path.join(folder, name), "rb") as file:
            digests[name] = hashlib.sha256(file.read()).hexdigest()
    return {
        "schema": 1,
        "command": "python3 Benchmarks/pytorch_tutorial.py --data CIFAR10_DIR --output "
                   "Benchmarks/results/pytorch_tutorial.json",
        "recipe": "tutorial",
        "torch": torch.__version__, "numpy": numpy.__version__, "python": platform.python_version(),
        "data_sha256": digests,
    }


def summarise(runs):
    summary = {}
    for name in EPOCHS:
        values = [run["test_accuracy"] for run in runs if run["network"] == name]
        if values:
            summary[name] = {
                "runs": len(values), "mean": round(statistics.mean(values), 4),
                "standard_deviation": round(statistics.stdev(values), 4) if len(values) > 1 else None,
            }
    return summary


def record(path, header, run=None):
    """Adds a run to the file, which several processes may share, and returns the runs that it holds."""
    with open(path, "a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        text = file.read()
        document = json.loads(text) if text else {}
        if document and document["data_sha256"] != header["data_sha256"]:
            sys.exit(f"{path} was made from other files; write to another file or delete it")
        runs = document.get("runs", [])
        if run:
            runs = sorted(runs + [run], key=lambda run: (run["network"], run["seed"]))
            document = header | {"summary": summarise(runs), "runs": runs}
            file.truncate(0)
            file.write(json.dumps(document, indent=2) + "\n")
    return runs


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="folder of the CIFAR-10 binary files")
    parser.add_argument("--output", required=True, help="JSON file that collects the runs")
    parser.add_argument("--networks", default="cnn,ann")
    parser.add_argument("--seeds", default="0,1,2,3,4")
    parser.add_argument(
        "--threads", type=int, default=1, help="1 by default: the order of sums then never depends on the machine's load")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    header = describe(args.data)
    train_set, test_set = load(args.data, TRAIN_FILES), load(args.data, TEST_FILES)
    for seed in map(int, args.seeds.split(",")):
        for name in args.networks.split(","):
            if any(run["network"] == name and run["seed"] == seed for run in record(args.output, header)):
                continue
            run = train(name, seed, train_set, test_set)
            print(f"{name} seed {seed}: test accuracy {run['test_accuracy']:.2f} %", flush=True)
            record(args.output, header, run)


if __name__ == "__main__":
    main()

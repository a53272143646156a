#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Times training of the reference pair in PyTorch on the CPU, tuned, and prints one line of JSON.

    python3 Benchmarks/peers/pytorch_train.py --network cnn --batch-size 32 --seconds 5 --data CIFAR10_DIR

Tuned means: channels_last for the convolutions, a fused optimiser, denormal numbers flushed to zero, memory kept by
the allocator instead of returned to the system, images converted to float and put in order beforehand. The timer
covers forward, loss, backward and update. Batches change from step to step through all images: on one
fixed batch the loss would reach 0 and its denormal gradients would slow the arithmetic down.
"""
import argparse
import ctypes
import glob
import json
import os
import time

# Before PyTorch allocates: never give memory back, never use mmap for large blocks (M_TRIM_THRESHOLD, M_TOP_PAD,
# M_MMAP_MAX of malloc.h). Without it every step pays for fresh pages.
try:
    libc = ctypes.CDLL("libc.so.6")
    for parameter, value in ((-1, 2**31 - 1), (-2, 256 << 20), (-4, 0)):
        libc.mallopt(parameter, value)
except OSError:
    pass  # Another C library: the allocator stays as it is.

import numpy
import torch
from torch import nn


def load(path):
    """Images [N, 3, 32, 32] and labels [N] of the CIFAR-10 binary files in a folder, or random ones for `random`."""
    if path == "random":
        random = numpy.random.default_rng(0)
        images, labels = random.integers(0, 256, (10000, 3, 32, 32), numpy.uint8), random.integers(0, 10, 10000)
    else:
        files = sorted(glob.glob(os.path.join(path, "data_batch_*.bin")))
        if not files:
            raise SystemExit(f"{path} has no data_batch_*.bin; give the folder of the CIFAR-10 binary files or random")
        records = numpy.concatenate([numpy.fromfile(file, numpy.uint8).reshape(-1, 3073) for file in files])
        images, labels = records[:, 1:].reshape(-1, 3, 32, 32), records[:, 0]
    return torch.from_numpy(images.astype(numpy.float32) / 255), torch.from_numpy(labels.astype(numpy.int64))


def make(network):
    """Network, optimiser and memory format as in the recipe `tutorial`."""
    if network == "ann":
        model = nn.Sequential(
            nn.Flatten(), nn.Linear(3072, 3000), nn.ReLU(), nn.Linear(3000, 1000), nn.ReLU(), nn.Linear(1000, 10))
        return model, torch.optim.SGD(model.parameters(), lr=0.01, fused=True), torch.contiguous_format
    model = nn.Sequential(
        nn.Conv2d(3, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(64 * 6 * 6, 64), nn.ReLU(), nn.Linear(64, 10)).to(memory_format=torch.channels_last)
    return model, torch.optim.Adam(model.parameters(), lr=0.001, eps=1e-7, fused=True), torch.channels_last


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", choices=["ann", "cnn"], required=True)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=5, help="of timed training, after --warm-up")
    parser.add_argument("--warm-up", type=float, default=1, metavar="SECONDS")
    parser.add_argument("--data", required=True, help="folder of the CIFAR-10 binary files, or random")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()

    torch.set_num_threads(args.threads)
    torch.set_flush_denormal(True)
    torch.manual_seed(0)
    images, labels = load(args.data)
    model, optimizer, memory_format = make(args.network)
    order = torch.randperm(len(labels))
    images, labels = images[order].contiguous(memory_format=memory_format), labels[order]
    batches = [
        (images[start : start + args.batch_size], labels[start : start + args.batch_size])
        for start in range(0, len(labels) - args.batch_size + 1, args.batch_size)]

    def run(seconds, position):
        """Trains for a while from the given batch on; images, seconds and the next batch."""
        start, count = time.perf_counter(), 0
        while time.perf_counter() - start < seconds:
            x, y = batches[(position + count) % len(batches)]
            optimizer.zero_grad(set_to_none=True)
            nn.functional.cross_entropy(model(x), y).backward()
            optimizer.step()
            count += 1
        return count * args.batch_size, time.perf_counter() - start, position + count

    _, _, position = run(args.warm_up, 0)
    count, seconds, _ = run(args.seconds, position)
    print(json.dumps({
        "schema": 1, "framework": "pytorch", "version": torch.__version__, "network": args.network,
        "batch_size": args.batch_size, "threads": torch.get_num_threads(), "precision": "f32",
        "images_per_second": round(count / seconds, 1), "seconds": round(seconds, 3)}))


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Times training in PyTorch on the CPU, tuned, and prints one line of JSON.

    python3 Benchmarks/peers/torch_train.py --network cnn --batch-size 32 --data CIFAR10_DIR

Tuned means: channels_last for convolutions, a fused optimiser, memory kept by the allocator, images put in order
beforehand. The timer covers what Ocellus's does: 8-bit pixels of the next batch to float, forward, loss, backward,
update. Denormal numbers are kept. bf16 is autocast: weights and their update stay in f32. Batches run through all images:
on one fixed batch the loss would reach 0 and its denormal gradients would slow the arithmetic down.
"""
import time

import common

common.keep_memory()

import torch

import networks
import torch_networks


def main():
    started = time.perf_counter()
    args = common.arguments(__doc__, ("eager", "compiled"))
    torch.set_num_threads(args.threads)
    torch.set_flush_denormal(False)
    torch.manual_seed(0)
    has_maps = args.network != "ann"
    model = torch_networks.make(args.network)
    if has_maps:
        model = model.to(memory_format=torch.channels_last)
    pixels, labels = (torch.from_numpy(array) for array in common.load(args.data, channels_last=has_maps))
    if has_maps:
        pixels = pixels.permute(0, 3, 1, 2)  # [N, C, H, W] with the channels last in memory
    if args.optimizer == "sgd":
        optimizer = torch.optim.SGD(model.parameters(), lr=0.01, fused=True)
    else:
        optimizer = torch.optim.Adam(model.parameters(), lr=0.001, eps=1e-7, fused=True)
    forward = torch.compile(model) if args.variant == "compiled" else model
    model.train()
    last = {}

    def step(start):
        x = pixels[start : start + args.batch_size].float().mul_(1 / 255)
        y = labels[start : start + args.batch_size]
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cpu", torch.bfloat16, enabled=args.precision == "bf16"):
            logits = forward(x)
        last["loss"] = loss = torch.nn.functional.cross_entropy(logits.float(), y)
        loss.backward()
        optimizer.step()

    starts = common.batch_starts(len(labels), args.batch_size)
    step(starts[0])
    ready = time.perf_counter() - started
    _, position = common.run(args.warm_up, starts, step, 1)
    times, _ = common.run(args.seconds, starts, step, position)
    common.report(
        args, "PyTorch", torch.__version__, "training", times, args.batch_size, 1, start_seconds=ready,
        parameters=networks.PARAMETERS[args.network], denormals="kept", last_loss=last["loss"].item())


if __name__ == "__main__":
    main()

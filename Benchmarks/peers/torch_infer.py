#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Times inference in PyTorch's inductor on the CPU and prints one line of JSON.

    python3 Benchmarks/peers/torch_infer.py --network cnn --batch-size 256 --data CIFAR10_DIR

The network is compiled with its weights frozen, so that batch norm is folded and weights are laid out beforehand. The
timer covers the forward pass alone: images have been converted to float. Denormal numbers are kept.
"""
import time

import common

common.keep_memory()

import torch
import torch._inductor.config

import networks
import torch_networks


def main():
    started = time.perf_counter()
    args = common.arguments(__doc__, ("inductor",))
    torch.set_num_threads(args.threads)
    torch.set_flush_denormal(False)
    torch.manual_seed(0)
    torch._inductor.config.freezing = True
    channels_last = args.network != "ann"
    kind = torch.bfloat16 if args.precision == "bf16" else torch.float32
    model = torch_networks.make(args.network).eval().to(kind)
    images = torch.from_numpy(common.load(args.data, channels_last, "test_batch.bin")[0])
    if channels_last:
        model, images = model.to(memory_format=torch.channels_last), images.permute(0, 3, 1, 2)
    batches = (images.float() / 255).to(kind)
    forward = torch.compile(model)
    with torch.inference_mode():
        def step(start):
            forward(batches[start : start + args.batch_size])

        starts = common.batch_starts(len(batches), args.batch_size)
        step(starts[0])
        ready = time.perf_counter() - started
        _, position = common.run(args.warm_up, starts, step, 1)
        times, _ = common.run(args.seconds, starts, step, position)
    common.report(
        args, "PyTorch", torch.__version__, "inference", times, args.batch_size, 1, start_seconds=ready,
        parameters=networks.PARAMETERS[args.network], denormals="kept")


if __name__ == "__main__":
    main()

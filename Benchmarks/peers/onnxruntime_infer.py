#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Times inference in ONNX Runtime on the CPU and prints one line of JSON.

    python3 Benchmarks/peers/onnxruntime_infer.py --network cnn --batch-size 256 --data CIFAR10_DIR

All graph optimisations are on, threads spin between runs (the default), input and output are bound, so that nothing is
copied. The timer covers the forward pass alone: images have been converted to float. Denormal numbers are kept.
"""
import time

import common

import numpy
import onnxruntime

import networks
import onnx_networks


def main():
    started = time.perf_counter()
    args = common.arguments(__doc__)
    if args.precision != "f32":
        raise SystemExit("ONNX Runtime's kernels for x86-64 processors compute in f32 only")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = args.threads
    options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    session = onnxruntime.InferenceSession(
        onnx_networks.make(args.network, args.batch_size), options, providers=["CPUExecutionProvider"])
    images = common.load(args.data, False, "test_batch.bin")[0].astype(numpy.float32) / 255
    logits = numpy.empty((args.batch_size, 10), numpy.float32)
    binding = session.io_binding()
    binding.bind_output("logits", "cpu", 0, numpy.float32, logits.shape, logits.ctypes.data)
    shape, bytes_per_image, base = [args.batch_size, 3, 32, 32], images[0].nbytes, images.ctypes.data

    def step(start):
        binding.bind_input("input", "cpu", 0, numpy.float32, shape, base + start * bytes_per_image)
        session.run_with_iobinding(binding)

    starts = common.batch_starts(len(images), args.batch_size)
    step(starts[0])
    ready = time.perf_counter() - started
    _, position = common.run(args.warm_up, starts, step, 1)
    times, _ = common.run(args.seconds, starts, step, position)
    if not numpy.isfinite(logits).all() or not logits.any():
        raise SystemExit("ONNX Runtime wrote no logits")
    common.report(
        args, "ONNX Runtime", onnxruntime.__version__, "inference", times, args.batch_size, 1, start_seconds=ready,
        parameters=networks.PARAMETERS[args.network], denormals="kept")


if __name__ == "__main__":
    main()

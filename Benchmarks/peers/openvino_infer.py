#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Times inference in OpenVINO on the CPU and prints one line of JSON.

    python3 Benchmarks/peers/openvino_infer.py --network cnn --batch-size 256 --data CIFAR10_DIR

The variant `latency` runs one batch at a time on all threads; `streams` runs a batch on each thread at the same time. The
timer covers the forward pass alone: images have been converted to float, and the input is not copied. Denormal numbers
are kept.
"""
import time

import common

import numpy
import openvino

import networks
import onnx_networks


def main():
    started = time.perf_counter()
    args = common.arguments(__doc__, ("latency", "streams"))
    streams = args.threads if args.variant == "streams" else 1
    core = openvino.Core()
    model = core.read_model(onnx_networks.make(args.network, args.batch_size))
    wanted = {"f32": openvino.Type.f32, "bf16": openvino.Type.bf16}[args.precision]
    compiled = core.compile_model(model, "CPU", {
        "INFERENCE_PRECISION_HINT": args.precision, "INFERENCE_NUM_THREADS": args.threads, "NUM_STREAMS": streams,
        "PERFORMANCE_HINT": "LATENCY" if streams == 1 else "THROUGHPUT", "CPU_DENORMALS_OPTIMIZATION": False})
    if compiled.get_property("INFERENCE_PRECISION_HINT") != wanted:
        raise SystemExit(f"OpenVINO does not compute in {args.precision} on this processor")
    images = common.load(args.data, False, "test_batch.bin")[0].astype(numpy.float32) / 255
    tensors = {
        start: openvino.Tensor(images[start : start + args.batch_size], shared_memory=True)
        for start in common.batch_starts(len(images), args.batch_size)}
    starts = list(tensors)
    if streams == 1:
        request = compiled.create_infer_request()

        def step(start):
            request.set_input_tensor(tensors[start])
            request.infer()
    else:
        requests = [compiled.create_infer_request() for _ in range(streams)]
        request = requests[0]
        turn = [0]

        def step(start):
            # Waits for the request's previous batch, then starts the next: both streams stay busy.
            current = requests[turn[0] % streams]
            current.wait()
            current.set_input_tensor(tensors[start])
            current.start_async()
            turn[0] += 1

    step(starts[0])
    ready = time.perf_counter() - started
    _, position = common.run(args.warm_up, starts, step, 1)
    times, _ = common.run(args.seconds, starts, step, position)
    if streams > 1:
        for other in requests:
            other.wait()
    logits = request.get_output_tensor().data
    if not numpy.isfinite(logits).all() or not logits.any():
        raise SystemExit("OpenVINO wrote no logits")
    common.report(
        args, "OpenVINO", openvino.__version__.split("-")[0], "inference", times, args.batch_size, 1,
        start_seconds=ready, parameters=networks.PARAMETERS[args.network], denormals="kept")


if __name__ == "__main__":
    main()

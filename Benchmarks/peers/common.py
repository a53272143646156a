# SPDX-License-Identifier: Apache-2.0
"""What the peers share: arguments, images, the clock, and the line of JSON that each prints."""
import argparse
import ctypes
import glob
import json
import os
import platform
import resource
import sys
import time

import networks


def keep_memory():
    """Never give memory back to the system, never use mmap for large blocks: M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_MAX.

    Call it before the framework allocates. Without it every training step pays for fresh pages.
    """
    try:
        libc = ctypes.CDLL("libc.so.6")
        for parameter, value in ((-1, 2**31 - 1), (-2, 64 << 20), (-4, 0)):
            libc.mallopt(parameter, value)
    except OSError:
        pass  # Another C library: the allocator stays as it is.


def arguments(description, variants=("default",)):
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", choices=networks.NAMES, required=True)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=5, help="that are timed, after --warm-up")
    parser.add_argument("--warm-up", type=float, default=1, metavar="SECONDS")
    parser.add_argument("--precision", choices=["f32", "bf16"], default="f32")
    parser.add_argument("--optimizer", choices=["sgd", "adam"], default="adam", help="of training")
    parser.add_argument("--variant", choices=variants, default=variants[0])
    parser.add_argument("--data", required=True, help="folder of the CIFAR-10 binary files")
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


def load(path, channels_last, pattern="data_batch_*.bin"):
    """8-bit images [N, 3, 32, 32] or [N, 32, 32, 3] in one fixed random order, and labels [N], of CIFAR-10 files."""
    import numpy

    files = sorted(glob.glob(os.path.join(path, pattern)))
    if not files:
        raise SystemExit(f"{path} has no {pattern}; give the folder of the CIFAR-10 binary files")
    count = sum(os.path.getsize(file) // 3073 for file in files)
    order = numpy.random.default_rng(0).permutation(count)
    images = numpy.empty((count, 32, 32, 3) if channels_last else (count, 3, 32, 32), numpy.uint8)
    labels = numpy.empty(count, numpy.int64)
    first = 0
    for file in files:
        records = numpy.fromfile(file, numpy.uint8).reshape(-1, 3073)
        places = order[first : first + len(records)]
        pixels = records[:, 1:].reshape(-1, 3, 32, 32)
        images[places] = pixels.transpose(0, 2, 3, 1) if channels_last else pixels
        labels[places] = records[:, 0]
        first += len(records)
    return images, labels


def batch_starts(count, batch_size):
    """Where the batches begin; a last batch that is not full is left out."""
    return list(range(0, count - batch_size + 1, batch_size))


def run(seconds, starts, step, position=0):
    """Calls `step(start)` for a while with the start of one batch after the other, from `position` on.

    Returns the seconds of each call and the position after the last.
    """
    clock, times = time.perf_counter, []
    begin = last = clock()
    while last - begin < seconds:
        step(starts[position % len(starts)])
        now = clock()
        times.append(now - last)
        last = now
        position += 1
    return times, position


def peak_memory():
    """Largest resident size of this process in bytes. Compilers that it started do not count."""
    try:
        with open("/proc/self/status") as file:
            return next(int(line.split()[1]) << 10 for line in file if line.startswith("VmHWM:"))
    except (OSError, StopIteration):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10


def report(args, framework, version, mode, times, images_per_call, steps_per_call, **more):
    """Prints the result as one line of JSON.

    - times: seconds of each call of run().
    - images_per_call: images in a call.
    - steps_per_call: batches in a call; the median is that of a batch.
    """
    milliseconds = sorted(1000 * t / steps_per_call for t in times)
    total = sum(times)
    document = {
        "schema": 1, "framework": framework, "version": version, "variant": args.variant, "mode": mode,
        "network": args.network, "batch_size": args.batch_size, "threads": args.threads, "precision": args.precision,
        "optimizer": args.optimizer if mode == "training" else None, "data": os.path.basename(args.data.rstrip("/")),
        "images_per_second": images_per_call * len(times) / total, "seconds": total,
        "step_milliseconds": {
            "minimum": milliseconds[0], "median": milliseconds[len(milliseconds) // 2], "maximum": milliseconds[-1],
            "steps": len(times) * steps_per_call},
        "peak_memory_bytes": peak_memory(), "python": platform.python_version()}
    document.update(more)
    json.dump(document, sys.stdout)
    print(flush=True)

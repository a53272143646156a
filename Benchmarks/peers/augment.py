#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Images per second of one library for: crop of 32x32 from an image padded by 4, horizontal flip, rotation by up to 15
degrees and scale 0.9 to 1.1, bilinear without antialiasing, then (value / 255 - mean) / deviation as 32-bit floats.

    augment.py --library torchvision-tensor|torchvision-batch|torchvision-pillow|keras|albumentations|opencv

Every image gets numbers of its own, except in torchvision-batch, where a batch of --batch-size shares them: that is what
its transforms do with a batch, and is not what training wants. Per-image libraries run in --threads worker processes
(torch DataLoader) or, with --in-process, in threads; the faster of both is printed. Images are random bytes: what they
show changes no time. images_per_core_second counts the time of the processor alone, so that it means something on a
busy machine too: the fastest way that runs in one process.
"""
import argparse
import json
import os
import time

MEAN = (0.4914, 0.4822, 0.4465)
DEVIATION = (0.247, 0.2435, 0.2616)


# Of every way that runs in this process alone: batches for each second that its threads worked.
core_speeds = []


def batches_per_second(step, seconds, warmup, in_process=True):
    for _ in range(warmup):
        step()
    start, core_start = time.perf_counter(), time.process_time()
    count = 0
    while time.perf_counter() - start < seconds:
        step()
        count += 1
    if in_process:
        core_speeds.append(count / (time.process_time() - core_start))
    return count / (time.perf_counter() - start)


def through_loader(transform, images, args):
    """Images per second of torch's DataLoader with worker processes, and of the transform on one thread."""
    import torch

    class Dataset(torch.utils.data.Dataset):
        def __len__(self):
            return 1 << 30

        def __getitem__(self, index):
            return transform(images[index % len(images)])

    speeds = {}
    for workers in (0, args.threads):
        loader = iter(torch.utils.data.DataLoader(
            Dataset(), batch_size=args.batch_size, num_workers=workers, persistent_workers=False,
            prefetch_factor=4 if workers else None))
        speeds[f"{workers} workers"] = args.batch_size * batches_per_second(
            lambda: next(loader), args.seconds, 5, in_process=workers == 0)
    return speeds


def torchvision(kind, images, args):
    import torch
    from torchvision.transforms import v2
    torch.set_num_threads(args.threads if kind == "batch" else 1)
    bilinear = v2.InterpolationMode.BILINEAR
    transform = v2.Compose([
        v2.RandomCrop(32, padding=4), v2.RandomHorizontalFlip(),
        v2.RandomAffine(degrees=15, scale=(0.9, 1.1), interpolation=bilinear),
        *([v2.ToImage()] if kind == "pillow" else []),
        v2.ToDtype(torch.float32, scale=True), v2.Normalize(MEAN, DEVIATION)])
    if kind == "pillow":
        from PIL import Image
        return through_loader(transform, [Image.fromarray(image) for image in images], args)
    tensors = torch.from_numpy(images).permute(0, 3, 1, 2).contiguous()
    if kind == "tensor":
        return through_loader(transform, list(tensors), args)
    state = {"next": 0}

    def step():
        first = state["next"]
        transform(tensors[first:first + args.batch_size])
        state["next"] = (first + args.batch_size) % (len(tensors) - args.batch_size)
    return {f"batch of {args.batch_size}, the same numbers for all": args.batch_size
            * batches_per_second(step, args.seconds, 20)}


def keras(images, args):
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import tensorflow as tf
    tf.config.threading.set_intra_op_parallelism_threads(args.threads)
    import keras
    layers = keras.Sequential([
        keras.layers.RandomTranslation(0.125, 0.125, fill_mode="constant"),
        keras.layers.RandomFlip("horizontal"),
        keras.layers.RandomRotation(15 / 360, fill_mode="constant"),
        keras.layers.RandomZoom((-0.1, 0.1), fill_mode="constant"),
        keras.layers.Rescaling(1 / 255),
        keras.layers.Normalization(mean=MEAN, variance=[d * d for d in DEVIATION])])
    data = (tf.data.Dataset.from_tensor_slices(images).repeat().batch(args.batch_size)
            .map(lambda x: layers(tf.cast(x, tf.float32), training=True), num_parallel_calls=tf.data.AUTOTUNE)
            .prefetch(tf.data.AUTOTUNE))
    iterator = iter(data)
    return {"tf.data": args.batch_size * batches_per_second(lambda: next(iterator), args.seconds, 20)}


def albumentations(images, args):
    import albumentations as A
    import cv2
    cv2.setNumThreads(1)
    transform = A.Compose([
        A.PadIfNeeded(40, 40, border_mode=cv2.BORDER_CONSTANT), A.RandomCrop(32, 32), A.HorizontalFlip(),
        A.Affine(rotate=(-15, 15), scale=(0.9, 1.1), interpolation=cv2.INTER_LINEAR, p=1),
        A.Normalize(MEAN, DEVIATION)])
    return through_loader(lambda image: transform(image=image)["image"].transpose(2, 0, 1).copy(), list(images), args)


def opencv(images, args):
    """What a careful person writes: one affine map an image, as Ocellus composes it; threads, as OpenCV frees the lock."""
    from concurrent.futures import ThreadPoolExecutor
    import cv2
    import numpy as np
    cv2.setNumThreads(1)
    mean, deviation = np.array(MEAN, np.float32) * 255, np.array(DEVIATION, np.float32) * 255

    def batch(seed):
        random = np.random.default_rng(seed)
        output = np.empty((args.batch_size, 32, 32, 3), np.float32)
        for n in range(args.batch_size):
            matrix = cv2.getRotationMatrix2D((15.5, 15.5), random.uniform(-15, 15), random.uniform(0.9, 1.1))
            matrix[:, 2] += random.integers(-4, 5, 2)
            if random.random() < 0.5:
                matrix = matrix @ np.array([[-1, 0, 31], [0, 1, 0], [0, 0, 1.0]])
            output[n] = cv2.warpAffine(images[(seed + n) % len(images)], matrix, (32, 32), flags=cv2.INTER_LINEAR)
        output -= mean
        output /= deviation
        return output
    state = {"seed": 0}
    with ThreadPoolExecutor(args.threads) as pool:
        def step():
            state["seed"] += 4 * args.threads
            list(pool.map(batch, range(state["seed"], state["seed"] + 4 * args.threads)))
        speed = 4 * args.threads * args.batch_size * batches_per_second(step, args.seconds, 3)
        core_speeds[-1] *= 4 * args.threads
    return {f"{args.threads} threads": speed}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    libraries = ["torchvision-tensor", "torchvision-batch", "torchvision-pillow", "keras", "albumentations", "opencv"]
    parser.add_argument("--library", choices=libraries, required=True)
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    import numpy as np
    images = np.random.default_rng(0).integers(0, 256, (5000, 32, 32, 3), np.uint8)
    if args.library.startswith("torchvision"):
        import torchvision as module
        speeds = torchvision(args.library.split("-")[1], images, args)
    elif args.library == "opencv":
        import cv2 as module
        speeds = opencv(images, args)
    else:
        module = __import__(args.library)
        speeds = (keras if args.library == "keras" else albumentations)(images, args)
    best = max(speeds, key=speeds.get)
    print(json.dumps({
        "library": args.library, "version": module.__version__, "images_per_second": speeds[best], "way": best,
        "images_per_core_second": args.batch_size * max(core_speeds), "all": speeds, "batch_size": args.batch_size, "threads": args.threads}))


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Images per second of one library for: JPEG file to random resized crop of 224x224 (8 to 100 % of the area, aspect 3/4 to
4/3), horizontal flip, (value / 255 - mean) / deviation, batches of 32-bit floats.

    load.py --make 1000 --photos PHOTOS --data FOLDER
    load.py --library torchvision|tfdata|opencv --data FOLDER

FOLDER holds a folder of JPEG files for each class; --make fills it with photos resized to 640x480. torchvision: ImageFolder in a DataLoader with worker processes, Pillow
images. tfdata: decode_and_crop_jpeg, which decodes the crop alone, and an antialiased resize, or the plain bilinear one,
whichever is faster. opencv: threads, since OpenCV frees the lock; INTER_AREA or INTER_LINEAR, whichever is faster.
images_per_core_second counts the time of the processor, so that it means something on a busy machine too; torchvision's
without worker processes.
"""
import argparse
import glob
import json
import math
import os
import time

SIDE = 224
MEAN = (0.485, 0.456, 0.406)
DEVIATION = (0.229, 0.224, 0.225)


def make(count, photos, folder):
    from PIL import Image
    files = sorted(glob.glob(os.path.join(photos, "**", "*.jp*g"), recursive=True))
    if not files:
        raise SystemExit(f"{photos} holds no JPEG files")
    for number in range(count):
        image = Image.open(files[number % len(files)]).convert("RGB")
        # Further rounds over the photos leave out their left tenth, then the second tenth too.
        left = image.width * (number // len(files) % 5) // 10
        image = image.crop((left, 0, image.width, image.height)).resize((640, 480), Image.Resampling.BICUBIC)
        directory = os.path.join(folder, "ab"[number % 2])
        os.makedirs(directory, exist_ok=True)
        image.save(os.path.join(directory, f"{number:06}.jpg"), quality=90)


def timed(batches, args):
    """Images per second, and for each second that the threads of this process worked, after a warm-up."""
    for _ in range(args.warm_up):
        next(batches)
    start, worked, count = time.perf_counter(), time.process_time(), 0
    while time.perf_counter() - start < args.seconds:
        next(batches)
        count += 1
    wall, own = time.perf_counter() - start, time.process_time() - worked
    return args.batch_size * count / wall, args.batch_size * count / own


def torchvision(args, workers):
    import torch
    from torchvision import datasets
    from torchvision.transforms import v2
    torch.set_num_threads(1)
    transform = v2.Compose([
        v2.RandomResizedCrop(SIDE), v2.RandomHorizontalFlip(), v2.ToImage(),
        v2.ToDtype(torch.float32, scale=True), v2.Normalize(MEAN, DEVIATION)])
    loader = torch.utils.data.DataLoader(
        datasets.ImageFolder(args.data, transform), batch_size=args.batch_size, shuffle=True, drop_last=True,
        num_workers=workers, persistent_workers=workers > 0, prefetch_factor=4 if workers else None)
    while True:
        yield from loader


def tfdata(args, antialias):
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import tensorflow as tf
    tf.config.threading.set_intra_op_parallelism_threads(args.threads)
    files = sorted(glob.glob(os.path.join(args.data, "*", "*.jpg")))
    mean, deviation = tf.constant(MEAN) * 255, tf.constant(DEVIATION) * 255

    def load(path):
        data = tf.io.read_file(path)
        size = tf.io.extract_jpeg_shape(data)
        begin, extent, _ = tf.image.sample_distorted_bounding_box(
            size, tf.zeros([1, 0, 4]), area_range=(0.08, 1), aspect_ratio_range=(3 / 4, 4 / 3), max_attempts=10,
            use_image_if_no_bounding_boxes=True)
        window = tf.stack([begin[0], begin[1], extent[0], extent[1]])
        image = tf.io.decode_and_crop_jpeg(data, window, channels=3)
        image = tf.image.random_flip_left_right(tf.image.resize(image, (SIDE, SIDE), antialias=antialias))
        return (image - mean) / deviation
    data = (tf.data.Dataset.from_tensor_slices(files).shuffle(len(files)).repeat()
            .map(load, num_parallel_calls=args.threads, deterministic=True).batch(args.batch_size).prefetch(2))
    options = tf.data.Options()
    options.threading.private_threadpool_size = args.threads
    return iter(data.with_options(options))


def opencv(args, interpolation):
    from concurrent.futures import ThreadPoolExecutor
    import cv2
    import numpy as np
    cv2.setNumThreads(1)
    files = sorted(glob.glob(os.path.join(args.data, "*", "*.jpg")))
    scale = (1 / (255 * np.array(DEVIATION, np.float32))).astype(np.float32)
    offset = (-np.array(MEAN, np.float32) / np.array(DEVIATION, np.float32)).astype(np.float32)

    def one(path, random):
        image = cv2.imread(path, cv2.IMREAD_COLOR_RGB)
        height, width = image.shape[:2]
        for _ in range(10):
            area = random.uniform(0.08, 1) * height * width
            aspect = math.exp(random.uniform(math.log(3 / 4), math.log(4 / 3)))
            w, h = round(math.sqrt(area * aspect)), round(math.sqrt(area / aspect))
            if 0 < w <= width and 0 < h <= height:
                break
        else:
            w = h = min(width, height)
        x, y = random.integers(0, width - w + 1), random.integers(0, height - h + 1)
        image = cv2.resize(image[y:y + h, x:x + w], (SIDE, SIDE), interpolation=getattr(cv2, interpolation))
        if random.random() < 0.5:
            image = cv2.flip(image, 1)
        return image * scale + offset

    def batch(seed):
        random = np.random.default_rng(seed)
        output = np.empty((args.batch_size, SIDE, SIDE, 3), np.float32)
        for n, index in enumerate(random.integers(0, len(files), args.batch_size)):
            output[n] = one(files[index], random)
        return output
    with ThreadPoolExecutor(args.threads) as pool:
        waiting, seed = [], 0
        while True:
            while len(waiting) < args.threads + 1:
                waiting.append(pool.submit(batch, seed))
                seed += 1
            yield waiting.pop(0).result()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--library", choices=["torchvision", "tfdata", "opencv"])
    parser.add_argument("--make", type=int, metavar="COUNT")
    parser.add_argument("--photos")
    parser.add_argument("--data", required=True)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--warm-up", type=int, default=4, help="batches that do not count")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    if args.make:
        return make(args.make, args.photos, args.data)
    if args.library is None:
        parser.error("--library or --make")
    if args.library == "torchvision":
        import torchvision as module
        # In this process alone the time of the processor is known; with workers the wall time counts.
        wall, _ = timed(torchvision(args, args.threads), args)
        _, core = timed(torchvision(args, 0), args)
        found = {f"{args.threads} workers": (wall, core)}
    elif args.library == "tfdata":
        import tensorflow as module
        found = {f"antialias {a}": timed(tfdata(args, a), args) for a in (True, False)}
    else:
        import cv2 as module
        found = {name: timed(opencv(args, name), args) for name in ("INTER_AREA", "INTER_LINEAR")}
    best = max(found, key=lambda way: found[way][0])
    print(json.dumps({
        "library": args.library, "version": module.__version__,
        "way": best, "images_per_second": found[best][0],
        "images_per_core_second": max(core for _, core in found.values()),
        "all": {way: wall for way, (wall, _) in found.items()}, "batch_size": args.batch_size,
        "threads": args.threads}), flush=True)
    # Workers that wait for their next batch are ended by the system.
    os._exit(0)


if __name__ == "__main__":
    main()

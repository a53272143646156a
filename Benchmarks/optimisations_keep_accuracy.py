#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Trains the reference networks with and without what makes the engine fast, for five seeds, some for more.

    Benchmarks/optimisations_keep_accuracy.py --data CIFAR10_DIR --runs FOLDER \\
        --output Benchmarks/results/optimisations_keep_accuracy.json

Compared are, of the CNN on CIFAR-10, Winograd's algorithm with direct sums, which a cache of algorithms written for that asks
for, and float32 with bfloat16; of LeNet, vectors across images with direct sums; of the ANN on the embedded images, weights
updated with their gradient and apart, as a limit on the gradient's norm makes it that none reaches. With earlier builds of the
command, also batches of 256 images in parts with whole ones (--whole: builds up to commit 67c2a6d compute them whole), the
CNN's weight gradient through the max pool with the spread gradient of all positions (--spread: builds up to commit 167b946
spread it), and, of mobilenet-small in three epochs, depthwise convolutions with the batch norms around them and apart (--apart:
builds up to commit ae61c21 compute them apart). What each run printed is kept in --runs, and the next start goes on there. Prints the mean difference of the test
accuracies in points, paired by seed, with its 95 % t-interval. Needs SciPy.
"""
import argparse
import glob
import json
import math
import os
import platform
import statistics
import subprocess
import sys

import scipy.stats


def run(command, environment):
    result = subprocess.run(command, env=dict(os.environ, **environment), stdout=subprocess.PIPE, text=True)
    if result.returncode:
        sys.exit(f"{' '.join(command)} ended with status {result.returncode}")
    return json.loads(result.stdout)


def direct_sums(program, data, network, folder):
    """The environment in which `--algorithms measured` takes direct sums: a cache that says so for every task."""
    environment = {"XDG_CACHE_HOME": os.path.join(folder, f"direct-sums-{network}")}
    train = [program, "train", "--data", data, "--network", network, "--epochs", "1", "--algorithms", "measured", "--quiet",
             "--json", "--output", os.path.join(folder, f"measuring-{network}")]
    found = glob.glob(os.path.join(environment["XDG_CACHE_HOME"], "ocellus/algorithms/*.json"))
    if not found:
        run(train, environment)
        found = glob.glob(os.path.join(environment["XDG_CACHE_HOME"], "ocellus/algorithms/*.json"))
    for path in found:
        with open(path) as file:
            cache = json.load(file)
        for choice in cache["choices"].values():
            choice["algorithm"] = "direct"
        with open(path, "w") as file:
            json.dump(cache, file)
    profile = run([program, "bench", "--profile", "--network", network, "--algorithms", "measured", "--data", data, "--json"],
                  environment)
    taken = {step["algorithm"] for step in profile["steps"] if "algorithm" in step}
    # What goes through a pool is direct too.
    if taken - {"pooled"} != {"direct"}:
        sys.exit(f"the convolutions are computed by {', '.join(sorted(taken))} and not by direct sums")
    return environment


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--ocellus", default=".build/release/ocellus")
    parser.add_argument("--whole", metavar="OCELLUS")
    parser.add_argument("--spread", metavar="OCELLUS")
    parser.add_argument("--apart", metavar="OCELLUS")
    parser.add_argument("--runs", required=True)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--more", type=int, default=0, help="further seeds of the CNN in float32 and bfloat16, and with --spread")
    parser.add_argument("--output")
    args = parser.parse_args()
    os.makedirs(args.runs, exist_ok=True)
    cnn, lenet = (["--network", name, "--data", args.data] for name in ("cnn", "lenet"))
    ann = ["--network", "ann", "--sched", "cosine"]
    variants = {
        "as it is": (args.ocellus, cnn, {}),
        "direct sums": (
            args.ocellus, cnn + ["--algorithms", "measured"], direct_sums(args.ocellus, args.data, "cnn", args.runs)),
        "lenet": (args.ocellus, lenet, {}),
        "lenet, direct sums": (
            args.ocellus, lenet + ["--algorithms", "measured"],
            direct_sums(args.ocellus, args.data, "lenet", args.runs)),
        "bfloat16": (args.ocellus, cnn + ["--precision", "bfloat16"], {}),
        "ann": (args.ocellus, ann, {}),
        "ann, update apart": (args.ocellus, ann + ["--clip-grad", "1e9"], {}),
    }
    pairs = [
        ("as it is", "direct sums"), ("lenet", "lenet, direct sums"), ("bfloat16", "as it is"),
        ("ann", "ann, update apart")]
    if args.spread:
        variants["gradient of all positions"] = (args.spread, cnn, {})
        pairs.append(("as it is", "gradient of all positions"))
    if args.apart:
        mobilenet = ["--network", "mobilenet-small", "--data", args.data, "--epochs", "3", "--sched", "cosine"]
        variants["mobilenet"] = (args.ocellus, mobilenet, {})
        variants["mobilenet, norms apart"] = (args.apart, mobilenet, {})
        pairs.append(("mobilenet", "mobilenet, norms apart"))
    if args.whole:
        variants["256 in parts"] = (args.ocellus, cnn + ["--batch-size", "256"], {})
        variants["256 at once"] = (args.whole, cnn + ["--batch-size", "256"], {})
        pairs.append(("256 in parts", "256 at once"))
    further = [name for name in ("as it is", "bfloat16", "gradient of all positions") if name in variants]
    accuracies = {name: [] for name in variants}
    for seed in range(args.seeds + args.more):
        for name in variants if seed < args.seeds else further:
            program, options, environment = variants[name]
            place = os.path.join(args.runs, f"{name.replace(',', '').replace(' ', '-')}-{seed}")
            if not os.path.exists(place + ".json"):
                epochs = [] if "--epochs" in options else ["--epochs", str(args.epochs)]
                document = run(
                    [program, "train", *epochs, "--seed", str(seed), "--quiet", "--json", "--output", place, *options],
                    environment)
                with open(place + ".json", "w") as file:
                    json.dump(document, file)
            with open(place + ".json") as file:
                accuracies[name].append(json.load(file)["test"]["accuracy"])
            print(f"seed {seed}, {name}: {accuracies[name][-1]:.4f}", file=sys.stderr)
    differences = {}
    for first, second in pairs:
        # Where one side has fewer seeds, those.
        points = [100 * (a - b) for a, b in zip(accuracies[first], accuracies[second])]
        mean = statistics.mean(points)
        half = scipy.stats.t.ppf(0.975, len(points) - 1) * statistics.stdev(points) / math.sqrt(len(points))
        differences[f"{first} - {second}"] = {
            "points": mean, "interval": [mean - half, mean + half], "seeds": len(points)}
        means = [100 * statistics.mean(accuracies[name][:len(points)]) for name in (first, second)]
        print(f"{first}: {means[0]:.2f} %, {second}: {means[1]:.2f} %, {len(points)} seeds, difference {mean:+.2f} points "
              f"({mean - half:+.2f} to {mean + half:+.2f})")
    if args.output:
        with open("/proc/cpuinfo") as file:
            model = next(line.split(":")[1].strip() for line in file if line.startswith("model name"))
        with open(args.output, "w") as file:
            json.dump({
                "schema": 1, "epochs": args.epochs, "seeds": args.seeds, "further_seeds": args.more,
                "machine": model, "cores": os.cpu_count(), "python": platform.python_version(),
                "test_accuracies": accuracies, "differences": differences,
                "options": {
                    name: ["CIFAR10_DIR" if option == args.data else option for option in options]
                    for name, (_, options, _) in variants.items()}}, file, indent=1)
            file.write("\n")


if __name__ == "__main__":
    main()

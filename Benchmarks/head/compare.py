#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Times the head's regression against scikit-learn's on the same features, one thread each.

    OCELLUS_HEAD_BENCHMARK=1 swift build -c release --product OcellusHeadBenchmark
    OMP_NUM_THREADS=1 python3 Benchmarks/head/compare.py .build/release/OcellusHeadBenchmark [FEATURES.npz]

FEATURES.npz holds x [n, width] and y [n]; without it, features are drawn: 1,000 rows of 1,280 in 2 and in 10 classes, as sparse
and as skewed as those of a network. Both start at zero, standardise, and end at a gradient of 1e-8; scikit-learn's lbfgs gets the
standardised features in float64. Each is run `RUNS` times in turn; the medians are compared.
"""
import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings

import numpy as np
from sklearn.linear_model import LogisticRegression

RUNS = 5
STRENGTHS = [1.0, 0.1, 0.01, 0.001]
warnings.filterwarnings("ignore")


def drawn(classes, rows=1000, width=1280, seed=1):
    random = np.random.default_rng(seed)
    labels = np.arange(rows) % classes
    centres = random.normal(size=(classes, 60))
    hidden = centres[labels] + 1.2 * random.normal(size=(rows, 60))
    x = np.maximum(0, hidden @ random.normal(size=(60, width)) / 8 + 0.5 * random.normal(size=(rows, width)) - 0.3)
    return x.astype(np.float32), labels


def ours(program, x, y, folder):
    x.tofile(os.path.join(folder, "x"))
    y.astype(np.uint8).tofile(os.path.join(folder, "y"))
    classes = int(y.max()) + 1
    out = subprocess.run(
        [program, os.path.join(folder, "x"), os.path.join(folder, "y"), str(x.shape[1]), str(classes), "1e-8"]
        + [repr(s) for s in STRENGTHS], check=True, capture_output=True, text=True).stdout
    return [[float(word) for word in line.split()] for line in out.splitlines()]


def theirs(x, y):
    found = []
    classes = int(y.max()) + 1
    for strength in STRENGTHS:
        start = time.perf_counter()
        z = x.astype(np.float64)
        z = (z - z.mean(0)) / np.where(z.std(0) > 0, z.std(0), 1)
        model = LogisticRegression(
            C=(2 if classes == 2 else 1) / (strength * len(y)), tol=1e-8, max_iter=10000).fit(z, y)
        seconds = time.perf_counter() - start
        p = model.predict_log_proba(z)
        loss = -p[np.arange(len(y)), y].mean()
        found.append((strength, loss + (model.coef_ ** 2).sum() * strength / (4 if classes == 2 else 2),
                      int(model.n_iter_[0]), 0, seconds))
    return found


def main():
    program = sys.argv[1]
    if len(sys.argv) > 2:
        data = np.load(sys.argv[2])
        cases = [(os.path.basename(sys.argv[2]), data["x"].astype(np.float32), data["y"])]
    else:
        cases = [(f"drawn, {k} classes", *drawn(k)) for k in (2, 10)]
    with tempfile.TemporaryDirectory() as folder:
        for name, x, y in cases:
            runs = [(ours(program, x, y, folder), theirs(x, y)) for _ in range(RUNS)]
            print(f"{name}: {x.shape[0]} rows of {x.shape[1]}, {RUNS} runs")
            print("strength  ours: objective  iterations  s       scikit-learn: objective  iterations  s       ratio  difference")
            for index, strength in enumerate(STRENGTHS):
                a, b = runs[0][0][index], runs[0][1][index]
                mine = statistics.median(r[0][index][4] for r in runs)
                other = statistics.median(r[1][index][4] for r in runs)
                print(f"{strength:8}  {a[1]:.12f}   {int(a[2]):5}  {mine:8.4f}   {b[1]:.12f}   {b[2]:5}  {other:8.4f}  "
                      f"{other / mine:6.2f}  {abs(a[1] - b[1]) / b[1]:.1e}")
            mine = statistics.median(sum(row[4] for row in r[0]) for r in runs)
            other = statistics.median(sum(row[4] for row in r[1]) for r in runs)
            print(f"all strengths: ours {mine:.3f} s, scikit-learn {other:.3f} s, ratio {other / mine:.2f}\n")


main()

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes Tests/OcellusMetricsTests/StatisticsValues.swift: what SciPy, statsmodels and NumPy compute for the inputs of the
tests of resampling, paired tests, calibration and abstaining.

    python3 Scripts/make-statistics-fixtures.py
"""
import pathlib

import numpy as np
import scipy
import statsmodels
from scipy import optimize, special, stats
from statsmodels.stats.multitest import multipletests

rng = np.random.default_rng(5)


def numbers(values):
    return "[" + ", ".join(repr(float(v)) for v in values) + "]"


def pair(interval):
    return f"({float(interval.low)!r}, {float(interval.high)!r})"


out = ["// SPDX-License-Identifier: Apache-2.0", ""]
out += [
    f"// Made by Scripts/make-statistics-fixtures.py with SciPy {scipy.__version__}, statsmodels {statsmodels.__version__} and",
    f"// NumPy {np.__version__}.", "", "enum StatisticsValues {"]

# Bootstrap: SciPy's intervals of its own resamples, which the tests read, so that the draws do not matter.
sample = np.round(rng.exponential(1.0, 24), 3)
out.append(f"    static let sample: [Double] = {numbers(sample)}")
out.append("    /// scipy.stats.bootstrap(sample, numpy.std, n_resamples=99, method=…), its distribution and its intervals")
res = stats.bootstrap((sample,), np.std, n_resamples=99, method="BCa", rng=np.random.default_rng(7))
percentile = stats.bootstrap((sample,), np.std, n_resamples=99, method="percentile", rng=np.random.default_rng(7))
assert np.array_equal(res.bootstrap_distribution, percentile.bootstrap_distribution)
out.append(f"    static let distribution: [Double] = {numbers(res.bootstrap_distribution)}")
out.append(f"    static let percentile: (Double, Double) = {pair(percentile.confidence_interval)}")
out.append(f"    static let bca: (Double, Double) = {pair(res.confidence_interval)}")
big = {m: stats.bootstrap((sample,), np.std, n_resamples=200_000, method=m, rng=np.random.default_rng(8)).confidence_interval
       for m in ("percentile", "BCa")}
out.append("    /// The same with 200,000 resamples of its own")
out.append(f"    static let manyPercentile: (Double, Double) = {pair(big['percentile'])}")
out.append(f"    static let manyBCa: (Double, Double) = {pair(big['BCa'])}")
out.append("")

out.append("    /// scipy.stats.permutation_test(permutation_type='samples', n_resamples=inf), two-sided, statistic numpy.mean")
out.append("    static let permutations: [(differences: [Double], p: Double)] = [")
for d in ([0.5, 0.25, 0.125], [0.01, 0.02, -0.005, 0.03, 0.012], [1.0, -1.0, 1.0, 1.0, 1.0, 1.0, -1.0, 1.0],
          list(np.round(rng.normal(0.3, 1, 12), 3)), [0.0, 0.0, 1.0]):
    p = stats.permutation_test((np.array(d),), lambda x, axis: np.mean(x, axis=axis), permutation_type="samples",
                               vectorized=True, n_resamples=np.inf, alternative="two-sided").pvalue
    out.append(f"        ({numbers(d)}, {float(p)!r}),")
out += ["    ]", "    /// scipy.stats.ttest_1samp(points, mean).pvalue"]
out.append("    static let students: [(points: [Double], mean: Double, p: Double)] = [")
for d, m in (([0.5, 0.25, 0.125], 0.0), ([0.01, 0.02, -0.005, 0.03, 0.012], 0.01), ([3.0, -1.0], 0.5)):
    out.append(f"        ({numbers(d)}, {m}, {float(stats.ttest_1samp(d, m).pvalue)!r}),")
out += ["    ]", "    /// statsmodels.stats.multitest.multipletests(p, method='holm')[1]"]
out.append("    static let holm: [(p: [Double], adjusted: [Double])] = [")
for p in ([0.01, 0.04, 0.03, 0.005], [0.5], [0.2, 0.2, 0.9, 0.0001, 0.04], [0.04, 0.03, 0.02, 0.01, 0.05, 0.06]):
    out.append(f"        ({numbers(p)}, {numbers(multipletests(p, method='holm')[1])}),")
out += ["    ]", "    /// scipy.stats.mannwhitneyu(second, first).statistic / (n·m)"]
out.append("    static let superiority: [(first: [Double], second: [Double], probability: Double)] = [")
for a, b in (([1.0, 2.0, 3.0], [2.0, 3.5]), ([0.1, 0.1], [0.1]), ([0.743, 0.770, 0.759], [0.832, 0.839, 0.76, 0.841])):
    out.append(f"        ({numbers(a)}, {numbers(b)}, {float(stats.mannwhitneyu(b, a).statistic) / (len(a) * len(b))!r}),")
out += ["    ]", ""]

# Calibration.
n, classes = 60, 4
logits = np.round(rng.normal(0, 2.5, (n, classes)), 2).astype(np.float32)
labels = np.where(rng.random(n) < 0.6, logits.argmax(1), rng.integers(0, classes, n))
z = logits.astype(np.float64)
p = special.softmax(z, axis=1)
score, right = p.max(1), (p.argmax(1) == labels)
bins = 10
ece = 0.0
edges = np.linspace(0, 1, bins + 1)
rows = []
for low, high in zip(edges[:-1], edges[1:]):
    inside = (score > low) & (score <= high)
    if inside.any():
        rows.append((int(inside.sum()), int(right[inside].sum()), float(score[inside].mean())))
        ece += inside.mean() * abs(right[inside].mean() - score[inside].mean())
order = np.argsort(score, kind="stable")
mass = 0.0
for part in np.array_split(order, bins):  # n divides evenly, so the parts are the same
    mass += len(part) / n * abs(right[part].mean() - score[part].mean())
brier = float(np.mean(np.sum((p - np.eye(classes)[labels]) ** 2, axis=1)))
fit = optimize.minimize_scalar(lambda t: -np.mean(special.log_softmax(z / t, axis=1)[np.arange(n), labels]),
                               bounds=(0.05, 50), method="bounded", options={"xatol": 1e-12})
risk = np.cumsum(~right[order[::-1]]) / np.arange(1, n + 1)
conformal = {a: float(np.sort(1 - p[np.arange(n), labels])[int(np.ceil((n + 1) * a)) - 1]) for a in (0.8, 0.9, 0.95)}
out.append(f"    /// `[{n}, {classes}]`, row-major")
out.append(f"    static let logits: [Float] = {numbers(logits.reshape(-1))}")
out.append(f"    static let labels = {[int(v) for v in labels]}")
out.append(f"    /// Bins of width 1/{bins} that hold images: count, correct, mean score; then both calibration errors")
out.append(f"    static let bins: [(count: Int, correct: Int, meanScore: Double)] = {rows}")
out.append(f"    static let equalWidthError = {float(ece)!r}")
out.append(f"    static let equalMassError = {float(mass)!r}")
out.append("    /// mean(sum((softmax − onehot)²))")
out.append(f"    static let brier = {brier!r}")
out.append("    /// scipy.optimize.minimize_scalar of the mean negative log-softmax of logits / t")
out.append(f"    static let temperature = {float(fit.x)!r}")
out.append(f"    static let scaledLoss = {float(fit.fun)!r}")
out.append("    /// Errors among the k + 1 images of largest score")
out.append(f"    static let risks: [Double] = {numbers(risk)}")
out.append("    /// numpy.sort(1 − p[label])[⌈(n + 1)·coverage⌉ − 1]")
out.append("    static let conformal: [(coverage: Double, score: Double)] = "
           f"[{', '.join(f'({a}, {v!r})' for a, v in conformal.items())}]")
out += ["}", ""]
target = pathlib.Path(__file__).resolve().parent.parent / "Tests/OcellusMetricsTests/StatisticsValues.swift"
target.write_text("\n".join(out))

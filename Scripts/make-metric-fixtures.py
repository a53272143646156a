#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes Tests/OcellusMetricsTests/SciPyValues.swift: what SciPy and NumPy compute for the inputs of the metric tests.

    python3 Scripts/make-metric-fixtures.py
"""
import pathlib

import numpy as np
import scipy
from scipy import special, stats


def row(*values):
    return "        (" + ", ".join(repr(float(v)) if isinstance(v, (float, np.floating)) else repr(v) for v in values) + "),"


out = ["// SPDX-License-Identifier: Apache-2.0", ""]
out += [f"// Made by Scripts/make-metric-fixtures.py with SciPy {scipy.__version__} and NumPy {np.__version__}.", ""]
out += ["enum SciPyValues {"]


def table(name, types, comment, rows):
    out.extend([f"    /// {comment}", f"    static let {name}: [({types})] = ["])
    out.extend(row(*r) for r in rows)
    out.extend(["    ]", ""])


ps = [1e-12, 1e-5, 0.001, 0.02425, 0.025, 0.1, 0.3, 0.5, 0.7, 0.9, 0.97575, 0.975, 0.995, 0.999999]
table("normalQuantiles", "p: Double, x: Double", "scipy.stats.norm.ppf", [(p, stats.norm.ppf(p)) for p in ps])

table(
    "studentQuantiles", "p: Double, degrees: Double, t: Double", "scipy.stats.t.ppf",
    [(p, d, stats.t.ppf(p, d)) for d in (1.0, 2.0, 4.0, 9.0, 3.7, 30.0, 1000.0)
     for p in (0.005, 0.025, 0.3, 0.5, 0.9, 0.975, 0.9995)])

table(
    "betas", "x: Double, a: Double, b: Double, value: Double", "scipy.special.betainc",
    [(x, a, b, special.betainc(a, b, x)) for x in (0.001, 0.2, 0.5, 0.83, 0.9999)
     for a, b in ((0.5, 0.5), (2.0, 0.5), (1.0, 3.0), (20.0, 7.5), (500.0, 0.5))])

table(
    "wilson", "successes: Int, n: Int, level: Double, lower: Double, upper: Double",
    "scipy.stats.binomtest(k, n).proportion_ci(level, method='wilson')",
    [(k, n, level, *map(float, stats.binomtest(k, n).proportion_ci(level, method="wilson")))
     for k, n in ((0, 10), (1, 10), (5, 10), (10, 10), (90, 100), (763, 1000), (4900, 10000), (9999, 10000))
     for level in (0.9, 0.95, 0.99)])


def mid_p(b, c):
    """Fagerland, Lydersen and Laake 2013, equation 4."""
    return min(1.0, 2 * stats.binom.cdf(min(b, c), b + c, 0.5) - stats.binom.pmf(min(b, c), b + c, 0.5))


table(
    "mcNemar", "onlyFirst: Int, onlySecond: Int, exact: Double, midP: Double",
    "scipy.stats.binomtest(b, b + c, 0.5).pvalue and the mid-p value from scipy.stats.binom",
    [(b, c, stats.binomtest(b, b + c, 0.5).pvalue, mid_p(b, c))
     for b, c in ((0, 1), (1, 1), (0, 6), (3, 9), (9, 3), (12, 12), (10, 14), (12, 13), (20, 5), (80, 120), (500, 500),
                  (1000, 1150), (0, 40))])

samples = [
    [0.743, 0.770, 0.759],
    [0.832, 0.839, 0.849, 0.841, 0.836],
    [4728.0, 4641.0, 4724.0],
    [6611.0, 6749.0, 6790.0, 6700.0],
    [-1.5, 2.25],
]


def interval(x, level):
    low, high = stats.t.interval(level, len(x) - 1, loc=np.mean(x), scale=stats.sem(x))
    return float(low), float(high)


out.append("    /// NumPy mean and std(ddof=1), scipy.stats.t.interval over stats.sem")
out.append("    static let samples: [(points: [Double], mean: Double, deviation: Double, lower: Double, upper: Double)] = [")
for x in samples:
    low, high = interval(x, 0.95)
    out.append(f"        ({x}, {float(np.mean(x))!r}, {float(np.std(x, ddof=1))!r}, {low!r}, {high!r}),")
out += ["    ]", ""]

out.append("    /// scipy.stats.ttest_ind(second, first, equal_var=False).confidence_interval(level)")
out.append("    static let welch: [(first: [Double], second: [Double], level: Double, lower: Double, upper: Double)] = [")
for a, b in ((0, 1), (2, 3), (1, 0), (4, 1)):
    for level in (0.9, 0.95):
        ci = stats.ttest_ind(samples[b], samples[a], equal_var=False).confidence_interval(level)
        out.append(f"        ({samples[a]}, {samples[b]}, {level}, {float(ci.low)!r}, {float(ci.high)!r}),")
out += ["    ]", ""]

out.append("    /// scipy.stats.spearmanr")
out.append("    static let rankCorrelations: [(first: [Double], second: [Double], value: Double)] = [")
for x, y in (([1, 2, 3, 4, 5], [5, 6, 7, 8, 7]), ([0.5, 0.5, 2, -1], [3, 1, 1, 0]), ([1, 2, 3], [9, 4, 1]),
             ([0, 0, 0, 1, 1, 7, 7, 2], [1, 0, 0, 0, 3, 2, 2, 2])):
    out.append(f"        ({x}, {y}, {float(stats.spearmanr(x, y).statistic)!r}),")
out += ["    ]", ""]

logits = np.array([[2.0, -1.0, 0.5], [100.0, 99.0, -100.0], [-3.0, -3.0, -3.0], [0.25, 4.0, 1.5]], dtype=np.float32)
labels = [0, 1, 2, 2]
log_softmax = special.log_softmax(logits.astype(np.float64), axis=1)
out.append("    /// scipy.special.log_softmax of float32 logits in double, negated at the labels")
out.append(f"    static let logits: [[Float]] = {[[float(v) for v in r] for r in logits]}")
out.append(f"    static let labels = {labels}")
out.append(f"    static let losses: [Double] = {[float(-log_softmax[i, l]) for i, l in enumerate(labels)]}")
out.append(f"    static let firstProbabilities: [Double] = {[float(v) for v in np.exp(log_softmax[0])]}")
out += ["}", ""]

target = pathlib.Path(__file__).resolve().parent.parent / "Tests/OcellusMetricsTests/SciPyValues.swift"
target.write_text("\n".join(out))

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes Tests/OcellusMetricsTests/StatisticsValues.swift: what SciPy, statsmodels and NumPy compute for the inputs of the
tests of resampling, paired tests, power, calibration and abstaining.

    python3 Scripts/make-statistics-fixtures.py
"""
import json
import pathlib

import numpy as np
import scipy
import statsmodels
from scipy import optimize, special, stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestPower
from statsmodels.stats.proportion import proportion_confint

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
out.append("")

# Power.
out.append("    /// statsmodels.stats.power.TTestPower().power(δ/√n, n, 0.05) at n − 1 degrees of freedom")
out.append("    static let powers: [(noncentrality: Double, degrees: Double, power: Double)] = [")
for df in (2, 4, 7, 19):
    for delta in (0.0, 2.0, 5.0):
        power = TTestPower().power(delta / np.sqrt(df + 1), df + 1, 0.05)
        out.append(f"        ({delta}, {df}.0, {float(power)!r}),")


def visible_effect(n):
    """δ of 80 % power; solve_power stops at six digits."""
    power = TTestPower().power
    return optimize.brentq(lambda delta: power(delta / np.sqrt(n), n, 0.05) - 0.8, 2, 6, xtol=1e-14)


out += ["    ]", "    /// δ with TTestPower().power(δ/√n, n, 0.05) = 0.8"]
out.append("    static let noncentralities: [(degrees: Double, noncentrality: Double)] = [")
for df in (2, 4, 7, 19):
    out.append(f"        ({df}.0, {float(visible_effect(df + 1))!r}),")
out.append("    ]")


def significant(smaller, n):
    p = 2 * stats.binom.cdf(smaller, n, 0.5) - (0 if n < 25 else stats.binom.pmf(smaller, n, 0.5))
    return min(1, p) < 0.05


out.append("    /// Smallest difference of McNemar's counts with p < 0.05 and that with 80 % power, by scipy.stats.binom")
out.append("    static let visible: [(discordant: Int, smallest: Int?, likely: Double?)] = [")
for d in (0, 5, 6, 10, 15, 24, 25, 40, 100, 1000):
    fit = [k for k in range(d // 2 + 1) if significant(k, d)]
    if not fit:
        out.append(f"        ({d}, nil, nil),")
        continue
    k = max(fit)
    share = optimize.brentq(lambda q: stats.binom.cdf(k, d, 1 - q) + stats.binom.sf(d - k - 1, d, 1 - q) - 0.8,
                            0.5, 1 - 1e-15, xtol=1e-15)
    out.append(f"        ({d}, {d - 2 * k}, {float(d * (2 * share - 1))!r}),")
out.append("    ]")

# Selection with guaranteed risk: the same bisection, limits by scipy.stats.beta.ppf.
n = 400
score = np.round(rng.random(n), 3)
right = rng.random(n) < 0.55 + 0.45 * score
thresholds = np.sort(np.unique(score))[::-1]
looks = int(np.ceil(np.log2(len(thresholds))))


def promise(error, delta):
    low, high, best = 0, len(thresholds) - 1, None
    for _ in range(looks):
        if low > high:
            break
        middle = (low + high) // 2
        answered = score >= thresholds[middle]
        wrong, total = int((answered & ~right).sum()), int(answered.sum())
        bound = stats.beta.ppf(1 - delta / looks, wrong + 1, total - wrong) if wrong < total else 1.0
        if bound <= error:
            best, low = (float(thresholds[middle]), total / n, float(bound)), middle + 1
        else:
            high = middle - 1
    return best


out.append("    static let sureness: [Double] = " + numbers(score))
out.append("    static let sureRight: [Bool] = [" + ", ".join("true" if v else "false" for v in right) + "]")
out.append("    /// Allowed error; threshold, coverage and bound at the confidence 0.95")
out.append("    static let promises: [(error: Double, found: (threshold: Double, coverage: Double, bound: Double)?)] = [")
for error in (0.01, 0.1, 0.15, 0.2, 0.3):
    best = promise(error, 0.05)
    out.append(f"        ({error}, {'nil' if best is None else best}),")
out.append("    ]")

# Balanced accuracy: Wilson's intervals by statsmodels, added by squares.
out.append("    /// Right answers and images of each class; the interval at 95 %")
out.append("    static let balanced: [(right: [Int], images: [Int], lower: Double, upper: Double)] = [")
for hits, sizes in (([90, 5, 30], [100, 10, 40]), ([10, 10], [10, 10]), ([0, 7], [3, 9]), ([850, 123], [1000, 150])):
    r = np.array(hits) / np.array(sizes)
    low, high = proportion_confint(np.array(hits), np.array(sizes), method="wilson")
    lower = r.mean() - np.sqrt(((r - low) ** 2).sum()) / len(r)
    upper = r.mean() + np.sqrt(((high - r) ** 2).sum()) / len(r)
    out.append(f"        ({hits}, {sizes}, {float(max(0, lower))!r}, {float(min(1, upper))!r}),")
out.append("    ]")

# Two networks, four seeds, three classes of unequal size: the intervals from the answers themselves.
labels = np.repeat([0, 1, 2], [30, 12, 8])
hard = rng.random(len(labels))
first = rng.random((4, len(labels))) < 0.9 - 0.5 * hard
second = rng.random((4, len(labels))) < 1.0 - 0.4 * hard


def difference(weights, strata):
    d = second.astype(int) - first
    points = d @ weights
    step = np.sqrt(np.mean([weights[s][0] ** 2 for s in strata]))
    s = max(points.std(ddof=1), step * np.sqrt(0.5))
    h1 = stats.t.ppf(0.975, 3) * s / 2
    variance = 0.0
    for s_ in strata:
        means, extra = d[:, s_].mean(0), 1 / len(strata)
        total = len(means) + extra
        v = ((means ** 2).sum() + extra) / total - (means.sum() / total) ** 2
        variance += (weights[s_][0] * len(means)) ** 2 * v / total
    h = np.sqrt(h1 ** 2 + (stats.norm.ppf(0.975)) ** 2 * variance)
    likely = np.sqrt((visible_effect(4) * s / 2) ** 2 + (stats.norm.ppf(0.975) + stats.norm.ppf(0.8)) ** 2 * variance)
    m = points.mean()
    return [float(v) for v in (m, m - h1, m + h1, m - h, m + h, likely)]


everything = np.arange(len(labels))
by_class = [np.flatnonzero(labels == c) for c in range(3)]
even = np.full(len(labels), 1 / len(labels))
stratified = np.concatenate([np.full(len(c), 1 / 3 / len(c)) for c in by_class])
other = np.where(labels == 0, 1, 0)
out.append(f"    static let pairLabels = {[int(v) for v in labels]}")
for name, answers in (("pairFirst", first), ("pairSecond", second)):
    rows = ", ".join(str([int(v) for v in np.where(row, labels, other)]) for row in answers)
    out.append(f"    /// `[seed][image]`, predicted classes")
    out.append(f"    static let {name} = [{rows}]")
out.append("    /// Mean, interval over trainings, interval over images too, difference seen with 80 %; for accuracy and balanced accuracy")
out.append(f"    static let pairAccuracy: [Double] = {difference(even, [everything])}")
out.append(f"    static let pairBalanced: [Double] = {difference(stratified, by_class)}")
out.append("")

# Moderated variances: Smyth's estimators with SciPy's polygamma; the first case is the published run of docs/results.
root = pathlib.Path(__file__).resolve().parent.parent
claims = json.loads((root / "docs/results/cifar-10/record.json").read_text())["claims"]
published = [(float(np.var(f["points"], ddof=1)), len(f["points"]) - 1.0)
             for claim in claims for f in claim["findings"] if not f["isExact"]]
mixed = [(float(v), float(d)) for v, d in zip(np.round(rng.chisquare(3, 12) + 0.1, 4), [2, 4, 7] * 4)]
alike = [(1.0 + 0.01 * k, 4.0) for k in range(6)]


def prior(samples):
    s2, d = np.array(samples).T
    e = np.log(s2) - special.digamma(d / 2) + np.log(d / 2)
    excess = e.var(ddof=1) - special.polygamma(1, d / 2).mean()
    if excess <= 0:
        return float(np.exp(e.mean())), float("inf")
    half = np.exp(optimize.brentq(lambda y: special.polygamma(1, np.exp(y)) - excess, -15, 25, xtol=1e-15))
    return float(np.exp(e.mean() + special.digamma(half) - np.log(half))), float(2 * half)


def swift(value):
    return ".infinity" if np.isinf(value) else repr(float(value))


out.append("    /// x, scipy.special.digamma(x), polygamma(1, x)")
out.append("    static let polygammas: [(x: Double, first: Double, second: Double)] = [")
for x in (0.01, 0.5, 1.0, 2.5, 9.99, 10.0, 300.0):
    out.append(f"        ({x}, {float(special.digamma(x))!r}, {float(special.polygamma(1, x))!r}),")
out += ["    ]", "    /// Samples, prior, and the first sample's moderated variance and degrees", "    static let moderated: [(", "        samples: [(variance: Double, degrees: Double)], priorVariance: Double, priorDegrees: Double,",
            "        first: (variance: Double, degrees: Double)", "    )] = ["]
for samples in (published, mixed, alike):
    variance, degrees = prior(samples)
    own, d = samples[0]
    first = (variance, degrees) if np.isinf(degrees) else ((degrees * variance + d * own) / (degrees + d), degrees + d)
    rows = ", ".join(f"({v!r}, {k!r})" for v, k in samples)
    out.append(f"        ([{rows}], {swift(variance)}, {swift(degrees)}, ({swift(first[0])}, {swift(first[1])})),")
out += ["    ]", "}", ""]
target = pathlib.Path(__file__).resolve().parent.parent / "Tests/OcellusMetricsTests/StatisticsValues.swift"
target.write_text("\n".join(out))

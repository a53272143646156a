#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Computes every statistic of a comparison, evidence or probe record again, from its counts, with SciPy and statsmodels.

    python3 Scripts/check-record.py record.json …

Prints what differs by more than 1e-9 and fails when anything does. Records of schema 1 (0.1.0) are refused: they were judged
by other rules. Needs NumPy, SciPy and statsmodels.
"""
import json
import math
import sys

import numpy as np
from scipy import optimize, special, stats
from statsmodels.stats.power import TTestPower
from statsmodels.stats.proportion import proportion_confint

TOLERANCE = 1e-9
LEAST_POINTS = 3


class Checks:
    """What was compared and what differs."""

    def __init__(self):
        self.count = 0
        self.problems = []

    def same(self, what, stored, own):
        self.count += 1
        if stored is None or own is None or isinstance(own, str) or isinstance(stored, str):
            differs = stored != own
        else:
            differs = not math.isclose(stored, own, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
        if differs:
            self.problems.append(f"{what}: {stored} in the record, {own} by its counts")

    def interval(self, what, stored, own):
        if (stored is None) != (own is None):
            self.same(what, None if stored is None else "an interval", None if own is None else "an interval")
            return
        if own is not None:
            self.same(what + ", lower", stored["lower"], own[0])
            self.same(what + ", upper", stored["upper"], own[1])


def wilson(right, total):
    low, high = proportion_confint(right, total, method="wilson")
    return (0.0 if right == 0 else float(low), 1.0 if right == total else float(high))


def balanced_interval(confusion):
    counts = np.array(confusion, dtype=float)
    support = counts.sum(1)
    recalls, below, above = [], 0.0, 0.0
    for label in np.flatnonzero(support):
        recall = counts[label, label] / support[label]
        low, high = wilson(int(counts[label, label]), int(support[label]))
        below += (recall - low) ** 2
        above += (high - recall) ** 2
        recalls.append(recall)
    centre = float(np.mean(recalls))
    return centre, (max(0.0, centre - math.sqrt(below) / len(recalls)), min(1.0, centre + math.sqrt(above) / len(recalls)))


def mcnemar(first, second):
    """p by scipy.stats.binom: exact below 25 discordant images, else mid-p."""
    n, smaller = first + second, min(first, second)
    tail = 2 * stats.binom.cdf(smaller, n, 0.5)
    return float(min(1, tail if n < 25 else tail - stats.binom.pmf(smaller, n, 0.5)))


def visible(discordant):
    """The smallest significant difference of the counts, and that with 80 % power."""
    fit = [k for k in range(discordant // 2 + 1) if mcnemar(k, discordant - k) < 0.05]
    if not fit:
        return None, None
    k = max(fit)
    power = lambda q: stats.binom.cdf(k, discordant, 1 - q) + stats.binom.sf(discordant - k - 1, discordant, 1 - q)
    share = optimize.brentq(lambda q: power(q) - 0.8, 0.5, 1 - 1e-15, xtol=1e-15)
    return discordant - 2 * k, discordant * (2 * share - 1)


def noncentrality(n):
    power = TTestPower().power
    low, high = 0.1, 1.0
    while power(high / math.sqrt(n), n, 0.05) < 0.8:
        low, high = high, high * 1.5
    return optimize.brentq(lambda delta: power(delta / math.sqrt(n), n, 0.05) - 0.8, low, high, xtol=1e-14)


def clipped(interval, low, high):
    return tuple(min(max(v, low), high) for v in interval)


def difference(counts, balanced):
    """Both intervals and the likely visible difference of a pair of networks, from counts by class."""
    images = np.array(counts["images"], dtype=float)
    gains = np.array(counts["onlySecond"], dtype=float) - np.array(counts["onlyFirst"], dtype=float)
    by_seeds = np.array(counts["bySeeds"], dtype=float)
    occurring = images > 0
    images, gains, by_seeds = images[occurring], gains[occurring], by_seeds[occurring]
    if not balanced:
        images, gains, by_seeds = images.sum(keepdims=True), gains.sum(0, keepdims=True), by_seeds.sum(0, keepdims=True)
    seeds, strata = gains.shape[1], len(images)
    weights = 1 / strata / images
    points = (weights[:, None] * gains).sum(0)
    step = math.sqrt(np.mean(weights ** 2))
    error = max(points.std(ddof=1), step * math.sqrt(0.5)) / math.sqrt(seeds)
    means = (np.arange(2 * seeds + 1) - seeds) / seeds
    variance = 0.0
    for size, sums, weight in zip(images, by_seeds, weights):
        total = size + 1 / strata
        spread = ((sums * means ** 2).sum() + 1 / strata) / total - ((sums * means).sum() / total) ** 2
        variance += (weight * size) ** 2 * spread / total
    h1 = stats.t.ppf(0.975, seeds - 1) * error
    h = math.hypot(h1, stats.norm.ppf(0.975) * math.sqrt(variance))
    likely = math.hypot(noncentrality(seeds) * error, (stats.norm.ppf(0.975) + stats.norm.ppf(0.8)) * math.sqrt(variance))
    m = float(points.mean())
    verdict = "cannotTell"
    wide = clipped((m - h, m + h), -1, 1)
    if wide[0] > 0 or wide[1] < 0:
        verdict = "secondBetter" if m > 0 else "firstBetter"
    return points, m, clipped((m - h1, m + h1), -1, 1), wide, min(1, likely), verdict


def check_comparison(record, checks):
    networks = record["networks"]
    for network in networks:
        accuracies, balanced = [], []
        for run in network["runs"]:
            what = f"{network['name']}, seed {run['seed']}"
            counts = run["confusion"]["counts"]
            right, total = sum(row[i] for i, row in enumerate(counts)), sum(map(sum, counts))
            checks.same(what + ", right answers", run["testCorrect"], right)
            checks.same(what + ", accuracy", run["testAccuracy"], right / total)
            checks.interval(what + ", Wilson", run["testInterval"], wilson(right, total))
            centre, interval = balanced_interval(counts)
            checks.interval(what + ", balanced accuracy", run.get("balancedInterval"), interval)
            accuracies.append(right / total)
            balanced.append(centre)
        for name, values in (("accuracy", accuracies), ("balancedAccuracy", balanced)):
            stored = network[name]
            checks.same(f"{network['name']}, mean {name}", stored["mean"], float(np.mean(values)))
            checks.same(f"{network['name']}, deviation of {name}", stored.get("standardDeviation"),
                        float(np.std(values, ddof=1)) if len(values) > 1 else None)
    counts = record.get("counts")
    if counts is None:
        checks.same("counts", None if len(networks) < 2 else "missing", None)
        return
    total = sum(counts["images"])
    for index, pair in enumerate(record["pairs"]):
        what = f"pair of seed {pair['seed']}"
        first = sum(row[index] for row in counts["onlyFirst"])
        second = sum(row[index] for row in counts["onlySecond"])
        checks.same(what + ", only the first", pair["onlyFirstCorrect"], first)
        checks.same(what + ", only the second", pair["onlySecondCorrect"], second)
        checks.same(what + ", difference", pair["difference"], (second - first) / total)
        checks.same(what + ", p", pair["pValue"], mcnemar(first, second))
        smallest, likely = visible(first + second)
        checks.same(what + ", smallest visible difference", pair.get("smallestVisibleDifference"),
                    None if smallest is None else smallest / total)
        checks.same(what + ", likely visible difference", pair.get("likelyVisibleDifference"),
                    None if likely is None else likely / total)
    stored = record.get("difference")
    if len(record["pairs"]) < LEAST_POINTS:
        checks.same("difference", None if stored is None else "a verdict", None)
        return
    support = [n for n in counts["images"] if n > 0]
    uneven = max(support) / min(support) > 1.5
    points, m, trainings, images, likely, verdict = difference(counts, uneven)
    checks.same("measure", stored.get("measure"), "balanced accuracy" if uneven else "accuracy")
    for seed, (own, value) in enumerate(zip(points, stored["points"])):
        checks.same(f"difference {seed}", value, float(own))
    checks.same("mean difference", stored["mean"], m)
    checks.interval("interval over trainings", stored["interval"], trainings)
    checks.interval("interval over images", stored["imageInterval"], images)
    checks.same("smallest visible difference", stored["smallestVisibleDifference"], (images[1] - images[0]) / 2)
    checks.same("likely visible difference", stored["likelyVisibleDifference"], likely)
    checks.same("verdict", stored["verdict"], verdict)


def holds(value, expectation):
    return value > expectation["margin"] if expectation["kind"] == "above" else abs(value) < expectation["margin"]


def seeds_of(look):
    this, following = 3, 5
    for _ in range(1, look):
        this, following = following, this + following
    return this


def deviation(points, finding):
    return max(float(np.std(points, ddof=1)), (finding.get("resolution") or 0.0) * math.sqrt(0.5))


def lent(findings, seeds):
    """Prior variance and degrees of freedom (Smyth 2004) of what counts images; None for fewer than four parts."""
    samples = []
    for finding in findings:
        points = finding["points"][:seeds]
        if finding.get("resolution") and len(points) >= LEAST_POINTS:
            samples.append((deviation(points, finding) ** 2, len(points) - 1))
    if len(samples) < 4:
        return None
    half = np.array([d for _, d in samples]) / 2
    logs = np.log([v for v, _ in samples]) - special.digamma(half) + np.log(half)
    excess = logs.var(ddof=1) - special.polygamma(1, half).mean()
    if excess <= 0:
        return math.exp(logs.mean()), 2.0
    own = math.exp(optimize.brentq(lambda x: special.polygamma(1, math.exp(x)) - excess, math.log(1e-8), math.log(1e12),
                                   xtol=1e-15, rtol=1e-15))
    return math.exp(logs.mean() + special.digamma(own) - math.log(own)), min(2.0, 2 * own)


def test_part(finding, seeds, prior, parts):
    """Mean, its error, degrees, and the p-values of both verdicts."""
    points, margin = finding["points"][:seeds], finding["expectation"]["margin"]
    m, s, d = float(np.mean(points)), deviation(points, finding), len(points) - 1.0
    if prior and finding.get("resolution"):
        s, d = math.sqrt((prior[1] * prior[0] + d * s * s) / (prior[1] + d)), prior[1] + d
    error = s / math.sqrt(len(points))
    tail = lambda distance: float(stats.t.sf(distance / error, d)) if error > 0 else 1.0
    if finding["expectation"]["kind"] == "above":
        p = tail(m - margin), parts * tail(margin - m)
    else:
        p = 2 * parts * max(tail(margin - m), tail(m + margin)), 2 * parts * min(tail(m - margin), tail(-margin - m))
    return m, error, d, min(1.0, p[0]), min(1.0, p[1])


def judge_family(claims):
    """For each claim (a list of findings): verdict, look, seeds, share, p and the tests of its parts; None without a look."""
    judged = [None] * len(claims)
    most = [min(len(f["points"]) for f in claim) for claim in claims]
    look = 1
    while claims and seeds_of(look) <= max(most):
        seeds = seeds_of(look)
        prior = lent([f for claim in claims for f in claim], seeds)
        undecided = [i for i in range(len(claims)) if not judged[i] or judged[i][0] == "cannot tell"]
        tests = {i: [test_part(f, seeds, prior, len(claims[i])) for f in claims[i]] for i in undecided if most[i] >= seeds}
        p = {i: min(max(t[3] for t in own), min(t[4] for t in own)) for i, own in tests.items()}
        left, stopped = len(undecided), False
        share = 0.05 / (look * (look + 1)) / max(1, left)
        for i in sorted(tests, key=lambda i: (p[i], i)):
            if not stopped:
                share = 0.05 / (look * (look + 1)) / left
                stopped = p[i] > share
                left -= 1
            supported = max(t[3] for t in tests[i]) <= share
            verdict = "cannot tell" if stopped else "supported" if supported else "not supported"
            judged[i] = (verdict, look, seeds, share, p[i], tests[i])
        look += 1
    return judged


def check_evidence(record, checks):
    if record["schema"] < 3:
        sys.exit("an evidence record of schema 2 was judged by statements; this checks schema 3")
    measured = [[f for f in claim["findings"] if not f["isExact"] and not f["isDetail"]] for claim in record["claims"]]
    exact = [[f for f in claim["findings"] if f["isExact"] and not f["isDetail"]] for claim in record["claims"]]
    checks.same("statements", record["plan"]["statements"], sum(map(len, measured)))
    families = sorted({c["look"]["family"] for c in record["claims"] if c.get("look")})
    results = {}
    for family in families:
        members = [i for i, c in enumerate(record["claims"]) if c.get("look") and c["look"]["family"] == family]
        for i, own in zip(members, judge_family([measured[i] for i in members])):
            results[i] = own
    for i, claim in enumerate(record["claims"]):
        for finding in claim["findings"]:
            points = finding["points"]
            if finding["isExact"]:
                own = "not reached" if not points else (
                    "supported" if holds(points[0], finding["expectation"]) else "not supported")
                checks.same(f"{claim['name']}: {finding['text']}", finding["judgement"]["verdict"], own)
        check_claim(claim, measured[i], [f["judgement"]["verdict"] for f in exact[i]], results.get(i), checks)


def check_claim(claim, parts, exact, own, checks):
    look = claim.get("look") or {}
    if own is None:
        reached = any(len(f["points"]) for f in parts) if parts else any(v != "not reached" for v in exact)
        verdict = ("not supported" if "not supported" in exact else "cannot tell" if reached and parts else
                   "not reached" if not reached else "supported" if all(v == "supported" for v in exact) else "cannot tell")
    else:
        verdict = own[0]
        if verdict == "supported" and any(v != "supported" for v in exact):
            verdict = "cannot tell"
        for key, value in zip(("number", "seeds", "error", "pValue"), own[1:5]):
            checks.same(f"{claim['name']}, {key} of the look", look.get(key), value)
        for finding, test in zip(parts, own[5]):
            check_part(finding, test, own, len(parts), checks)
    checks.same(f"claim {claim['name']}", claim["verdict"], verdict)


def check_part(finding, test, own, count, checks):
    what, stored, (m, error, degrees, support, refutal) = finding["text"], finding["judgement"], test
    verdict, _, seeds, share = own[:4]
    checks.same(what + ", mean", stored.get("mean"), m)
    checks.same(what + ", p", stored["pValue"], min(support, refutal))
    given = verdict == "supported" or (verdict == "not supported" and refutal <= share)
    checks.same(what + ", verdict", stored["verdict"], verdict if given else "cannot tell")
    points, most = finding["points"][:seeds], finding.get("most")
    if error == 0:
        checks.interval(what + ", interval", stored.get("interval"), None)
        return
    within = finding["expectation"]["kind"] == "within"
    below, above = (share / 2 / count, share / 2 / count) if within else (share, share / count)
    interval = (m - stats.t.isf(below, degrees) * error, m + stats.t.isf(above, degrees) * error)
    checks.interval(what + ", interval", stored.get("interval"), clipped(interval, -most, most) if most else interval)
    half = stats.t.ppf(0.975, len(points) - 1) * deviation(points, finding) / math.sqrt(len(points))
    checks.interval(what + ", alone", stored.get("intervalAlone"),
                    clipped((m - half, m + half), -most, most) if most else (m - half, m + half))


def check_probe(record, checks):
    for model in record["models"]:
        name = model["name"]
        right = round(model["accuracy"] * record["count"])
        checks.same(f"{name}, accuracy", model["accuracy"], right / record["count"])
        checks.interval(f"{name}, Wilson", model["interval"], wilson(right, record["count"]))
        recalls, below, above = [], 0.0, 0.0
        for entry in model["classes"]:
            if entry["count"] == 0:
                continue
            hits = round(entry["accuracy"] * entry["count"])
            low, high = wilson(hits, entry["count"])
            checks.interval(f"{name}, {entry['name']}", entry["interval"], (low, high))
            recall = hits / entry["count"]
            recalls.append(recall)
            below, above = below + (recall - low) ** 2, above + (high - recall) ** 2
        centre = float(np.mean(recalls))
        checks.same(f"{name}, balanced accuracy", model["balancedAccuracy"], centre)
        checks.interval(f"{name}, balanced accuracy", model.get("balancedInterval"),
                        (max(0, centre - math.sqrt(below) / len(recalls)), min(1, centre + math.sqrt(above) / len(recalls))))
        bins = model["reliability"]["bins"]
        error = sum(abs(b["correct"] - b["count"] * b["meanScore"]) for b in bins) / record["count"]
        checks.same(f"{name}, calibration error", model["calibrationError"], error)
        for b in bins:
            checks.interval(f"{name}, bin at {b['meanScore']:.3f}", b["interval"], wilson(b["correct"], b["count"]))


def main(paths):
    if not paths:
        sys.exit(__doc__)
    failed = False
    for path in paths:
        with open(path, encoding="utf-8") as file:
            record = json.load(file)
        if record.get("schema", 1) < 2:
            sys.exit(f"{path}: a record of schema {record.get('schema', 1)}; this checks schema 2")
        checks = Checks()
        {"evidence": check_evidence, "probe": check_probe}.get(record.get("kind"), check_comparison)(record, checks)
        print(f"{path}: {checks.count} values, {len(checks.problems)} differ")
        for problem in checks.problems:
            print(f"  {problem}")
        failed = failed or bool(checks.problems)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main(sys.argv[1:])

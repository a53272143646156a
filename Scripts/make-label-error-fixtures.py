#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes Tests/OcellusMetricsTests/LabelErrorValues.swift: the images that cleanlab suspects among made-up ones.

    python3 Scripts/make-label-error-fixtures.py        needs cleanlab and NumPy
"""
import pathlib

import cleanlab
import numpy as np
from cleanlab.filter import find_label_issues
from cleanlab.rank import get_label_quality_scores

classes, count = 4, 60
random = np.random.default_rng(20)
truth = random.integers(classes, size=count)
logits = random.normal(size=(count, classes))
logits[np.arange(count), truth] += 2.0
logits[:, 0] += 0.7  # a class that the network prefers
probabilities = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
probabilities = np.round(probabilities, 4)
labels = truth.copy()
wrong = random.permutation(count)[:9]
labels[wrong] = (labels[wrong] + random.integers(1, classes, size=9)) % classes

issues = np.flatnonzero(find_label_issues(labels, probabilities, filter_by="confident_learning"))
order = get_label_quality_scores(labels, probabilities, method="self_confidence")
issues = issues[np.argsort(order[issues], kind="stable")]
scores = get_label_quality_scores(labels, probabilities, method="normalized_margin")

lines = [
    "// SPDX-License-Identifier: Apache-2.0", "",
    f"// Made by Scripts/make-label-error-fixtures.py with cleanlab {cleanlab.__version__} and NumPy {np.__version__}.", "",
    "enum LabelErrorValues {",
    f"    static let labels = {labels.tolist()}",
    "    static let probabilities: [[Double]] = ["]
lines += ["        [" + ", ".join(f"{value:.4f}" for value in row) + "]," for row in probabilities]
lines += [
    "    ]",
    "    /// find_label_issues(filter_by=\"confident_learning\"), the lowest get_label_quality_scores(\"self_confidence\") first.",
    f"    static let issues = {issues.tolist()}",
    "    /// get_label_quality_scores(\"normalized_margin\"): (margin + 1) / 2.",
    f"    static let scores: [Double] = [" + ", ".join(f"{scores[i]:.6f}" for i in issues) + "]",
    "}", ""]
target = pathlib.Path(__file__).resolve().parent.parent / "Tests/OcellusMetricsTests/LabelErrorValues.swift"
target.write_text("\n".join(lines))

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the node tests of the package onnx (onnx.backend.test) of the operators that Ocellus takes.

usage: check-nodes.py [--output FILE]

A test counts when its first input is float32 data and it has one float32 result; every other input becomes a constant of the file.
Operators whose settings no graph can hold are counted as refused, with their words; a wrong number is a failure.
"""
import argparse
import collections
import pathlib
import tempfile

import numpy as np
import onnx
from onnx import numpy_helper
from onnx.backend.test.case.node import collect_testcases

import common

TYPES = """Conv MaxPool AveragePool GlobalAveragePool GlobalMaxPool BatchNormalization Pad Relu Sigmoid Tanh HardSwish Swish Gelu
HardSigmoid LeakyRelu PRelu Clip Add Sub Mul Div Neg Pow Max Min Softmax LayerNormalization Gemm MatMul Einsum Identity Dropout Cast Reshape
Flatten Squeeze Unsqueeze Transpose Expand Concat Slice Split Gather ReduceMean ReduceMax ReduceSum""".split()


def main():
    parser = argparse.ArgumentParser(epilog=common.NEEDS)
    parser.add_argument("--output")
    arguments = parser.parse_args()
    probe = common.Probe()
    passed, refused, failed = collections.Counter(), collections.defaultdict(list), []
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for case in collect_testcases(None):
            model = case.model
            types = {node.op_type for node in model.graph.node}
            if len(model.graph.node) != 1 or not types <= set(TYPES):
                continue
            inputs, outputs = case.data_sets[0]
            inputs = [np.asarray(value) if not isinstance(value, (list, type(None))) else value for value in inputs]
            if not inputs or not isinstance(inputs[0], np.ndarray) or inputs[0].dtype != np.float32 or inputs[0].size == 0:
                continue
            want = np.asarray(outputs[0])
            if want.dtype != np.float32 or want.size == 0 or any(not isinstance(value, np.ndarray) for value in inputs):
                continue
            type_ = next(iter(types))
            changed = onnx.ModelProto()
            changed.CopyFrom(model)
            names = [value.name for value in changed.graph.input]
            for name, value in list(zip(names, inputs))[1:]:
                changed.graph.initializer.append(numpy_helper.from_array(value, name))
            onnx.save(changed, folder / "model.onnx")
            inputs[0].astype(np.float32).tofile(folder / "input")
            answer = probe.ask("node", folder / "model.onnx", folder / "input", folder / "output")
            if "error" in answer:
                if answer["error"] == "exchange.unknownOperators":
                    refused[type_].append((case.name, answer["received"]))
                else:
                    failed.append((case.name, answer["error"], answer.get("summary", "")))
                continue
            got = np.fromfile(folder / "output", np.float32)
            tolerance = max(1e-6, getattr(case, "rtol", 1e-3) or 1e-3)
            if got.size != want.size or not np.allclose(got, want.ravel(), rtol=tolerance, atol=1e-5, equal_nan=True):
                worst = np.abs(got - want.ravel()).max() if got.size == want.size else f"{got.size} numbers for {want.size}"
                failed.append((case.name, "wrong", str(worst)))
            else:
                passed[type_] += 1
    rows = [[t, passed[t], len(refused[t]), "; ".join(sorted({reason.split(" (")[0] for _, reason in refused[t]}))] for t in TYPES]
    text = common.table(rows, ["Operator", "Passed", "Refused", "With these words"])
    text += f"\n\n{sum(passed.values())} passed, {sum(len(r) for r in refused.values())} refused, {len(failed)} failed\n"
    for row in failed:
        text += "failed: " + ", ".join(row) + "\n"
    print(text)
    if arguments.output:
        pathlib.Path(arguments.output).write_text(text)


main()

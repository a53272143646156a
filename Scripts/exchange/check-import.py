#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Exports torchvision's classifiers with torch.onnx, imports them, compares the logits, and exports them again.

usage: check-import.py [--exporters dynamo,torchscript] [--most MILLION-WEIGHTS] [--names a,b] [--output FILE]

Weights are drawn, statistics perturbed. A network agrees when no logit differs from PyTorch's by more than 1e-4 of the largest; what is
exported again must give the same first answers in ONNX Runtime, to the same bound. Results that are there already are kept.
"""
import argparse
import pathlib
import tempfile
import warnings

import numpy as np
import onnxruntime as ort
import torch
import torchvision

import common

warnings.filterwarnings("ignore")
torch.set_num_threads(1)
TOO_LARGE = 2e9 / 4


def network(name):
    torch.manual_seed(7)
    arguments = {"init_weights": True} if name in ("googlenet", "inception_v3") else {}
    model = torchvision.models.get_model(name, weights=None, **arguments)
    with torch.no_grad():
        for key, buffer in model.named_buffers():
            if key.endswith("running_mean"):
                buffer.normal_(0, 0.1)
            if key.endswith("running_var"):
                buffer.uniform_(0.5, 1.5)
        for parameter in model.parameters():
            if not parameter.any():
                # Heads that start at zero would make all logits equal.
                parameter.normal_(0, 0.02)
    return model.eval()


def size(name):
    crop = torchvision.models.get_model_weights(name).DEFAULT.transforms().crop_size
    return crop[0] if isinstance(crop, (list, tuple)) else crop


def check(probe, model, side, exporter, folder):
    x = torch.randn(2, 3, side, side, generator=torch.Generator().manual_seed(1))
    path = folder / "model.onnx"
    batch = torch.export.Dim("batch", min=1, max=64)
    try:
        if exporter == "dynamo":
            torch.onnx.export(
                model, (x,), path, dynamo=True, external_data=False, dynamic_shapes=({0: batch},), verbose=False)
        else:
            torch.onnx.export(
                model, (x,), path, dynamo=False, input_names=["input"], output_names=["output"],
                dynamic_axes={"input": {0: "batch"}, "output": {0: "batch"}})
    except Exception as error:
        return "not exported by PyTorch", str(error).split("\n")[0][:120]
    with torch.no_grad():
        want = model(x).numpy()
    x.numpy().tofile(folder / "input")
    answer = probe.ask("run", path, folder / "input", folder / "output", 2)
    if "error" in answer:
        return "refused", (answer.get("received") or answer.get("summary") or answer["error"])[:300]
    got = np.fromfile(folder / "output", np.float32).reshape(want.shape)
    difference = float(np.abs(got - want).max() / np.abs(want).max())
    if not difference <= 1e-4:
        return "differs", f"{difference:.1e}"
    answer = probe.ask("again", path, folder / "again.onnx")
    if "error" in answer:
        return "agrees", f"{difference:.1e}; not exported again: {answer.get('summary', answer['error'])}"
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    again = ort.InferenceSession(str(folder / "again.onnx"), options).run(["logits"], {"input": x.numpy()})[0]
    second = float(np.abs(again - want).max() / np.abs(want).max())
    same = (again.argmax(1) == want.argmax(1)).all() and second <= 1e-4
    return ("agrees, and again" if same else "differs when exported again"), f"{difference:.1e}, {second:.1e}"


def main():
    parser = argparse.ArgumentParser(epilog=common.NEEDS)
    parser.add_argument("--exporters", default="dynamo,torchscript")
    parser.add_argument("--most", type=float, default=100)
    parser.add_argument("--names")
    parser.add_argument("--output")
    arguments = parser.parse_args()
    names = arguments.names.split(",") if arguments.names else torchvision.models.list_models(module=torchvision.models)
    known = {}
    if arguments.output and pathlib.Path(arguments.output).exists():
        for line in pathlib.Path(arguments.output).read_text().splitlines():
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            if len(cells) == 5 and cells[1] in ("dynamo", "torchscript"):
                known[cells[0], cells[1]] = cells
    weights = {name: torchvision.models.get_model_weights(name).DEFAULT.meta["num_params"] for name in names}
    probe = common.Probe()
    for name in sorted(names, key=lambda name: weights[name]):
        if weights[name] > min(TOO_LARGE, arguments.most * 1e6):
            continue
        wanted = [e for e in arguments.exporters.split(",") if (name, e) not in known]
        model = network(name) if wanted else None
        for exporter in wanted:
            with tempfile.TemporaryDirectory() as folder:
                verdict, reason = check(probe, model, size(name), exporter, pathlib.Path(folder))
            known[name, exporter] = [name, exporter, f"{weights[name] / 1e6:.1f} M", verdict, reason]
            print(known[name, exporter], flush=True)
            if arguments.output:
                rows = sorted(known.values(), key=lambda row: (row[1], row[0]))
                text = common.table(rows, ["Network", "Exporter", "Weights", "Verdict", "Largest difference, or why not"])
                pathlib.Path(arguments.output).write_text(text + "\n")


main()

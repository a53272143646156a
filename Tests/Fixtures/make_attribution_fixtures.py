#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes attributions.json: gradients in inference that PyTorch's autograd computes in float64.

    python3 Tests/Fixtures/make_attribution_fixtures.py Tests/Fixtures/attributions.json

For each network: the gradient of one logit with respect to the input and to a layer's output, Grad-CAM of that layer (Selvaraju et al. 2016),
and the gradient of the layer's central position, summed over channels, with respect to the input. Given numbers are multiples of 1/64.
"""
import json
import sys

import numpy
import torch

import networks
from layer_cases import FLATTEN, RELU, SAME, conv, dense, norm, plain, pool, residual
from measures import NotSmooth, draw, draw_different, guard_kinks, numbers, with_shape

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)

CASES = [
    {
        "name": "convolution, norm, pool", "layer": "3", "target": 2,
        "network": {"frozen": [], "input": [3, 9, 8], "layers": [
            conv(4, 3, padding=SAME), norm(), RELU, conv(5, 3), RELU, pool("max", 2), FLATTEN, dense(4)]},
    },
    {
        "name": "residual, depthwise", "layer": "body", "target": 0,
        "network": {"frozen": [], "input": [2, 7, 6], "layers": [
            conv(6, 3, padding=SAME, bias=False), norm(), RELU,
            residual([conv(6, 3, padding=SAME, groups=6, bias=False), norm(), RELU, conv(6, 1), norm()]) | {"name": "body"},
            RELU, plain("global_average_pool2d"), dense(3)]},
    },
]


def make_case(case, seed):
    random = numpy.random.default_rng(seed)
    module = networks.Network(case["network"]).double().eval()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(draw(random, parameter.shape, -24, 24))
        for name, buffer in module.named_buffers():
            if name.endswith("running_mean"):
                buffer.copy_(draw(random, buffer.shape))
            elif name.endswith("running_var"):
                buffer.copy_(draw(random, buffer.shape, 4, 48))
    guard_kinks(module)
    x = draw_different(random, [1, *case["network"]["input"]]).requires_grad_()
    paths = [spec.get("name", str(index)) for index, spec in enumerate(case["network"]["layers"])]
    outputs, y = {}, x
    for path, step in zip(paths, module.steps):
        y = step(y)
        outputs[path] = y
    maps = outputs[case["layer"]]
    dx, dmaps = torch.autograd.grad(y[0, case["target"]], (x, maps), retain_graph=True)
    cam = torch.relu((dmaps.mean((2, 3), keepdim=True) * maps).sum(1))[0]
    unit = maps[0, :, maps.shape[2] // 2, maps.shape[3] // 2].sum()
    return case | {
        "inputValues": numbers(x),
        "parameters": {name: with_shape(value) for name, value in module.named_parameters()},
        "buffers": {name: with_shape(value) for name, value in module.named_buffers() if not name.endswith("tracked")},
        "output": with_shape(y), "inputGradient": with_shape(dx), "maps": with_shape(maps), "mapsGradient": with_shape(dmaps),
        "gradCAM": with_shape(cam), "unitGradient": with_shape(torch.autograd.grad(unit, x)[0]),
    }


def smooth_case(case):
    for seed in range(200):
        try:
            return make_case(case, seed)
        except NotSmooth:
            continue
    sys.exit(f"{case['name']}: no seed of 200 keeps its values away from the kinks")


def main():
    lines = ",\n".join(json.dumps(smooth_case(case), separators=(",", ":")) for case in CASES)
    with open(sys.argv[1], "w") as file:
        file.write(f'{{"schema": 1, "torch": {json.dumps(torch.__version__)}, "script": "make_attribution_fixtures.py", "cases": [\n{lines}\n]}}\n')


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main()

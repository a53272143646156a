#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes layers.json: what PyTorch computes in float64 for small networks, optimisers, losses and schedules.

    python3 Tests/Fixtures/make_layer_fixtures.py Tests/Fixtures/layers.json

Every given number is a multiple of 1/64 that float32 holds exactly, so all engines start from the same values. Each
expected tensor carries a `magnitude`, the largest over its elements of the sum over all given numbers v of
|d element / d v| * |v|: to first order the element moves by at most magnitude * e when every given number moves by a
relative e. For a sum of products this is the sum of |x * w|. `terms` adds up, over the layers, the longest sum that a
layer computes. The test derives its tolerance from the two.
"""
import json
import sys

import numpy
import torch
from torch import nn

import networks
from layer_cases import CASES
from measures import NotSmooth, draw, draw_different, guard_kinks, longest_sum, magnitude, numbers, with_shape
from step_cases import losses, optimizers, schedules, trainings

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)


def make_case(case, seed):
    random = numpy.random.default_rng(seed)
    module = networks.Network(case["network"]).double()
    training = case["mode"] == "gradients"
    module.train(training)
    shape = [case["batch"], *case["network"]["input"]]
    distinct = "pool" in case["name"] and "equal" not in case["name"]
    x = draw_different(random, shape) if distinct else draw(random, shape)
    if "equal" in case["name"]:
        x = draw(random, shape, 0, 2, 1)
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            parameter.copy_(draw(random, parameter.shape, -24, 24))
        for name, buffer in module.named_buffers():
            if name.endswith("running_mean"):
                buffer.copy_(draw(random, buffer.shape))
            elif name.endswith("running_var"):
                buffer.copy_(draw(random, buffer.shape, 4, 48))
    buffers = {name: buffer.clone() for name, buffer in module.named_buffers() if not name.endswith("tracked")}
    names = [name for name, _ in module.named_parameters()]
    parameters = [parameter.detach().clone() for parameter in module.parameters()]
    guard_kinks(module)

    def forward(x, *parameters):
        return torch.func.functional_call(module, dict(zip(names, parameters)), (x,))

    result = {
        "name": case["name"], "mode": case["mode"], "network": case["network"], "batchSize": case["batch"],
        "terms": longest_sum(module, x),
    }
    # The running statistics moved while the terms were counted.
    module.load_state_dict(buffers, strict=False)
    y = forward(x, *parameters)
    result["input"] = numbers(x)
    result["parameters"] = {name: with_shape(value) for name, value in zip(names, parameters)}
    result["buffers"] = {name: with_shape(value) for name, value in buffers.items()}
    expected = {"output": with_shape(y)}
    if training:
        expected["buffersAfter"] = {
            name: with_shape(buffer)
            | {"magnitude": float(f"{buffer.abs().max().item() + statistic_size(module, x):.2e}")}
            for name, buffer in module.named_buffers() if not name.endswith("tracked")}
    for child in module.modules():
        if isinstance(child, nn.BatchNorm2d) and training:
            # From here on only for bounds: nothing may change between calls.
            child.track_running_stats, child.running_mean, child.running_var = False, None, None
    given = (x, *parameters)
    expected["output"]["magnitude"] = magnitude(forward, given)
    if training:
        dy = draw(random, y.shape, -40, 40)
        result["outputGradient"] = numbers(dy)

        def gradient(index):
            def function(dy, *given):
                given = [value if value.requires_grad else value.clone().requires_grad_() for value in given]
                return torch.autograd.grad(forward(*given), given, dy, create_graph=True)[index]
            return function

        for index, name in enumerate(["input", *names]):
            value = with_shape(gradient(index)(dy, *given))
            value["magnitude"] = magnitude(gradient(index), (dy, *given))
            if name == "input":
                expected["inputGradient"] = value
            else:
                expected.setdefault("parameterGradients", {})[name] = value
    result["expected"] = expected
    return result


def statistic_size(module, x):
    """The largest square of a value that any batch norm receives: what its mean and variance are sums of."""
    largest = [1.0]
    hooks = [
        child.register_forward_pre_hook(lambda _, inputs: largest.append(inputs[0].square().max().item()))
        for child in module.modules() if isinstance(child, nn.BatchNorm2d)]
    state = {name: value.clone() for name, value in module.state_dict().items()}
    module(x)
    module.load_state_dict(state)
    for hook in hooks:
        hook.remove()
    return max(largest)


def smooth_case(case):
    for seed in range(200):
        try:
            return make_case(case, seed)
        except NotSmooth:
            continue
    sys.exit(f"{case['name']}: no seed of 200 keeps its values away from the kinks")


def main():
    sections = {
        "layers": [smooth_case(case) for case in CASES],
        "losses": losses(),
        "optimizers": optimizers(),
        "trainings": trainings(),
        "schedules": schedules(),
    }
    lines = [f'{{"schema": 1, "torch": {json.dumps(torch.__version__)}, "script": "make_layer_fixtures.py"']
    for name, cases in sections.items():
        lines.append(f',"{name}": [\n' + ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases) + "\n]")
    with open(sys.argv[1], "w") as file:
        file.write("\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main()

# SPDX-License-Identifier: Apache-2.0
"""Numbers, draws and error magnitudes for `make_layer_fixtures.py`."""
import math

import torch
from torch import nn
from torch.autograd.functional import jacobian

import networks


def numbers(tensor):
    """Twelve significant digits each; integers stay short."""
    return [float(f"{value:.12g}") for value in tensor.detach().flatten().tolist()]


def with_shape(tensor):
    return {"shape": list(tensor.shape), "values": numbers(tensor)}


def draw(random, shape, low=-32, high=32, denominator=16):
    return torch.from_numpy(random.integers(low, high + 1, tuple(shape)) / denominator)


def draw_different(random, shape):
    """Numbers of which no two are equal, so that every maximum is unique."""
    count = math.prod(shape)
    return torch.from_numpy((random.permutation(count) - count // 2) / 32).reshape(tuple(shape))


class NotSmooth(Exception):
    """A value lies so near a kink that rounding could send it to the other side."""


def guard_kinks(module):
    """Makes ReLU and max pooling raise `NotSmooth` where the values that arithmetic gave them are nearly tied."""
    def relu(_, inputs):
        if inputs[0].abs().min() < 1e-3:
            raise NotSmooth

    def maximum(pool, inputs):
        x = inputs[0]
        kernel = tuple(pool.spec["kernelSize"])
        windows = nn.functional.unfold(x.flatten(0, 1)[:, None], kernel, stride=tuple(pool.spec["stride"]))
        first, second = windows.topk(2, 1).values.unbind(1)
        if ((first - second < 1e-3) & (first > 0)).any():
            raise NotSmooth

    arithmetic = (nn.Conv2d, nn.Linear, nn.BatchNorm2d, networks.LocallyConnected2d)
    if not any(isinstance(child, arithmetic) for child in module.modules()):
        return
    for child in module.modules():
        if isinstance(child, nn.ReLU):
            child.register_forward_pre_hook(relu)
        if isinstance(child, networks.MaxPool2d) and "valid" in child.spec["padding"]:
            child.register_forward_pre_hook(maximum)


def longest_sum(module, x):
    """Terms of the longest sum of each layer, forward or backward, added up over the layers."""
    terms = []

    def count(layer, inputs, output):
        batch_positions = output.shape[0] * math.prod(output.shape[2:])
        if isinstance(layer, nn.Linear):
            terms.append(max(layer.in_features, layer.out_features, output.numel() // output.shape[-1]))
        elif isinstance(layer, nn.MultiheadAttention):
            # Products with the weights, with keys, with values, with the weights again.
            tokens = output.shape[0] * output.shape[1]
            terms.append(max(3 * layer.embed_dim, tokens) + 2 * max(layer.head_dim, output.shape[1])
                         + max(layer.embed_dim, tokens))
        elif isinstance(layer, (nn.Conv2d, networks.LocallyConnected2d)):
            field = math.prod(layer.spec["kernelSize"])
            terms.append(max(layer.spec["outputChannels"] * field, inputs[0].shape[1] * field, batch_positions))
        elif isinstance(layer, nn.BatchNorm2d):
            terms.append(4 * batch_positions)
        elif not list(layer.children()):
            terms.append(max(8, math.prod(inputs[0].shape[1:])))

    hooks = [child.register_forward_hook(count) for child in module.modules()]
    module(x)
    for hook in hooks:
        hook.remove()
    return sum(terms)


def magnitude(function, given):
    """How far rounding can move an element; see `make_layer_fixtures.py`."""
    value = function(*given)
    rows = jacobian(function, given)
    total = torch.zeros(value.shape)
    for row, source in zip(rows, given):
        total += (row * source).abs().reshape(*value.shape, -1).sum(-1)
    # Rounded up, so that the three digits still bound it.
    return float(f"{max(total.max().item(), value.abs().max().item()) * 1.005:.2e}")

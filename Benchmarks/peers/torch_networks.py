# SPDX-License-Identifier: Apache-2.0
"""The networks in PyTorch."""
from torch import nn

import networks


class Residual(nn.Module):
    """The sum of two branches."""

    def __init__(self, main, shortcut):
        super().__init__()
        self.main, self.shortcut = main, shortcut

    def forward(self, x):
        return self.main(x) + self.shortcut(x)


def _sequence(layers, shape):
    """The layers as modules, and the shape (channels, rows, columns) or (features,) after them."""
    modules = []
    for kind, *values in layers:
        if kind == "conv":
            channels, kernel, stride, padding, groups, bias = values
            modules.append(nn.Conv2d(shape[0], channels, kernel, stride, padding, groups=groups, bias=bias))
            shape = (channels, *((size + 2 * padding - kernel) // stride + 1 for size in shape[1:]))
        elif kind == "bn":
            modules.append(nn.BatchNorm2d(shape[0]))
        elif kind == "relu":
            modules.append(nn.ReLU())
        elif kind == "tanh":
            modules.append(nn.Tanh())
        elif kind in ("max", "average"):
            modules.append(nn.MaxPool2d(values[0]) if kind == "max" else nn.AvgPool2d(values[0]))
            shape = (shape[0], *(size // values[0] for size in shape[1:]))
        elif kind == "mean":
            modules += [nn.AdaptiveAvgPool2d(1), nn.Flatten()]
            shape = shape[:1]
        elif kind == "flatten":
            modules.append(nn.Flatten())
            shape = (shape[0] * shape[1] * shape[2],)
        elif kind == "dense":
            modules.append(nn.Linear(shape[0], values[0]))
            shape = (values[0],)
        elif kind == "residual":
            main, after = _sequence(values[0], shape)
            shortcut = _sequence(values[1], shape)[0] if values[1] else nn.Identity()
            modules.append(Residual(main, shortcut))
            shape = after
        else:
            raise ValueError(kind)
    return nn.Sequential(*modules), shape


def make(name):
    """The network with PyTorch's own initial weights; its number of parameters is checked."""
    network, _ = _sequence(networks.layers(name), (3, 32, 32))
    networks.check_parameters(name, sum(p.numel() for p in network.parameters()))
    return network

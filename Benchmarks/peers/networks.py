# SPDX-License-Identifier: Apache-2.0
"""The networks of Ocellus's zoo as plain lists, from which every peer builds its own.

A layer is a tuple; its first element is its kind:
    ("conv", channels, kernel, stride, padding, groups, bias)      padding in rows and columns on every side
    ("bn",) ("relu",) ("tanh",) ("flatten",) ("mean",)             batch norm, ..., mean over the whole map
    ("max", size) ("average", size)                                windows side by side
    ("dense", units)
    ("residual", layers, shortcut)                                 the sum of both; an empty shortcut is the input
Input is 3x32x32, output is 10 logits. `PARAMETERS` are the counts that Ocellus documents; every peer checks its own.
"""

PARAMETERS = {
    "ann": 12_230_010, "cnn": 167_562, "lenet": 62_006, "vgg-small": 3_249_098, "resnet18": 11_173_962,
    "mobilenet-small": 274_250}


def conv(channels, kernel, stride=1, padding=0, groups=1, bias=True):
    return ("conv", channels, kernel, stride, padding, groups, bias)


def normalized(convolution):
    return [convolution, ("bn",), ("relu",)]


def _ann():
    return [("flatten",), ("dense", 3000), ("relu",), ("dense", 1000), ("relu",), ("dense", 10)]


def _cnn():
    return [conv(32, 3), ("relu",), ("max", 2), conv(64, 3), ("relu",), ("max", 2), ("flatten",), ("dense", 64),
            ("relu",), ("dense", 10)]


def _lenet():
    return [conv(6, 5), ("tanh",), ("average", 2), conv(16, 5), ("tanh",), ("average", 2), ("flatten",),
            ("dense", 120), ("tanh",), ("dense", 84), ("tanh",), ("dense", 10)]


def _vgg_small():
    layers = []
    for channels in (64, 128, 256):
        for _ in range(2):
            layers += normalized(conv(channels, 3, padding=1, bias=False))
        layers.append(("max", 2))
    return layers + [("flatten",), ("dense", 512), ("relu",), ("dense", 10)]


def _resnet18():
    layers = normalized(conv(64, 3, padding=1, bias=False))
    for stage, channels in enumerate((64, 128, 256, 512)):
        for block in range(2):
            stride = 2 if stage > 0 and block == 0 else 1
            main = normalized(conv(channels, 3, stride, 1, bias=False)) + [conv(channels, 3, 1, 1, bias=False), ("bn",)]
            shortcut = [conv(channels, 1, stride, bias=False), ("bn",)] if stride > 1 else []
            layers += [("residual", main, shortcut), ("relu",)]
    return layers + [("mean",), ("dense", 10)]


def _mobilenet_small():
    channels, layers = 32, normalized(conv(32, 3, padding=1, bias=False))
    for width, stride in ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)):
        layers += normalized(conv(channels, 3, stride, 1, groups=channels, bias=False))
        layers += normalized(conv(width, 1, bias=False))
        channels = width
    return layers + [("mean",), ("dense", 10)]


_MAKERS = {
    "ann": _ann, "cnn": _cnn, "lenet": _lenet, "vgg-small": _vgg_small, "resnet18": _resnet18,
    "mobilenet-small": _mobilenet_small}
NAMES = list(_MAKERS)


def layers(name):
    """The layers of a network of the zoo."""
    return _MAKERS[name]()


def check_parameters(name, count):
    """Ends the program when a peer's network has another number of parameters than Ocellus's."""
    if count != PARAMETERS[name]:
        raise SystemExit(f"{name} has {count} parameters here and {PARAMETERS[name]} in Ocellus: not the same network")

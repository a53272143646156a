# SPDX-License-Identifier: Apache-2.0
"""The layers that `make_layer_fixtures.py` computes: networks in Ocellus's JSON form, at odd sizes."""
import numpy


def single(value):
    """The number that a Swift `Float` literal holds."""
    return float(numpy.float32(value))


VALID, SAME = {"valid": {}}, {"same": {}}


def explicit(top, left, bottom, right):
    return {"explicit": {"top": top, "left": left, "bottom": bottom, "right": right}}


def size(value):
    return list(value) if isinstance(value, tuple) else [value, value]


def conv(channels, kernel, stride=1, padding=VALID, dilation=1, groups=1, bias=True, name=None):
    spec = {
        "kind": "conv2d", "outputChannels": channels, "kernelSize": size(kernel), "stride": size(stride),
        "padding": padding, "dilation": size(dilation), "groups": groups, "hasBias": bias,
        "initializer": {"glorotUniform": {}},
    }
    return spec | ({"name": name} if name else {})


def local(channels, kernel, stride=1, padding=VALID, bias=True):
    return {
        "kind": "locally_connected2d", "outputChannels": channels, "kernelSize": size(kernel),
        "stride": size(stride), "padding": padding, "hasBias": bias, "initializer": {"glorotUniform": {}},
    }


def dense(features, bias=True):
    return {"kind": "dense", "outputFeatures": features, "hasBias": bias, "initializer": {"glorotUniform": {}}}


def pool(kind, kernel, stride=None, padding=VALID):
    return {"kind": f"{kind}_pool2d", "kernelSize": size(kernel), "stride": size(stride or kernel), "padding": padding}


def plain(kind, **settings):
    return {"kind": kind} | settings


def blur(taps, stride):
    return plain("blur_pool2d", kernelSize=taps, stride=stride)


def norm(epsilon=1e-5, momentum=0.1):
    return plain("batch_norm2d", epsilon=single(epsilon), momentum=single(momentum))


def layer_norm(epsilon=1e-5):
    return plain("layer_norm", epsilon=single(epsilon))


def residual(body, shortcut=()):
    return plain("residual", body=list(body), shortcut=list(shortcut))


def concatenate(*branches):
    return plain("concatenate", branches=[list(branch) for branch in branches])


def patches(features, patch):
    return plain("patch_embedding", features=features, patch=patch, initializer={"glorotUniform": {}})


def gate(*body):
    return plain("gate", body=list(body))


RELU, FLATTEN = plain("relu"), plain("flatten")


def case(name, shape, *layers, batch=2, mode="gradients"):
    return {"name": name, "mode": mode, "batch": batch,
            "network": {"input": list(shape), "layers": list(layers), "frozen": []}}


CASES = [
    case("conv 3x3 valid", (3, 7, 5), conv(4, 3)),
    case("conv 3x3 same", (2, 5, 7), conv(3, 3, padding=SAME)),
    case("conv stride 2 same on even rows pads behind", (3, 6, 7), conv(4, 3, stride=2, padding=SAME)),
    case("conv even kernel same", (2, 5, 5), conv(3, 2, padding=SAME)),
    case("conv other padding on each side", (2, 5, 4), conv(3, 3, padding=explicit(1, 0, 2, 1))),
    case("conv 3x2 with stride 2x1", (2, 7, 5), conv(3, (3, 2), stride=(2, 1), padding=explicit(1, 1, 1, 1))),
    case("conv dilation 2", (2, 7, 8), conv(3, 3, dilation=2, padding=SAME)),
    case("conv dilation 1x3 with stride 2", (2, 6, 9), conv(2, (2, 3), stride=2, dilation=(1, 3))),
    case("conv 1x1", (5, 3, 3), conv(3, 1)),
    case("conv 1x1 stride 2 without bias", (5, 5, 3), conv(4, 1, stride=2, bias=False)),
    case("conv in 2 groups", (4, 5, 5), conv(6, 3, groups=2)),
    case("conv depthwise", (5, 5, 5), conv(5, 3, padding=SAME, groups=5)),
    case("conv depthwise stride 2 without bias", (3, 7, 6), conv(3, 3, stride=2, padding=SAME, groups=3, bias=False)),
    case("conv depthwise, two outputs a channel", (3, 5, 5), conv(6, 3, groups=3)),
    case("conv kernel of the map's size", (3, 4, 3), conv(5, (4, 3))),
    case("conv 16 channels", (16, 4, 3), conv(17, 3, padding=SAME), batch=1),
    case("conv, relu", (3, 6, 5), conv(4, 3), RELU),
    case("conv, relu, maxpool", (3, 8, 7), conv(4, 3), RELU, pool("max", 2)),
    case("conv, relu, conv, relu, maxpool, dense", (2, 9, 8), conv(3, 3), RELU, conv(4, 3), RELU, pool("max", 2),
         FLATTEN, dense(5), batch=1),
    case("local 3x3 valid", (2, 5, 4), local(3, 3)),
    case("local stride 2 same without bias", (2, 5, 4), local(2, 3, stride=2, padding=SAME, bias=False)),
    case("local other padding on each side, relu", (2, 4, 3), local(2, 2, padding=explicit(1, 0, 0, 1)), RELU),
    case("dense", (7, 1, 1), FLATTEN, dense(5), batch=3),
    case("dense without bias", (2, 3, 3), FLATTEN, dense(3, bias=False), batch=5),
    case("dense, relu, dense", (3, 3, 3), FLATTEN, dense(9), RELU, dense(4), batch=3),
    case("maxpool 2 leaves the odd edge", (3, 7, 5), pool("max", 2)),
    case("maxpool 3 stride 2 same", (2, 6, 7), pool("max", 3, 2, SAME)),
    case("maxpool 3 stride 1 same overlaps", (2, 5, 5), pool("max", 3, 1, SAME)),
    case("maxpool 2x3 with other padding on each side", (2, 5, 7), pool("max", (2, 3), 2, explicit(1, 0, 0, 2))),
    case("maxpool of equal values takes the first", (2, 5, 4), pool("max", 2, 1)),
    case("relu, maxpool", (3, 5, 4), RELU, pool("max", 2)),
    case("average pool 2 leaves the odd edge", (3, 7, 5), pool("average", 2)),
    case("average pool 3 stride 2 with padding 1", (2, 7, 5), pool("average", 3, 2, explicit(1, 1, 1, 1))),
    case("average pool 3 stride 2 same", (2, 6, 7), pool("average", 3, 2, SAME)),
    case("blur pool 3 stride 2", (2, 7, 6), blur(3, 2)),
    case("blur pool 2 stride 1", (2, 5, 4), blur(2, 1)),
    case("blur pool 4 stride 2", (2, 5, 7), blur(4, 2)),
    case("blur pool 5 stride 3", (1, 7, 8), blur(5, 3)),
    case("global average pool", (5, 5, 3), plain("global_average_pool2d")),
    case("global max pool", (5, 5, 3), plain("global_max_pool2d")),
    case("flatten", (2, 3, 5), FLATTEN),
    case("relu", (3, 5, 3), RELU),
    case("leaky relu", (3, 5, 3), plain("leaky_relu", slope=single(0.3))),
    case("sigmoid", (3, 5, 3), plain("sigmoid")),
    case("tanh", (3, 5, 3), plain("tanh")),
    case("gelu", (3, 5, 3), plain("gelu")),
    case("relu6, also at 0 and 6", (3, 5, 3), plain("scale", factor=4.0), plain("relu6")),
    case("silu", (3, 5, 3), plain("silu")),
    case("hard swish, also at -3 and 3", (3, 5, 3), plain("scale", factor=4.0), plain("hard_swish")),
    case("hard sigmoid, also at -3 and 3", (3, 5, 3), plain("scale", factor=4.0), plain("hard_sigmoid")),
    case("softmax", (7, 1, 1), FLATTEN, plain("softmax"), batch=3),
    case("scale", (3, 5, 3), plain("scale", factor=single(-1.7))),
    case("dropout is the identity in inference", (3, 3, 3), plain("dropout", rate=single(0.4)), mode="inference"),
    case("drop path is the identity in inference", (3, 3, 3), plain("drop_path", rate=single(0.4)), mode="inference"),
    case("batch norm in training", (5, 4, 3), norm(), batch=3),
    case("batch norm with large epsilon and momentum", (3, 5, 3), norm(0.03, 0.7), batch=1),
    case("batch norm in inference", (5, 4, 3), norm(0.001), mode="inference"),
    case("conv without bias, batch norm, relu", (2, 6, 5), conv(5, 3, bias=False), norm(), RELU, batch=3),
    case("layer norm of maps", (5, 4, 3), layer_norm()),
    case("layer norm of features", (7, 1, 1), FLATTEN, layer_norm(0.03), batch=3),
    case("conv, layer norm, silu", (3, 5, 4), conv(6, 3), layer_norm(), plain("silu"), batch=1),
    case("layer scale of maps", (5, 4, 3), conv(6, 3), plain("layer_scale", start=single(1e-5))),
    case("layer scale of features", (7, 1, 1), FLATTEN, plain("layer_scale", start=1.0), batch=3),
    case("patches to tokens", (3, 5, 7), patches(5, 2), dense(3), batch=1),
    case("class token", (3, 4, 5), patches(5, 2), plain("class_token")),
    case("position table", (3, 4, 5), patches(5, 2), plain("position_table")),
    case("one token", (3, 4, 5), patches(5, 2), plain("select_token", index=3), dense(2)),
    # Of heads of 4 features or 1 the scores' factor, which Ocellus keeps in float32, is exact.
    case("attention of 1 head", (3, 4, 5), patches(4, 2), plain("self_attention", heads=1), batch=1),
    case("attention of 2 heads", (2, 2, 6), patches(8, 2), plain("self_attention", heads=2)),
    case("attention of heads of one feature", (2, 3, 4), patches(3, 2), plain("self_attention", heads=3)),
    case("attention of one token", (2, 3, 3), patches(4, 3), plain("self_attention", heads=2)),
    case("residual over a batch norm", (4, 3, 3), residual([conv(4, 3, padding=SAME, bias=False), norm()]), RELU),
    case("residual with a projection", (3, 5, 5), residual(
        [conv(4, 3, stride=2, padding=SAME, name="conv1"), RELU, conv(4, 3, padding=SAME, name="conv2")],
        [conv(4, 1, stride=2, bias=False)]), batch=1),
    case("gate of channels", (5, 4, 3), gate(
        plain("global_average_pool2d"), dense(2), plain("silu"), dense(5), plain("sigmoid"))),
    case("gate of every element", (3, 5, 2), conv(4, 1), gate(conv(4, 3, padding=SAME), plain("tanh")), batch=1),
    case("concatenate maps", (3, 5, 4), concatenate(
        [conv(2, 1)], [conv(3, 3, padding=SAME), RELU], [pool("max", 3, 1, SAME)]), batch=1),
    case("concatenate features", (3, 3, 3), concatenate(
        [plain("global_average_pool2d")], [FLATTEN, dense(4)]), dense(3)),
]

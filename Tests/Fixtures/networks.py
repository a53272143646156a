# SPDX-License-Identifier: Apache-2.0
"""Networks of Ocellus, in their JSON form, as PyTorch modules whose `state_dict` has the names of the model file."""
import torch
from torch import nn
from torch.nn import functional as F


def same_padding(size, extent, stride):
    """Zeros before and after one axis under TensorFlow's rule: an odd total puts the extra one behind."""
    total = max(0, (-(-size // stride) - 1) * stride + extent - size)
    return total // 2, total - total // 2


def resolve_padding(padding, input_size, kernel, stride, dilation=(1, 1)):
    """(left, right, top, bottom) as `F.pad` wants them."""
    if "valid" in padding:
        return (0, 0, 0, 0)
    if "explicit" in padding:
        sides = padding["explicit"]
        return tuple(sides[side] for side in ("left", "right", "top", "bottom"))
    top, bottom = same_padding(input_size[0], dilation[0] * (kernel[0] - 1) + 1, stride[0])
    left, right = same_padding(input_size[1], dilation[1] * (kernel[1] - 1) + 1, stride[1])
    return (left, right, top, bottom)


class Conv2d(nn.Conv2d):
    """A convolution that may have other padding on each side."""

    def __init__(self, spec, channels):
        super().__init__(
            channels, spec["outputChannels"], tuple(spec["kernelSize"]), stride=tuple(spec["stride"]),
            dilation=tuple(spec["dilation"]), groups=spec["groups"], bias=spec["hasBias"])
        self.spec = spec

    def forward(self, x):
        sides = resolve_padding(self.spec["padding"], x.shape[2:], self.kernel_size, self.stride, self.dilation)
        return super().forward(F.pad(x, sides))


class LocallyConnected2d(nn.Module):
    """Every output position has its own kernel: `weight` [H', W', O, C, kH, kW], `bias` [O, H', W']."""

    def __init__(self, spec, shape):
        super().__init__()
        self.spec = spec
        patches, height, width = self.patches(torch.zeros(1, *shape))
        outputs = spec["outputChannels"]
        self.weight = nn.Parameter(torch.zeros(height, width, outputs, shape[0], *spec["kernelSize"]))
        self.bias = nn.Parameter(torch.zeros(outputs, height, width)) if spec["hasBias"] else None

    def patches(self, x):
        kernel, stride = tuple(self.spec["kernelSize"]), tuple(self.spec["stride"])
        x = F.pad(x, resolve_padding(self.spec["padding"], x.shape[2:], kernel, stride))
        size = [(x.shape[2 + axis] - kernel[axis]) // stride[axis] + 1 for axis in (0, 1)]
        return F.unfold(x, kernel, stride=stride).reshape(len(x), -1, *size), *size

    def forward(self, x):
        patches, height, width = self.patches(x)
        weight = self.weight.reshape(height, width, self.weight.shape[2], -1)
        y = torch.einsum("nkij,ijok->noij", patches, weight)
        return y if self.bias is None else y + self.bias


class MaxPool2d(nn.Module):
    def __init__(self, spec):
        super().__init__()
        self.spec = spec

    def forward(self, x):
        kernel, stride = self.spec["kernelSize"], self.spec["stride"]
        sides = resolve_padding(self.spec["padding"], x.shape[2:], kernel, stride)
        return F.max_pool2d(F.pad(x, sides, value=-torch.inf), kernel, stride)


class AvgPool2d(nn.Module):
    """The mean over positions inside the map (`count_include_pad=False`), for any padding."""

    def __init__(self, spec):
        super().__init__()
        self.spec = spec

    def forward(self, x):
        kernel, stride = self.spec["kernelSize"], self.spec["stride"]
        sides = resolve_padding(self.spec["padding"], x.shape[2:], kernel, stride)
        if sides[0] == sides[1] and sides[2] == sides[3]:
            return F.avg_pool2d(x, kernel, stride, padding=(sides[2], sides[0]), count_include_pad=False)
        sums = F.avg_pool2d(F.pad(x, sides), kernel, stride, divisor_override=1)
        counts = F.avg_pool2d(F.pad(torch.ones_like(x[:1]), sides), kernel, stride, divisor_override=1)
        return sums / counts


class BlurPool2d(nn.Module):
    def __init__(self, spec):
        super().__init__()
        self.taps, self.stride = spec["kernelSize"], spec["stride"]

    def forward(self, x):
        row = torch.ones(1, dtype=x.dtype)
        for _ in range(self.taps - 1):
            row = F.pad(row, (0, 1)) + F.pad(row, (1, 0))
        kernel = torch.outer(row, row) / row.sum() ** 2
        before, after = (self.taps - 1) // 2, self.taps // 2
        x = F.pad(x, (before, after, before, after), mode="reflect")
        return F.conv2d(x, kernel.expand(x.shape[1], 1, -1, -1), stride=self.stride, groups=x.shape[1])


class GlobalMaxPool2d(nn.Module):
    def forward(self, x):
        return F.max_pool2d(x, x.shape[2:]).flatten(1)


class GlobalAvgPool2d(nn.Module):
    def forward(self, x):
        return x.mean((2, 3))


class HardSigmoid(nn.Module):
    """`nn.Hardsigmoid`, whose derivative PyTorch rounds to the float32 nearest to 1/6, also in float64."""

    def forward(self, x):
        return F.relu6(x + 3) / 6



class LayerNorm(nn.LayerNorm):
    """Over the channels of maps, else over the last axis."""

    def __init__(self, spec, shape):
        super().__init__(shape[0] if len(shape) == 3 else shape[-1], eps=spec["epsilon"])

    def forward(self, x):
        return super().forward(x.movedim(1, -1)).movedim(-1, 1) if x.dim() == 4 else super().forward(x)


class LayerScale(nn.Module):
    """A factor `gamma` for each channel of maps, else for each place along the last axis."""

    def __init__(self, spec, shape):
        super().__init__()
        self.gamma = nn.Parameter(torch.full((shape[0] if len(shape) == 3 else shape[-1],), spec["start"]))

    def forward(self, x):
        return x * (self.gamma[:, None, None] if x.dim() == 4 else self.gamma)


class DropPath(nn.Module):
    """Drops all of an image in training, by torchvision's `stochastic_depth` in its mode "row"."""

    def __init__(self, rate):
        super().__init__()
        self.rate = rate

    def forward(self, x):
        if not self.training:
            return x
        kept = torch.rand(len(x), *[1] * (x.dim() - 1)) >= self.rate
        return x * kept / (1 - self.rate)


class PatchEmbedding(nn.Conv2d):
    def __init__(self, spec, channels):
        super().__init__(channels, spec["features"], spec["patch"], stride=spec["patch"])
        # As a convolution of this file counts its terms.
        self.spec = {"kernelSize": [spec["patch"]] * 2, "outputChannels": spec["features"]}

    def forward(self, x):
        return super().forward(x).flatten(2).transpose(1, 2)


class OneTensor(nn.Module):
    """A layer that is one tensor: the module that holds it has it under the layer's name."""

    def __init__(self, *shape):
        super().__init__()
        self.shape = shape

    def give(self, owner, path):
        *parents, self.key = path.split(".")
        for parent in parents:
            if parent not in owner._modules:
                owner.add_module(parent, nn.Module())
            owner = owner._modules[parent]
        owner.register_parameter(self.key, nn.Parameter(torch.zeros(self.shape)))
        # In a list, so that it does not become a part of this module.
        self.owner = [owner]

    @property
    def tensor(self):
        return getattr(self.owner[0], self.key)


class ClassToken(OneTensor):
    def forward(self, x):
        return torch.cat([self.tensor.expand(len(x), -1, -1), x], 1)


class PositionTable(OneTensor):
    def forward(self, x):
        return x + self.tensor


class SelectToken(nn.Module):
    def __init__(self, index):
        super().__init__()
        self.index = index

    def forward(self, x):
        return x[:, self.index]


class SelfAttention(nn.MultiheadAttention):
    def __init__(self, spec, features):
        super().__init__(features, spec["heads"], batch_first=True)

    def forward(self, x):
        # With the weights asked for, PyTorch computes what can be differentiated twice.
        return super().forward(x, x, x)[0]


class Scale(nn.Module):
    def __init__(self, factor):
        super().__init__()
        self.factor = factor

    def forward(self, x):
        return self.factor * x


class Residual(nn.Module):
    def __init__(self, spec, shape):
        super().__init__()
        self.steps = chain(self, spec["body"], shape, "body")
        self.other_steps = chain(self, spec["shortcut"], shape, "shortcut")

    def forward(self, x):
        return run(self.steps, x) + run(self.other_steps, x)


class Gate(nn.Module):
    def __init__(self, spec, shape):
        super().__init__()
        self.steps = chain(self, spec["body"], shape, "body")

    def forward(self, x):
        gate = run(self.steps, x)
        return x * (gate[:, :, None, None] if gate.dim() == 2 and x.dim() == 4 else gate)


class Concatenate(nn.Module):
    def __init__(self, spec, shape):
        super().__init__()
        self.steps = [chain(self, branch, shape, f"branches.{i}") for i, branch in enumerate(spec["branches"])]

    def forward(self, x):
        return torch.cat([run(steps, x) for steps in self.steps], 1)


class Network(nn.Module):
    def __init__(self, document):
        super().__init__()
        self.steps = chain(self, document["layers"], tuple(document["input"]))

    def forward(self, x):
        return run(self.steps, x)


def run(steps, x):
    for step in steps:
        x = step(x)
    return x


def layer(spec, shape):
    """One layer as a module; `shape` is that of its input without the batch axis."""
    kind = spec["kind"]
    if kind == "dense":
        return nn.Linear(shape[-1], spec["outputFeatures"], bias=spec["hasBias"])
    if kind == "batch_norm2d":
        return nn.BatchNorm2d(shape[0], eps=spec["epsilon"], momentum=spec["momentum"])
    makers = {
        "conv2d": lambda: Conv2d(spec, shape[0]),
        "locally_connected2d": lambda: LocallyConnected2d(spec, shape),
        "max_pool2d": lambda: MaxPool2d(spec),
        "average_pool2d": lambda: AvgPool2d(spec),
        "blur_pool2d": lambda: BlurPool2d(spec),
        "global_average_pool2d": GlobalAvgPool2d,
        "global_max_pool2d": GlobalMaxPool2d,
        "flatten": nn.Flatten,
        "relu": nn.ReLU,
        "leaky_relu": lambda: nn.LeakyReLU(spec["slope"]),
        "sigmoid": nn.Sigmoid,
        "tanh": nn.Tanh,
        "gelu": nn.GELU,
        "relu6": nn.ReLU6,
        "silu": nn.SiLU,
        "hard_swish": nn.Hardswish,
        "hard_sigmoid": HardSigmoid,
        "layer_norm": lambda: LayerNorm(spec, shape),
        "layer_scale": lambda: LayerScale(spec, shape),
        "drop_path": lambda: DropPath(spec["rate"]),
        "patch_embedding": lambda: PatchEmbedding(spec, shape[0]),
        "class_token": lambda: ClassToken(1, 1, shape[-1]),
        "position_table": lambda: PositionTable(1, *shape),
        "select_token": lambda: SelectToken(spec["index"]),
        "self_attention": lambda: SelfAttention(spec, shape[-1]),
        "softmax": lambda: nn.Softmax(1),
        "scale": lambda: Scale(spec["factor"]),
        "dropout": lambda: nn.Dropout(spec["rate"]),
        "residual": lambda: Residual(spec, shape),
        "gate": lambda: Gate(spec, shape),
        "concatenate": lambda: Concatenate(spec, shape),
    }
    return makers[kind]()


def attach(owner, path, module):
    """Registers a module so that its parameters are named `path.weight`; the path may have dots."""
    *parents, name = path.split(".")
    for parent in parents:
        if parent not in owner._modules:
            owner.add_module(parent, nn.Module())
        owner = owner._modules[parent]
    if name in owner._modules:
        # Two layers of one name: their parts stand side by side.
        for key, child in module.named_children():
            owner._modules[name].add_module(key, child)
        return
    owner.add_module(name, module)


def chain(owner, specs, shape, branch=None):
    """The modules of a list of layers, registered with their owner.

    A layer is named by its own name or else by its index, which a composite puts behind the name of the branch.
    """
    steps = []
    for index, spec in enumerate(specs):
        module = layer(spec, shape)
        path = spec.get("name") or (f"{branch}.{index}" if branch else str(index))
        module.give(owner, path) if isinstance(module, OneTensor) else attach(owner, path, module)
        dtype = next((tensor.dtype for tensor in module.parameters()), torch.get_default_dtype())
        # In evaluation, because batch norm would refuse a single position in training.
        with torch.no_grad():
            shape = tuple(module.eval()(torch.zeros(1, *shape, dtype=dtype)).shape[1:])
        steps.append(module.train())
    return steps

# SPDX-License-Identifier: Apache-2.0
"""The networks as ONNX models with random weights, for ONNX Runtime and OpenVINO."""
import numpy
from onnx import TensorProto, helper, numpy_helper

import networks


class _Graph:
    def __init__(self):
        self.nodes, self.weights, self.parameters = [], [], 0
        self.random = numpy.random.default_rng(0)

    def weight(self, shape, scale=None, value=None, counts=True):
        """The name of a new weight: normal numbers times `scale`, or all `value`."""
        array = numpy.full(shape, value) if scale is None else self.random.standard_normal(shape) * scale
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(array.astype(numpy.float32), name))
        if counts:
            self.parameters += array.size
        return name

    def node(self, kind, inputs, **attributes):
        """The name of the output of a new node."""
        output = f"x{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def add(self, layers, x, shape):
        """The name of the layers' output for the input x, and its shape without the batch."""
        for kind, *values in layers:
            if kind == "conv":
                channels, kernel, stride, padding, groups, bias = values
                inputs = shape[0] // groups
                fan_in = inputs * kernel * kernel
                names = [x, self.weight((channels, inputs, kernel, kernel), (2 / fan_in) ** 0.5)]
                if bias:
                    names.append(self.weight((channels,), value=0))
                x = self.node(
                    "Conv", names, kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=[padding] * 4, group=groups)
                shape = (channels, *((size + 2 * padding - kernel) // stride + 1 for size in shape[1:]))
            elif kind == "bn":
                x = self.node("BatchNormalization", [
                    x, self.weight(shape[:1], value=1), self.weight(shape[:1], value=0),
                    self.weight(shape[:1], value=0, counts=False), self.weight(shape[:1], value=1, counts=False)])
            elif kind in ("relu", "tanh"):
                x = self.node(kind.capitalize(), [x])
            elif kind in ("max", "average"):
                pool = "MaxPool" if kind == "max" else "AveragePool"
                x = self.node(pool, [x], kernel_shape=values * 2, strides=values * 2)
                shape = (shape[0], *(size // values[0] for size in shape[1:]))
            elif kind == "mean":
                x = self.node("Flatten", [self.node("GlobalAveragePool", [x])])
                shape = shape[:1]
            elif kind == "flatten":
                x = self.node("Flatten", [x])
                shape = (shape[0] * shape[1] * shape[2],)
            elif kind == "dense":
                weight = self.weight((values[0], shape[0]), (2 / shape[0]) ** 0.5)
                x = self.node("Gemm", [x, weight, self.weight((values[0],), value=0)], transB=1)
                shape = (values[0],)
            elif kind == "residual":
                main, after = self.add(values[0], x, shape)
                shortcut, _ = self.add(values[1], x, shape)
                x, shape = self.node("Add", [main, shortcut]), after
            else:
                raise ValueError(kind)
        return x, shape


def make(name, batch_size):
    """The network as the bytes of an ONNX model: input `input` [N, 3, 32, 32], output `logits` [N, 10]."""
    graph = _Graph()
    last, _ = graph.add(networks.layers(name), "input", (3, 32, 32))
    graph.nodes[-1].output[0] = "logits"
    networks.check_parameters(name, graph.parameters)
    model = helper.make_model(
        helper.make_graph(
            graph.nodes, name,
            [helper.make_tensor_value_info("input", TensorProto.FLOAT, [batch_size, 3, 32, 32])],
            [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [batch_size, 10])], graph.weights),
        opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return model.SerializeToString()

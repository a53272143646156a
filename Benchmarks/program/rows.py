# SPDX-License-Identifier: Apache-2.0
"""What is measured: one row is a network, a mode, a precision and a batch size, with what Ocellus wants to reach."""
import collections

# floor, goal: images/s (of batch 1: the rate of the median latency) over the best peer's.
Row = collections.namedtuple("Row", "network mode precision batch optimizer floor goal")


def name(row):
    return f"{row.network}-{row.mode}-{row.precision}-{row.batch}"


def title(row):
    kind = f"train, {row.optimizer}" if row.mode == "training" else "infer"
    return f"{row.network}, {kind}, {row.precision}, batch {row.batch}"


def measures_latency(row):
    """Batch 1 is judged by the median time of a batch, everything else by images per second."""
    return row.batch == 1


def _train(network, precision, batch, floor, goal):
    return Row(network, "training", precision, batch, "sgd" if network == "ann" else "adam", floor, goal)


def _infer(network, precision, batch, floor, goal):
    return Row(network, "inference", precision, batch, None, floor, goal)


FULL = [
    _train("cnn", "f32", 32, 2.3, 3.0), _train("cnn", "f32", 256, 2.0, 3.0),
    _train("cnn", "bf16", 32, 2.2, 3.0), _train("cnn", "bf16", 256, 1.9, 2.6),
    _train("ann", "f32", 32, 1.9, 2.4), _train("ann", "f32", 256, 0.95, 1.25),
    _train("ann", "bf16", 32, 1.4, 2.3), _train("ann", "bf16", 256, 0.9, 1.3),
    _train("resnet18", "f32", 128, 1.7, 2.3), _train("resnet18", "bf16", 128, 1.15, 1.5),
    _train("vgg-small", "f32", 128, 1.5, 2.2), _train("vgg-small", "bf16", 128, 1.1, 1.4),
    _train("mobilenet-small", "f32", 128, 2.0, 4.0), _train("lenet", "f32", 128, 2.0, 4.0),
    _infer("cnn", "f32", 1, 1.0, 1.2), _infer("cnn", "f32", 256, 1.0, 1.25),
    _infer("resnet18", "f32", 1, 1.0, 1.2), _infer("resnet18", "f32", 256, 1.0, 1.7),
    _infer("ann", "f32", 1, 1.0, 1.1), _infer("ann", "f32", 256, 0.95, 1.0),
    _infer("cnn", "bf16", 256, 1.05, 1.2), _infer("resnet18", "bf16", 256, 1.05, 1.2),
    _infer("ann", "bf16", 256, 1.05, 1.2),
]
_SHORT = [
    "cnn-training-f32-32", "ann-training-f32-32", "resnet18-training-f32-128", "cnn-inference-f32-1",
    "resnet18-inference-f32-256"]
SHORT = [row for row in FULL if name(row) in _SHORT]

# Networks and batch sizes whose training steps are profiled for the roofline plots.
PROFILES = {"short": [("cnn", 32), ("ann", 32)],
            "full": [("cnn", 32), ("ann", 32), ("resnet18", 128), ("vgg-small", 128), ("mobilenet-small", 128)]}

# A whole process that classifies one picture: what it may take.
START_LIMITS = {"milliseconds": 50, "megabytes": 60}


def peers(row):
    """The candidates for the best peer: script and variant by the name that results give them."""
    if row.mode == "training":
        return {"PyTorch eager": ("torch_train.py", "eager"), "PyTorch compiled": ("torch_train.py", "compiled"),
                "Keras": ("keras_train.py", "default")}
    found = {"OpenVINO": ("openvino_infer.py", "latency"), "PyTorch inductor": ("torch_infer.py", "inductor")}
    if row.precision == "f32":
        found["ONNX Runtime"] = ("onnxruntime_infer.py", "default")
    if row.batch > 1:
        found["OpenVINO streams"] = ("openvino_infer.py", "streams")
    return found

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Loads model-1.0.safetensors into PyTorch strictly, compares the logits of its self-test, and writes PyTorch's own file.

    python3 pytorch.py        # in this folder; made with torch 2.15.0 and safetensors 0.8.0
"""
import base64
import json

import safetensors
import safetensors.torch
import torch
from torch import nn

network = nn.Sequential(
    nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(16, 3))
network.load_state_dict(safetensors.torch.load_file("model-1.0.safetensors"), strict=True)
network.eval()

with safetensors.safe_open("model-1.0.safetensors", "pt") as file:
    metadata = file.metadata()
preprocessing = json.loads(metadata["preprocessing"])
test = json.loads(metadata["self_test"])
pixels = torch.tensor(list(base64.b64decode(test["pixels"])), dtype=torch.float32).reshape(1, 3, 5, 5)
mean = torch.tensor(preprocessing["mean"]).reshape(1, 3, 1, 1)
deviation = torch.tensor(preprocessing["standardDeviation"]).reshape(1, 3, 1, 1)
with torch.no_grad():
    logits = network((pixels / 255 - mean) / deviation)[0]
difference = (logits - torch.tensor(test["logits"])).abs().max().item()
print("ours   ", test["logits"])
print("PyTorch", logits.tolist())
assert difference < 1e-5, difference

safetensors.torch.save_file(network.state_dict(), "pytorch-1.0.safetensors", metadata)

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads `tensorboard/` with TensorBoard's own code and writes what it found to `tensorboard/read.json`.

    python3 -m venv tb && tb/bin/pip install tensorboard==2.21.0
    tb/bin/python Tests/Fixtures/read_tensorboard.py

The files are what the test of TensorBoardLog writes: a training of two epochs that was killed behind the second, and went on
from the first. TensorBoard checks the checksums of every record and drops the epoch that was made again.
"""
import json
import pathlib

from tensorboard.backend.event_processing import event_accumulator

folder = pathlib.Path(__file__).parent / "tensorboard"
found = {}
for part in ["train", "validation"]:
    reader = event_accumulator.EventAccumulator(str(folder / part), size_guidance={"scalars": 0})
    reader.Reload()
    found[part] = {
        tag: [[point.step, point.value] for point in reader.Scalars(tag)] for tag in reader.Tags()["scalars"]
    }
(folder / "read.json").write_text(json.dumps(found, indent=1, sort_keys=True) + "\n")

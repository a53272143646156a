#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Changes ONNX files at random and has them imported and run: every one must be an answer or an error, never the end of the process.

usage: check-mutants.py [--count N] [--output FILE]

Bytes are changed, parts are cut out, doubled or filled with 0xFF, in the files of Tests/OcellusExchangeTests/Fixtures, from one seed.
"""
import argparse
import collections
import pathlib
import random
import tempfile

import numpy as np

import common


def mutant(data, draw):
    data = bytearray(data)
    for _ in range(draw.randint(1, 4)):
        place = draw.randrange(len(data))
        length = draw.choice([1, 1, 1, 2, 4, 8, 64])
        kind = draw.choice([0, 0, 0, 4, 4, 4, 3, 1, 2])
        if kind == 0:
            data[place] = draw.randrange(256)
        elif kind == 1:
            del data[place:place + length]
        elif kind == 2:
            data[place:place] = data[place:place + length]
        elif kind == 3:
            data[place:place + length] = b"\xff" * len(data[place:place + length])
        else:
            data[place] ^= 1 << draw.randrange(8)
        if not data:
            data = bytearray(b"\x08")
    return bytes(data)


def main():
    parser = argparse.ArgumentParser(epilog=common.NEEDS)
    parser.add_argument("--count", type=int, default=3000)
    parser.add_argument("--output")
    arguments = parser.parse_args()
    root = pathlib.Path(__file__).resolve().parents[2]
    files = sorted((root / "Tests/OcellusExchangeTests/Fixtures").glob("*.onnx"))
    draw = random.Random(1)
    probe = common.Probe()
    verdicts = collections.Counter()
    peak = 0
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        np.zeros(3 * 13 * 12, np.float32).tofile(folder / "input")
        for index in range(arguments.count):
            file = draw.choice(files)
            (folder / "mutant.onnx").write_bytes(mutant(file.read_bytes(), draw))
            answer = probe.ask("import", folder / "mutant.onnx")
            verdict = answer.get("error", "imported")
            verdicts[verdict] += 1
            if "ended" in verdict:
                kept = root / f"mutant-{index}.onnx"
                kept.write_bytes((folder / "mutant.onnx").read_bytes())
                print(f"{kept} from {file.name}: {verdict}", flush=True)
    status = pathlib.Path(f"/proc/{probe.process.pid}/status").read_text()
    peak = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
    rows = sorted(verdicts.items(), key=lambda row: -row[1])
    text = common.table(rows, ["Verdict", "Mutants"]) + f"\n\nPeak memory of the process: {peak} kB"
    print(text)
    if arguments.output:
        pathlib.Path(arguments.output).write_text(text + "\n")


main()

# SPDX-License-Identifier: Apache-2.0
"""What the scripts of this folder share: the probe, which answers for Ocellus, and a table in Markdown."""
import json
import os
import subprocess

NEEDS = """Needs Python 3.11 with numpy, pillow, onnx, onnxruntime (and torch, torchvision for check-import), and the probe:
  OCELLUS_EXCHANGE=1 swift build -c release --product OcellusExchangeProbe
PROBE names its program where it is not .build/release/OcellusExchangeProbe."""


class Probe:
    """One process that answers one request a line."""

    def __init__(self):
        self.start()

    def start(self):
        path = os.environ.get("PROBE", ".build/release/OcellusExchangeProbe")
        self.process = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, *words):
        self.process.stdin.write("\t".join(str(word) for word in words) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            status = self.process.wait()
            self.start()
            return {"error": f"the probe ended with status {status}"}
        return json.loads(line)


def table(rows, header):
    lines = ["| " + " | ".join(header) + " |", "| " + " | ".join("---" for _ in header) + " |"]
    return "\n".join(lines + ["| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |" for row in rows])

# SPDX-License-Identifier: Apache-2.0
"""Facts of the machine and of the programs that stand in every result."""
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import tempfile

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PINS = dict(line.split("==") for line in open(os.path.join(HERE, "peers", "requirements.txt")).read().split())


def _read(path):
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return ""


def _run(*command):
    try:
        return subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, universal_newlines=True).stdout.strip()
    except OSError:
        return ""


def facts():
    """The machine: processor, cores, memory, system."""
    information = _read("/proc/cpuinfo")
    model = re.search(r"^model name\s*: (.*)$", information, re.M)
    flags = set((re.search(r"^(?:flags|Features)\s*: (.*)$", information, re.M) or [0, ""])[1].split())
    memory = re.search(r"^MemTotal:\s*(\d+)", _read("/proc/meminfo"), re.M)
    return {
        "processor": model[1] if model else platform.processor() or platform.machine(),
        "instruction_sets": sorted(
            flags & {"avx2", "avx512f", "avx512_bf16", "avx512_vnni", "amx_bf16", "asimd", "sve"}),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_bytes": int(memory[1]) << 10 if memory else None,
        "cpu_quota": _read("/sys/fs/cgroup/cpu.max").strip() or None,
        "system": platform.platform()}


def load():
    """Programs that wanted to run, on average over the last minute."""
    return os.getloadavg()[0]


def ocellus(program):
    """Which Ocellus is measured: version, source and build."""
    with open(program, "rb") as file:
        digest = hashlib.sha256(file.read()).hexdigest()
    return {
        "version": _run(program, "--version"), "sha256": digest,
        "commit": _run("git", "-C", HERE, "describe", "--always", "--dirty") or None}


def versions(python):
    """Versions of the peers that this Python has, and those that differ from peers/requirements.txt."""
    code = ("import importlib.metadata as m, json, sys\ndef v(n):\n try: return m.version(n)\n"
            " except m.PackageNotFoundError: return None\n"
            "print(json.dumps({'python': sys.version.split()[0], **{n: v(n) for n in sys.argv[1:]}}))")
    found = json.loads(_run(python, "-c", code, *PINS) or "{}")
    # A local version such as +cpu is another build of the same sources.
    other = [n for n, pin in PINS.items() if found.get(n) and found[n].split("+")[0] != pin]
    return found, other


def roofs(threads):
    """What the machine can do at most, measured by machine_peak.c; {} without a C compiler."""
    compiler = next((c for c in ("cc", "clang", "gcc") if shutil.which(c)), None)
    if compiler is None:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        program = os.path.join(folder, "machine_peak")
        source = os.path.join(HERE, "program", "machine_peak.c")
        if subprocess.run([compiler, "-O3", "-march=native", "-pthread", "-o", program, source]).returncode != 0:
            return {}
        return json.loads(_run(program, str(threads)) or "{}")

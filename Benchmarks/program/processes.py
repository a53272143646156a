# SPDX-License-Identifier: Apache-2.0
"""Runs one process and says what it printed and what it took."""
import json
import os
import subprocess
import sys
import tempfile
import threading
import time


class Failed(Exception):
    """A process that gave no result; the text says why."""


def run(command, environment, limit, shown=None):
    """Standard output, and {wall_seconds, cpu_seconds, peak_memory_bytes} of the whole process.

    - limit: seconds after which the process is stopped.
    - shown: the command as messages show it.
    """
    shown = " ".join(shown or command)
    with tempfile.TemporaryFile() as errors:
        started = time.perf_counter()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors,
                                   env=environment)
        timer = threading.Timer(limit, process.kill)
        timer.start()
        try:
            output = process.stdout.read()
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            process.wait()
            raise
        finally:
            timer.cancel()
            process.stdout.close()
        wall = time.perf_counter() - started
        process.returncode = os.WEXITSTATUS(status) if os.WIFEXITED(status) else -os.WTERMSIG(status)
        if process.returncode != 0:
            errors.seek(0)
            lines = errors.read().decode("utf-8", "replace").strip().splitlines()
            why = f"was stopped after {limit:g} s" if wall >= limit else f"ended with status {process.returncode}"
            raise Failed(f"{shown} {why}: " + (lines[-1][:300] if lines else "no message"))
    # ru_maxrss is in KiB on Linux.
    return output.decode("utf-8", "replace"), {
        "wall_seconds": round(wall, 4), "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 3),
        "peak_memory_bytes": usage.ru_maxrss << 10}


# What a process takes is counted from its fork on, when it still is a copy of this one with all its results: a small one
# starts those that take little.
_START = """import json, os, subprocess, sys, time
started = time.perf_counter()
process = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(process.pid, 0)
wall = time.perf_counter() - started
process.returncode = os.waitstatus_to_exitcode(status)
print(json.dumps({
    "wall_seconds": wall, "cpu_seconds": usage.ru_utime + usage.ru_stime, "peak_memory_bytes": usage.ru_maxrss << 10}))
sys.exit(process.returncode != 0)
"""


def small(command, environment, limit):
    """What the whole of a process takes that may need less memory than this one: as run(), without its output."""
    output, _ = run([sys.executable, "-S", "-c", _START, *command], environment, limit, command)
    return json.loads(output)


def document(command, environment, limit, shown=None):
    """The JSON document that a process prints last, with `process` added to it."""
    output, process = run(command, environment, limit, shown)
    begin = 0 if output.lstrip().startswith("{") else output.rfind("\n{") + 1
    try:
        found = json.loads(output[begin:])
        if not isinstance(found, dict):
            raise ValueError
    except ValueError:
        raise Failed(f"{' '.join(shown or command)} printed no JSON document: {output[:200]!r}") from None
    found["process"] = process
    return found


def together(command, count, environment, limit, shown=None):
    """The JSON documents of `count` processes that run the command at the same time."""
    found = [None] * count

    def one(index):
        try:
            found[index] = document(command, environment, limit, shown)
        except Failed as error:
            found[index] = error

    threads = [threading.Thread(target=one, args=(index,)) for index in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for result in found:
        if isinstance(result, Failed):
            raise result
    return found


def save(path, value):
    """Writes JSON so that the file is there as a whole or not at all."""
    with open(path + ".part", "w") as file:
        file.write(json.dumps(value, indent=1) + "\n")
    os.replace(path + ".part", path)

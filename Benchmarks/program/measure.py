# SPDX-License-Identifier: Apache-2.0
"""Measures one row: the peers once each, then Ocellus and the best of them in turn."""
import os
import statistics
import struct
import sys
import zlib

from . import machine, processes, rows

HERE = machine.HERE
# Peers this close to the fastest of the first round stay in the race.
CLOSE = 0.85
# What all sides of a row must agree on.
CONDITIONS = ("network", "batch_size", "threads", "precision", "mode", "parameters")
OCELLUS = "Ocellus"
# What `ocellus bench` calls them.
PRECISIONS = {"f32": "float32", "bf16": "bfloat16"}


class Settings:
    """How to measure: programs, data, seconds, pairs, threads."""

    def __init__(self, ocellus, python, data, seconds, pairs, threads, limit=900):
        self.ocellus, self.python, self.data = ocellus, python, data
        self.seconds, self.pairs, self.threads, self.limit = seconds, pairs, threads, limit
        self.environment = dict(
            os.environ, OMP_NUM_THREADS=str(threads), OCELLUS_THREADS=str(threads), PYTHONDONTWRITEBYTECODE="1")
        try:
            processes.run([ocellus, "bench", "--help"], self.environment, 60)
        except processes.Failed as error:
            sys.exit(f"run: {error}")
        self.has_bf16 = not {"avx512_bf16", "amx_bf16"}.isdisjoint(machine.facts()["instruction_sets"])

    def hide(self, command):
        """The command without this machine's paths, as it stands in results."""
        names = {self.ocellus: "ocellus", self.python: "python3", self.data: "CIFAR10_DIR"}
        prefix = os.path.dirname(HERE) + os.sep
        return [names.get(word, word[len(prefix):] if word.startswith(prefix) else word) for word in command]


def note(text):
    print(text, file=sys.stderr, flush=True)


def ocellus_command(settings, row):
    command = [
        settings.ocellus, "bench", "--network", row.network, "--batch-size", str(row.batch), "--data", settings.data,
        "--seconds", f"{settings.seconds:g}", "--threads", str(settings.threads), "--json"]
    if row.mode == "training":
        command += ["--opt", row.optimizer]
    else:
        command.append("--inference")
    return command + ["--precision", PRECISIONS[row.precision]]


def peer_command(settings, row, peer):
    script, variant = rows.peers(row)[peer]
    command = [
        settings.python, os.path.join(HERE, "peers", script), "--network", row.network, "--batch-size", str(row.batch),
        "--data", settings.data, "--seconds", f"{settings.seconds:g}", "--threads", str(settings.threads),
        "--precision", row.precision, "--variant", variant]
    return command + (["--optimizer", row.optimizer] if row.mode == "training" else [])


def value(row, document):
    """Images per second; of a latency row those of the median batch. More is better."""
    if rows.measures_latency(row):
        return 1000 * row.batch / document["step_milliseconds"]["median"]
    return document["images_per_second"]


def peak_memory(document):
    """Peers say it themselves, because the system adds the compilers that they started."""
    return document.get("peak_memory_bytes") or document["process"]["peak_memory_bytes"]


def _measure(settings, row, side):
    command = ocellus_command(settings, row) if side == OCELLUS else peer_command(settings, row, side)
    found = processes.document(command, settings.environment, settings.limit, settings.hide(command))
    if "data" in found:
        found["data"] = os.path.basename(str(found["data"]).rstrip("/"))
    if side == OCELLUS:
        # Ocellus leaves the processor's treatment of denormal numbers as the system sets it: they are kept.
        found.setdefault("denormals", "kept")
        found["precision"] = next(
            (short for short, name in PRECISIONS.items() if name == found.get("precision")), found.get("precision"))
    found["load"] = machine.load()
    wanted = {
        "network": row.network, "batch_size": row.batch, "threads": settings.threads, "precision": row.precision,
        "mode": row.mode}
    for key, expected in wanted.items():
        if found.get(key) != expected:
            raise processes.Failed(f"{side} measured {key} {found.get(key)!r} where {expected!r} was asked for")
    return found


def _summary(row, documents):
    values = [value(row, document) for document in documents]
    return {
        "median": statistics.median(values), "lowest": min(values), "highest": max(values),
        "milliseconds": statistics.median(d["step_milliseconds"]["median"] for d in documents),
        "peak_memory_bytes": statistics.median(peak_memory(d) for d in documents)}


def verdict(row, ratio):
    return "goal" if ratio >= row.goal else "floor" if ratio >= row.floor else "missed"


def measure(settings, row):
    """The result of a row as it is saved."""
    result = {"schema": 2, "name": rows.name(row), "row": row._asdict(), "seconds": settings.seconds}
    if row.precision == "bf16" and not settings.has_bf16:
        return dict(result, status="not available", reason="this processor has neither AVX512-BF16 nor AMX")

    result["commands"] = {OCELLUS: settings.hide(ocellus_command(settings, row))}
    scouts, failures = {}, {}
    for peer in rows.peers(row):
        result["commands"][peer] = settings.hide(peer_command(settings, row, peer))
        try:
            scouts[peer] = _measure(settings, row, peer)
            note(f"  {peer}: {value(row, scouts[peer]):,.0f} images/s")
        except processes.Failed as error:
            failures[peer] = str(error)
            note(f"  {peer} failed: {error}")
    result.update(first_round=scouts, failures=failures)
    if not scouts:
        return dict(result, status="failed", reason="no peer gave a result")
    fastest = max(value(row, document) for document in scouts.values())
    race = [peer for peer, document in scouts.items() if value(row, document) >= CLOSE * fastest]

    runs = {side: [] for side in [OCELLUS, *race]}
    try:
        for pair in range(settings.pairs):
            for side, documents in runs.items():
                documents.append(_measure(settings, row, side))
                note(f"  pair {pair + 1} of {settings.pairs}: {side} {value(row, documents[-1]):,.0f} images/s")
    except processes.Failed as error:
        return dict(result, status="failed", reason=str(error), runs=runs)
    for key in CONDITIONS:
        if len({str(document.get(key)) for documents in runs.values() for document in documents}) > 1:
            return dict(result, status="failed", reason=f"the sides differ in {key}", runs=runs)

    summary = {side: _summary(row, documents) for side, documents in runs.items()}
    best = max(race, key=lambda peer: summary[peer]["median"])
    pairs = [value(row, a) / value(row, b) for a, b in zip(runs[OCELLUS], runs[best])]
    ratio = summary[OCELLUS]["median"] / summary[best]["median"]
    result.update(
        status="measured", runs=runs, summary=summary, best_peer=best,
        ratio={"of_medians": ratio, "lowest_pair": min(pairs), "highest_pair": max(pairs)},
        verdict=verdict(row, ratio))
    note(f"  ratio {ratio:.2f} ({min(pairs):.2f} to {max(pairs):.2f}) to {best}: {result['verdict']}")
    return result


def profile(settings, network, batch):
    """The steps of one training batch, timed one at a time."""
    command = [
        settings.ocellus, "bench", "--network", network, "--batch-size", str(batch), "--data", settings.data,
        "--threads", str(settings.threads), "--opt", "sgd" if network == "ann" else "adam", "--profile", "--json"]
    found = processes.document(command, settings.environment, settings.limit, settings.hide(command))
    return dict(found, command=settings.hide(command))


def _png(path, pixels):
    """Writes 3x32x32 pixels, red plane first, as a PNG file."""
    lines = b"".join(
        b"\0" + bytes(pixels[plane * 1024 + y * 32 + x] for x in range(32) for plane in range(3)) for y in range(32))
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n")
        for kind, data in ((b"IHDR", struct.pack(">2I5B", 32, 32, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(lines)),
                           (b"IEND", b"")):
            file.write(struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)))


def start(settings, folder, repetitions=20):
    """Wall time and memory of whole processes that classify one picture with the reference CNN."""
    run = os.path.join(folder, "model")
    picture = os.path.join(folder, "picture.png")
    with open(os.path.join(settings.data, "test_batch.bin"), "rb") as file:
        _png(picture, file.read(3073)[1:])
    model = os.path.join(run, "model.safetensors")
    processes.run(
        [settings.ocellus, "train", "--data", settings.data, "--network", "cnn", "--epochs", "1", "--output", run, "-q"],
        settings.environment, settings.limit)
    command = [settings.ocellus, "predict", model, picture, "--json"]
    taken = [processes.small(command, settings.environment, 60) for _ in range(repetitions + 1)][1:]
    walls, memory = [t["wall_seconds"] * 1000 for t in taken], [t["peak_memory_bytes"] for t in taken]
    return {
        "schema": 2, "command": ["ocellus", "predict", "model.safetensors", "picture.png", "--json"],
        "milliseconds": {"median": statistics.median(walls), "lowest": min(walls), "highest": max(walls)},
        "cpu_milliseconds": statistics.median(t["cpu_seconds"] * 1000 for t in taken),
        "peak_memory_bytes": {"median": statistics.median(memory), "highest": max(memory)},
        "processes": repetitions, "limits": rows.START_LIMITS, "load": machine.load()}


def shared(settings, repetitions=3):
    """Images per second of one training with the reference CNN, and of two at once on the same cores, added up.

    Alternating; the two start together, so that almost all of their timed seconds overlap.
    """
    row = next(row for row in rows.FULL if rows.name(row) == "cnn-training-f32-32")
    command = ocellus_command(settings, row)
    speeds = {1: [], 2: []}
    for _ in range(repetitions):
        for count, found in speeds.items():
            documents = processes.together(
                command, count, settings.environment, settings.limit, settings.hide(command))
            found.append([document["images_per_second"] for document in documents])
    one, two = (statistics.median(sum(runs) for runs in found) for found in speeds.values())
    return {
        "schema": 2, "command": settings.hide(command), "alone": speeds[1], "two_at_once": speeds[2],
        "median_alone": one, "median_of_two_added": two, "ratio": two / one, "load": machine.load()}

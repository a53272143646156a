# SPDX-License-Identifier: Apache-2.0
"""One page from the files of a results folder: no script, no request, light and dark."""
import glob
import json
import os

from . import rows, svg
from .svg import number, text

STYLE = """
:root { color-scheme: light dark; --paper: #fbfbf9; --card: #fff; --ink: #1b1d20; --soft: #565b62; --rule: #e2e2dd;
  --grid: #e8e8e3; --track: #eeeee9; --good: #2f7a4c; --fair: #1f62a8; --bad: #b4501c; --label: #fff;
  --forward: #1f62a8; --backward: #b4501c; --update: #2f7a4c; --loss: #83489c; }
@media (prefers-color-scheme: dark) { :root { --paper: #131517; --card: #1a1d20; --ink: #e9e9e6; --soft: #a5abb3;
  --rule: #30343a; --grid: #2a2e33; --track: #24282c; --good: #7fcf9f; --fair: #7db6f2; --bad: #f0a06a; --label: #131517;
  --forward: #7db6f2; --backward: #f0a06a; --update: #7fcf9f; --loss: #d0a2ea; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI",
  Roboto, "Helvetica Neue", "Liberation Sans", sans-serif; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
main { max-width: 1240px; margin: 0 auto; padding: 44px 24px; }
h1 { font-size: 34px; line-height: 1.15; letter-spacing: -0.015em; margin: 0 0 8px; font-weight: 650; }
h2 { font-size: 22px; margin: 44px 0 6px; font-weight: 650; }
h3 { font-size: 16px; margin: 24px 0 4px; font-weight: 620; }
p { margin: 0 0 10px; max-width: 80ch; }
.soft, .note { color: var(--soft); } .note { font-size: 14px; line-height: 1.5; }
.big { font-size: 20px; margin: 18px 0; }
.scroll { overflow-x: auto; max-width: 100%; }
table { border-collapse: collapse; font-size: 14.5px; margin: 12px 0; }
th, td { padding: 7px 12px; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--rule); }
thead th { color: var(--soft); font-weight: 550; font-size: 13px; vertical-align: bottom; }
th:first-child, td:first-child, td.left, th.left { text-align: left; } th:first-child { padding-left: 0; }
tbody th { font-weight: 550; }
td small, .soft small { color: var(--soft); font-size: 13px; }
table.steps { width: 100%; } table.steps th, table.steps td { padding: 6px 7px; font-size: 13.5px; } table.steps td.left { white-space: normal; min-width: 180px; } table.memory th { white-space: normal; }
.warning { border-left: 4px solid var(--bad); padding-left: 12px; }
table.rows { width: 100%; } table.rows th, table.rows td { padding: 7px 9px; } table.rows th:first-child { padding-left: 0; }
table.rows td.chart { width: 34%; min-width: 150px; padding: 2px 0 2px 12px; }
.goal-word { color: var(--good); font-weight: 600; } .floor-word { color: var(--fair); font-weight: 600; }
.missed-word { color: var(--bad); font-weight: 600; }
svg { display: block; overflow: visible; } svg text { font-size: 13px; fill: var(--soft); font-family: inherit; }
.bullet .track { fill: var(--track); } .bullet .bar { fill: var(--c); opacity: 0.75; }
.bullet .range { stroke: var(--ink); stroke-width: 1.6; } .bullet .one { stroke: var(--soft); stroke-width: 1; }
.bullet .floor { stroke: var(--ink); stroke-width: 2; stroke-dasharray: 3 2; } .bullet .goal { stroke: var(--ink); stroke-width: 3; }
tr.goal { --c: var(--good); } tr.floor { --c: var(--fair); } tr.missed { --c: var(--bad); }
.roofline .grid { stroke: var(--grid); } .roofline .roof { stroke: var(--ink); stroke-width: 2; }
.roofline circle { opacity: 0.85; stroke: var(--card); } .roofline text.label { fill: var(--ink); font-weight: 650; paint-order: stroke; stroke: var(--paper); stroke-width: 3px; }
circle.forward { fill: var(--forward); } circle.backward { fill: var(--backward); } circle.update { fill: var(--update); }
circle.loss { fill: var(--loss); }
.legend { display: flex; flex-wrap: wrap; gap: 4px 20px; font-size: 14px; margin: 8px 0; padding: 0; list-style: none; }
.legend svg { display: inline-block; vertical-align: -2px; margin-right: 6px; }
.legend line { stroke: var(--ink); }
pre { background: var(--card); border: 1px solid var(--rule); border-radius: 8px; padding: 12px 16px; font: 14px/1.5
  ui-monospace, Menlo, Consolas, "Liberation Mono", monospace; white-space: pre-wrap; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 460px), 1fr)); gap: 8px 44px; }
.plots > div { min-width: 0; }
@media (max-width: 700px) { th, td { padding: 7px 8px; } main { padding: 28px 16px; } h1 { font-size: 27px; }
  table.rows thead { display: none; } table.rows, table.rows tbody { display: block; }
  table.rows tr { display: grid; grid-template-columns: 1fr 1fr; padding: 10px 0; border-bottom: 1px solid var(--rule); }
  table.rows th, table.rows td { display: block; border: 0; padding: 1px 0; text-align: left; white-space: normal; }
  table.rows th, table.rows td.chart, table.rows td.wide { grid-column: 1 / -1; width: 100%; padding-left: 0; }
  table.rows td[data-name]::before { content: attr(data-name) " "; color: var(--soft); font-size: 13px; } }
"""
WORDS = {"goal": "goal reached", "floor": "floor reached", "missed": "floor missed"}


def _read(path):
    try:
        with open(path) as file:
            return json.load(file)
    except (OSError, ValueError):
        return None


def megabytes(value):
    return f"{number(value / 1e6, 0)} MB"


def _speed(row, summary):
    if rows.measures_latency(row):
        return f"{summary['milliseconds'] * 1000:,.0f} µs" if summary["milliseconds"] < 1 else f"{summary['milliseconds']:.2f} ms"
    return f"{number(summary['median'])} /s"


def _row(result, top):
    row = rows.Row(**result["row"])
    title = text(rows.title(row))
    if result["status"] != "measured":
        return (f'<tr><th>{title}</th><td class="left wide" colspan="6"><span class="soft">{text(result["status"])}: '
                f'{text(result["reason"])}</span></td></tr>')
    ours, peer, ratio = result["summary"]["Ocellus"], result["summary"][result["best_peer"]], result["ratio"]
    word = result["verdict"]
    chart = svg.bullet(ratio["of_medians"], ratio["lowest_pair"], ratio["highest_pair"], row.floor, row.goal, top)
    return (
        f'<tr class="{word}"><th>{title}</th><td data-name="Ocellus">{_speed(row, ours)}</td>'
        f'<td data-name="best peer">{_speed(row, peer)} <small>{text(result["best_peer"])}</small></td>'
        f'<td data-name="ratio"><b>{ratio["of_medians"]:.2f}</b> <small>{ratio["lowest_pair"]:.2f} to '
        f'{ratio["highest_pair"]:.2f}</small></td><td data-name="floor, goal">{row.floor:g}, {row.goal:g}</td>'
        f'<td class="left"><span class="{word}-word">{WORDS[word]}</span></td><td class="chart">{chart}</td></tr>')


def _legend():
    def line(style):
        return f'<svg width="12" height="14"><line x1="6" x2="6" y1="0" y2="14" style="{style}"/></svg>'
    return ('<ul class="legend"><li>bar: ratio of medians</li><li>thin line: range of the pairs</li>'
            f'<li>{line("stroke-width:1;stroke:var(--soft)")}the peer, 1</li>'
            f'<li>{line("stroke-width:2;stroke-dasharray:3 2")}floor</li><li>{line("stroke-width:3")}goal</li></ul>')


def _memory(results):
    lines = []
    for result in results:
        if result["status"] != "measured" or result["row"]["mode"] != "training":
            continue
        ours = result["summary"]["Ocellus"]["peak_memory_bytes"]
        theirs = (result["first_round"].get("PyTorch eager") or {}).get("peak_memory_bytes")
        best = result["summary"][result["best_peer"]]["peak_memory_bytes"]
        lines.append(
            f'<tr><th>{text(rows.title(rows.Row(**result["row"])))}</th><td>{megabytes(ours)}</td>'
            f'<td>{megabytes(theirs) if theirs else "–"}</td><td>{megabytes(best)} <small>{text(result["best_peer"])}</small>'
            "</td></tr>")
    if not lines:
        return ""
    return ('<h2>Peak memory of training</h2><p class="note">Largest resident size of the whole process: program, libraries, '
            'the 50,000 training images as bytes, and the training.</p><div class="scroll"><table class="memory"><thead><tr><th>Work</th>'
            '<th>Ocellus</th><th>PyTorch eager</th><th>best peer</th></tr></thead><tbody>'
            + "".join(lines) + "</tbody></table></div>")


def _start(found):
    if not found:
        return ""
    time, memory, limits = found["milliseconds"], found["peak_memory_bytes"], found["limits"]

    def word(value, limit):
        return '<span class="goal-word">below</span>' if value < limit else '<span class="missed-word">above</span>'

    return (
        f'<h2>One picture, whole process</h2><p><code>ocellus predict</code> with the reference CNN on one picture takes '
        f'{number(time["median"], 0)} ms ({number(time["lowest"], 0)} to {number(time["highest"], 0)} in '
        f'{found["processes"]} processes), {word(time["median"], limits["milliseconds"])} the limit of '
        f'{limits["milliseconds"]} ms, and {megabytes(memory["median"])} of memory, '
        f'{word(memory["median"] / 1e6, limits["megabytes"])} the limit of {limits["megabytes"]} MB.</p>')


def _shared(found):
    if not found:
        return ""
    return (
        f'<h2>Two runs on the same cores</h2><p>Two trainings of the reference CNN at once, each with all threads, make '
        f'{number(found["median_of_two_added"], 0)} images/s together; one alone makes '
        f'{number(found["median_alone"], 0)}: {found["ratio"]:.2f} times as many.</p>')


def _profile(found, roofs):
    total = sum(step["milliseconds"] for step in found["steps"])
    steps = sorted(found["steps"], key=lambda step: -step["milliseconds"])
    points, lines = [], []
    for rank, step in enumerate(steps, 1):
        share, seconds = step["milliseconds"] / total, step["milliseconds"] / 1000
        speed = 2e-9 * step["multiply_adds"] / seconds if seconds else 0
        bandwidth = 1e-9 * step["bytes"] / seconds if seconds else 0
        what = f'{step["layer"]}: {step["name"]}, {step["phase"]}'
        if step["multiply_adds"] and step["bytes"] and seconds:
            description = f'{what}; {number(step["milliseconds"])} ms, {number(speed)} Gflop/s'
            points.append((rank if rank <= 8 else "", description, step["phase"],
                           2 * step["multiply_adds"] / step["bytes"], speed, share))
        if rank <= 8:
            peak = f'{100 * speed / roofs["f32_gflops"]:.0f} %' if roofs.get("f32_gflops") and speed else "–"
            lines.append(
                f'<tr><th>{rank}</th><td class="left">{text(what)}<br><small>{text(step["implementation"])}</small></td>'
                f'<td>{number(step["milliseconds"])} ms</td><td>{100 * share:.0f} %</td>'
                f'<td>{number(speed) if speed else "–"}</td><td>{number(bandwidth)}</td><td>{peak}</td></tr>')
    name = f'{found["network"]}, batch {found["batch_size"]}'
    plot = svg.roofline(points, roofs, f"Roofline of {name}") if points else ""
    return (
        f'<div><h3>{text(name)}</h3><p class="note">Gflop/s over operations per byte; {number(total)} ms in all</p>{plot}'
        '<div class="scroll"><table class="steps"><thead><tr><th></th><th class="left">Step</th><th>Time</th><th>Share</th>'
        '<th>Gflop/s</th><th>GB/s</th><th>Of peak</th></tr></thead><tbody>' + "".join(lines) + "</tbody></table></div></div>")


def _rooflines(folder, roofs):
    profiles = [_read(path) for path in sorted(glob.glob(os.path.join(folder, "profile-*.json")))]
    if not any(profiles):
        return ""
    said = "The machine's roofs were not measured."
    if roofs:
        bandwidth = max(roofs["read_gbytes"], roofs["change_gbytes"])
        said = (f'The line is what this machine can do at most on {roofs["threads"]} threads, measured: '
                f'{number(roofs["f32_gflops"], 0)} Gflop/s in f32 and {number(bandwidth)} GB/s from and to memory.')
    legend = "".join(
        f'<li><svg width="12" height="12"><circle class="{phase}" cx="6" cy="6" r="6"/></svg>{phase}</li>'
        for phase in ("forward", "loss", "backward", "update"))
    return (
        f'<h2>Where a training step spends its time</h2><p class="note">Each circle is a step of the plan, its area the time '
        f'it takes; numbers are those of the table. {said} Operations are those of the definition: Winograd\'s algorithm '
        f'needs fewer and may lie above the line, as may steps whose data stay in the caches. Steps without multiply-adds '
        f'stand in the table only.</p><ul class="legend">{legend}</ul><div class="plots">'
        + "".join(_profile(found, roofs) for found in profiles if found) + "</div>")


def _loads(measured):
    return [d["load"] for r in measured for documents in r["runs"].values() for d in documents]


def _warning(facts, measured):
    """Said aloud when more than the measured processes ran."""
    loads = [load for load in _loads(measured) if load > facts["threads"] + 1]
    if not loads:
        return ""
    return (f'<p class="warning">The machine was not quiet: in {len(loads)} processes the load average was above '
            f'{facts["threads"] + 1}. These figures say little.</p>')


def _method(facts, measured):
    versions = "".join(
        f"<li>{text(name)} {text(version)}</li>" for name, version in sorted(facts["peers"].items()) if version)
    command = measured[0]["commands"] if measured else {}
    lines = "\n".join(f"{' '.join(words)}" for words in command.values())
    loads = _loads(measured)
    load = f" The load average was {min(loads):.1f} to {max(loads):.1f}." if loads else ""
    flushed = sorted({side for r in measured for side, documents in r["runs"].items()
                      for d in documents if d.get("denormals") != "kept"})
    denormals = (" except in " + ", ".join(flushed) + ", which has no switch for it") if flushed else ""
    return (
        '<h2>How it was measured</h2><p>Every peer of a row ran once. The fastest, and those within 15 % of it, then took '
        'turns with Ocellus, one process each. A ratio is that of the medians over all processes; its range is that of the '
        'pairs. Batch 1 is judged by the median time of a batch, all else by images per second.</p>'
        f'<p>Batches change from step to step through all images of CIFAR-10. In training the timer covers the same on both '
        f'sides: 8-bit pixels to float, forward, loss, backward, update. In inference Ocellus converts the pixels inside the '
        f'timer and the peers got floats beforehand, which favours the peers. Denormal numbers were kept on all '
        f'sides{text(denormals)}. PyTorch used channels_last, fused optimisers and an allocator that keeps memory.{load}</p>'
        f'<ul class="legend">{versions}</ul><p class="note">For example:</p><pre>{text(lines)}</pre>')


def write(folder):
    """Writes page.html into the folder; its path."""
    facts = _read(os.path.join(folder, "machine.json"))
    if facts is None:
        raise SystemExit(f"run: {folder} holds no machine.json; measure first")
    found = {rows.name(row): _read(os.path.join(folder, rows.name(row) + ".json")) for row in rows.FULL}
    results = [result for result in found.values() if result]
    measured = [result for result in results if result["status"] == "measured"]
    top = 1.08 * max([1] + [max(r["row"]["goal"], r["ratio"]["highest_pair"]) for r in measured])
    machine, build = facts["machine"], facts["ocellus"]
    counts = {word: sum(r["verdict"] == word for r in measured) for word in WORDS}
    absent = len(results) - len(measured)
    builds = len({r["build"] for r in measured if "build" in r})
    mixed = f" The rows are of {builds} builds; each file names its own." if builds > 1 else ""
    details = measured[0]["runs"]["Ocellus"][0]["backend_details"] if measured else ""
    html = f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Ocellus beside its peers</title><style>{STYLE}</style></head><body><main>
<h1>Ocellus beside its fastest peer</h1>
<p class="soft">{text(machine["processor"])}, {machine["cores"]} cores, {text(", ".join(machine["instruction_sets"]))};
{text(machine["system"])}. {facts["threads"]} threads. {text(build["version"])}, commit {text(build["commit"])};
{text(details)}.{mixed}</p>
<p class="big">Of {len(results)} rows {counts["goal"]} reach the goal, {counts["floor"]} the floor,
{counts["missed"]} miss it{f"; without a figure: {absent}" if absent else ""}.</p>
{_warning(facts, measured)}
{_legend()}
<table class="rows"><thead><tr><th>Work</th><th>Ocellus</th><th>Best peer</th><th>Ratio, pairs</th><th>Floor, goal</th>
<th class="left">Verdict</th><th class="left">0 to {top:.1f} times the peer</th></tr></thead><tbody>
{"".join(_row(result, top) for result in results)}</tbody></table>
{_memory(results)}
{_start(_read(os.path.join(folder, "start.json")))}
{_shared(_read(os.path.join(folder, "shared.json")))}
{_rooflines(folder, facts.get("roofs") or {})}
{_method(facts, measured)}
</main></body></html>
"""
    path = os.path.join(folder, "page.html")
    with open(path + ".part", "w") as file:
        file.write(html)
    os.replace(path + ".part", path)
    return path

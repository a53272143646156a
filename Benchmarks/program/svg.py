# SPDX-License-Identifier: Apache-2.0
"""The page's drawings as inline SVG. Places across are percentages, so that text keeps its size on every screen."""
import html
import math


def text(value):
    return html.escape(str(value))


def number(value, digits=None):
    """With thousands separated; of two to three figures where `digits` is not given."""
    if digits is None:
        digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f}"


def bullet(ratio, low, high, floor, goal, top):
    """A row's ratio as a bar with the range of its pairs, over its floor, its goal and the peer's 1."""
    def x(value):
        return f"{100 * min(value, top) / top:.2f}%"

    label = f"ratio {ratio:.2f}, pairs {low:.2f} to {high:.2f}; floor {floor:g}, goal {goal:g}"
    return (
        f'<svg class="bullet" width="100%" height="30" role="img" aria-label="{label}"><title>{label}</title>'
        f'<rect class="track" x="0" y="9" width="100%" height="12"/>'
        f'<rect class="bar" x="0" y="9" width="{x(ratio)}" height="12"/>'
        f'<line class="range" x1="{x(low)}" x2="{x(high)}" y1="15" y2="15"/>'
        f'<line class="one" x1="{x(1)}" x2="{x(1)}" y1="2" y2="28"/>'
        f'<line class="floor" x1="{x(floor)}" x2="{x(floor)}" y1="4" y2="26"/>'
        f'<line class="goal" x1="{x(goal)}" x2="{x(goal)}" y1="4" y2="26"/></svg>')


class _Axis:
    """A logarithmic axis that holds all values, from `start` to `end` (percent or pixels)."""

    def __init__(self, values, start, end):
        self.low = math.floor(math.log10(min(values)) - 0.05)
        self.high = math.ceil(math.log10(max(values)) + 0.05)
        self.start, self.end = start, end

    def place(self, value):
        share = (math.log10(value) - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    def ticks(self):
        return [10.0 ** power for power in range(self.low, self.high + 1)]


def _tick(value):
    return f"{value:g}" if value < 10000 else f"{value / 1000:g}k"


def roofline(points, roofs, title):
    """Steps as circles (area by time) at their multiply-adds per byte and per second, under the machine's roofs.

    - points: (label, description, phase, operations per byte, Gflop/s, share of the time).
    - roofs: as machine_peak.c prints them, or {}.
    """
    peak, bandwidth = roofs.get("f32_gflops"), max(roofs.get("read_gbytes", 0), roofs.get("change_gbytes", 0))
    x = _Axis([p[3] for p in points] + ([peak / bandwidth] if peak else []), 0, 100)
    y = _Axis([p[4] for p in points] + ([peak] if peak else []), 316, 14)
    parts = [
        f'<svg class="roofline" width="100%" height="372" role="img" aria-label="{text(title)}"><title>{text(title)}</title>'
        '<svg x="44" y="0" width="100%" height="372" style="overflow:visible"><svg width="calc(100% - 60px)" height="372" '
        'style="overflow:visible">']
    for value in x.ticks():
        place = f"{x.place(value):.2f}%"
        parts.append(f'<line class="grid" x1="{place}" x2="{place}" y1="14" y2="316"/>'
                     f'<text x="{place}" y="334" text-anchor="middle">{_tick(value)}</text>')
    for value in y.ticks():
        place = f"{y.place(value):.1f}"
        parts.append(f'<line class="grid" x1="0" x2="100%" y1="{place}" y2="{place}"/>'
                     f'<text x="-8" y="{float(place) + 4:.1f}" text-anchor="end">{_tick(value)}</text>')
    parts.append('<text x="50%" y="358" text-anchor="middle">operations per byte</text>')
    if peak:
        ridge, left, right = peak / bandwidth, x.ticks()[0], x.ticks()[-1]
        # The slope starts where it enters the frame.
        first = max(left, y.ticks()[0] / bandwidth)
        parts.append(
            f'<line class="roof" x1="{x.place(first):.2f}%" y1="{y.place(bandwidth * first):.1f}" '
            f'x2="{x.place(ridge):.2f}%" y2="{y.place(peak):.1f}"/>'
            f'<line class="roof" x1="{x.place(ridge):.2f}%" y1="{y.place(peak):.1f}" x2="{x.place(right):.2f}%" '
            f'y2="{y.place(peak):.1f}"/>')
    for label, description, phase, intensity, speed, share in sorted(points, key=lambda p: -p[5]):
        radius = 3.5 + 18 * math.sqrt(share)
        place = f'cx="{x.place(intensity):.2f}%" cy="{y.place(speed):.1f}"'
        parts.append(f'<circle class="{text(phase)}" {place} r="{radius:.1f}"><title>{text(description)}</title></circle>')
        if label:
            parts.append(f'<text class="label" x="{x.place(intensity):.2f}%" y="{y.place(speed) + 4.5:.1f}" '
                         f'text-anchor="middle">{text(label)}</text>')
    parts.append("</svg></svg></svg>")
    return "".join(parts)

"""Line charts as SVG, colored by the style sheet of the page or drawing they stand in."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape

WIDTH, HEIGHT = 340, 236
LEFT, RIGHT, TOP, BOTTOM = 42, 14, 30, 40
STRETCH = 25
"""How many times the first step above 0 the last one is before the axis becomes logarithmic."""
CHARACTER = 6.4
"""Room for a character of an axis' number."""
SHORT = 4
"""Words of so many characters stand level below the axis."""
SLANT = 4.4
"""Height that a character of a slanted word takes."""


@dataclass(frozen=True)
class ChartLine:
    """One series: its name, its color (a CSS value), and its points (step, value)."""

    name: str
    color: str
    points: tuple[tuple[float, float], ...]
    thin: bool = False
    dots: bool = True


@dataclass(frozen=True)
class ChartPanel:
    """One chart: values from ``low`` to ``high`` over training steps, or over something else."""

    title: str
    lines: tuple[ChartLine, ...]
    low: float = 0.0
    high: float = 1.0
    percent: bool = True
    marks: tuple[float, ...] = ()
    """Steps at which a checkpoint was saved."""
    across: str = "training step"
    """What is counted from left to right."""
    names: tuple[str, ...] = ()
    """Words for the steps 0, 1, 2, … in place of their numbers; slanted when they are long."""
    width: float = WIDTH
    height: float = HEIGHT

    @property
    def span(self) -> float:
        """Length of the axis from left to right."""
        return self.width - LEFT - RIGHT

    @property
    def rise(self) -> float:
        """Length of the upright axis: what title and words leave of the height."""
        return self.height - TOP - BOTTOM - (SLANT * self.longest if self.longest > SHORT else 0)

    @cached_property
    def longest(self) -> int:
        """Characters of the longest word."""
        return max(map(len, self.names), default=0)

    @cached_property
    def steps(self) -> list[float]:
        """Where there are points, from left to right."""
        return sorted({x for line in self.lines for x, _ in line.points})


def chart(panel: ChartPanel) -> str:
    """The panel as an SVG element."""
    size = f'viewBox="0 0 {panel.width:g} {panel.height:g}"'
    return "\n".join([f'<svg {size} role="img" aria-label="{escape(panel.title)}">', *drawn(panel), "</svg>"])


def drawn(panel: ChartPanel) -> Iterator[str]:
    """What the panel consists of, for a place in a greater drawing."""
    place = axis(panel.steps, panel.span)
    yield f'<text class="title" x="{LEFT}" y="16">{escape(panel.title)}</text>'
    yield from _rows(panel)
    yield from _columns(panel, place)
    for line in panel.lines:
        yield from _line(panel, line, place)


def axis(steps: Sequence[float], span: float = WIDTH - LEFT - RIGHT) -> Callable[[float], float]:
    """Where a step lies from left to right: by its size, or by its logarithm when the steps grow quickly."""
    if not steps:
        return lambda step: LEFT
    low, high = steps[0], steps[-1]
    if low == high:
        return lambda step: LEFT + span / 2
    if logarithmic(steps):
        unit = next(step for step in steps if step > 0)
        scale: Callable[[float], float] = lambda step: math.log1p(max(step, 0) / unit)  # noqa: E731
    else:
        scale = float
    return lambda step: LEFT + span * (scale(step) - scale(low)) / (scale(high) - scale(low))


def logarithmic(steps: Sequence[float]) -> bool:
    """Whether a linear axis would press the first steps together."""
    above = [step for step in steps if step > 0]
    return 2 < len(steps) <= STRETCH and min(steps) >= 0 and above[-1] > STRETCH * above[0]


def _y(panel: ChartPanel, value: float) -> float:
    share = (value - panel.low) / (panel.high - panel.low)
    return TOP + panel.rise * (1 - min(max(share, 0), 1))


def _number(panel: ChartPanel, value: float) -> str:
    return f"{100 * value:.0f} %" if panel.percent else f"{value:.2g}"


def _rows(panel: ChartPanel) -> Iterator[str]:
    """Lines at every quarter and their numbers."""
    for quarter in range(5):
        value = panel.low + (panel.high - panel.low) * quarter / 4
        y = _y(panel, value)
        yield f'<path class="{"base" if value == 0 else "grid"}" d="M{LEFT} {y:.1f}h{panel.span:g}"/>'
        yield f'<text class="number" x="{LEFT - 6}" y="{y + 3.5:.1f}" text-anchor="end">{_number(panel, value)}</text>'


def _columns(panel: ChartPanel, place: Callable[[float], float]) -> Iterator[str]:
    """Ticks at the steps, with their numbers where there is room, and marks where checkpoints lie."""
    steps, foot, free = panel.steps, TOP + panel.rise, -math.inf
    for mark in panel.marks:
        if steps and steps[0] <= mark <= steps[-1]:
            yield f'<path class="mark" d="M{place(mark):.1f} {TOP}v{panel.rise:g}"/>'
    for step in _ticks(steps):
        x, text = place(step), panel.names[int(step)] if panel.names else f"{step:g}"
        yield f'<path class="base" d="M{x:.1f} {foot:g}v4"/>'
        half = CHARACTER * len(text) / 2
        if panel.longest > SHORT:
            turned = f'transform="translate({x + 3:.1f} {foot + 13:g}) rotate(-45)"'
            yield f'<text class="number" {turned} text-anchor="end">{escape(text)}</text>'
        elif x - half >= free:
            yield f'<text class="number" x="{x:.1f}" y="{foot + 16:g}" text-anchor="middle">{text}</text>'
            free = x + half + CHARACTER
    name = panel.across + (" (logarithmic)" if logarithmic(steps) else "")
    middle = f'x="{LEFT + panel.span / 2:g}" y="{panel.height - 6:g}"'
    yield f'<text class="number" {middle} text-anchor="middle">{escape(name)}</text>'


def _ticks(steps: Sequence[float]) -> list[float]:
    """The steps themselves when they are few, else round numbers between the first and the last."""
    if len(steps) <= STRETCH:
        return list(steps)
    span = steps[-1] - steps[0]
    unit = 10 ** math.floor(math.log10(span / 3))
    unit *= next(factor for factor in (1, 2, 5, 10) if span / (unit * factor) <= 5)
    first = math.ceil(steps[0] / unit)
    return [unit * number for number in range(first, math.floor(steps[-1] / unit) + 1)]


def _line(panel: ChartPanel, line: ChartLine, place: Callable[[float], float]) -> Iterator[str]:
    points = [(place(x), _y(panel, y)) for x, y in line.points]
    if len(points) > 1:
        way = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
        yield f'<path class="line{" thin" * line.thin}" style="stroke:{line.color}" d="M{way}"/>'
    if line.dots:
        for (x, y), (step, value) in zip(points, line.points, strict=True):
            where = panel.names[int(step)] if panel.names else f"step {step:g}"
            told = f"{line.name}, {where}: " + (f"{100 * value:.1f} %" if panel.percent else f"{value:.3f}")
            yield (
                f'<circle class="dot" style="fill:{line.color}" cx="{x:.1f}" cy="{y:.1f}" r="2.8">'
                f"<title>{escape(told)}</title></circle>"
            )

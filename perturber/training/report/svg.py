"""Line charts as SVG, coloured by the style sheet of the page they stand in."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 340, 236
LEFT, RIGHT, TOP, BOTTOM = 42, 14, 30, 40
SPAN, RISE = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
STRETCH = 25
"""How many times the first step above 0 the last one is before the axis becomes logarithmic."""
CHARACTER = 6.4
"""Room for a character of an axis' number."""


@dataclass(frozen=True)
class Line:
    """One series: its name, its colour (a CSS value), and its points (step, value)."""

    name: str
    colour: str
    points: tuple[tuple[float, float], ...]
    thin: bool = False
    dots: bool = True


@dataclass(frozen=True)
class Panel:
    """One chart: values from ``low`` to ``high`` over training steps."""

    title: str
    lines: tuple[Line, ...]
    low: float = 0.0
    high: float = 1.0
    percent: bool = True
    marks: tuple[float, ...] = ()
    """Steps at which a checkpoint was saved."""


def chart(panel: Panel) -> str:
    """The panel as an SVG element."""
    steps = sorted({x for line in panel.lines for x, _ in line.points})
    place = axis(steps)
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(panel.title)}">',
        f'<text class="title" x="{LEFT}" y="16">{escape(panel.title)}</text>',
        *_rows(panel),
        *_columns(panel, steps, place),
        *(part for line in panel.lines for part in _line(panel, line, place)),
        "</svg>",
    ]
    return "\n".join(parts)


def axis(steps: Sequence[float]) -> Callable[[float], float]:
    """Where a step lies from left to right: by its size, or by its logarithm when the steps grow quickly."""
    if not steps:
        return lambda step: LEFT
    low, high = steps[0], steps[-1]
    if low == high:
        return lambda step: LEFT + SPAN / 2
    if logarithmic(steps):
        unit = next(step for step in steps if step > 0)
        scale: Callable[[float], float] = lambda step: math.log1p(max(step, 0) / unit)  # noqa: E731
    else:
        scale = float
    return lambda step: LEFT + SPAN * (scale(step) - scale(low)) / (scale(high) - scale(low))


def logarithmic(steps: Sequence[float]) -> bool:
    """Whether a linear axis would press the first steps together."""
    above = [step for step in steps if step > 0]
    return 2 < len(steps) <= STRETCH and min(steps) >= 0 and above[-1] > STRETCH * above[0]


def _y(panel: Panel, value: float) -> float:
    share = (value - panel.low) / (panel.high - panel.low)
    return TOP + RISE * (1 - min(max(share, 0), 1))


def _number(panel: Panel, value: float) -> str:
    return f"{100 * value:.0f} %" if panel.percent else f"{value:.2g}"


def _rows(panel: Panel) -> Iterator[str]:
    """Lines at every quarter and their numbers."""
    for quarter in range(5):
        value = panel.low + (panel.high - panel.low) * quarter / 4
        y = _y(panel, value)
        yield f'<path class="{"base" if value == 0 else "grid"}" d="M{LEFT} {y:.1f}h{SPAN}"/>'
        yield f'<text class="number" x="{LEFT - 6}" y="{y + 3.5:.1f}" text-anchor="end">{_number(panel, value)}</text>'


def _columns(panel: Panel, steps: Sequence[float], place: Callable[[float], float]) -> Iterator[str]:
    """Ticks at the steps, with their numbers where there is room, and marks where checkpoints lie."""
    foot = TOP + RISE
    for mark in panel.marks:
        if steps and steps[0] <= mark <= steps[-1]:
            yield f'<path class="mark" d="M{place(mark):.1f} {TOP}v{RISE}"/>'
    free = -math.inf
    for step in _ticks(steps):
        x, text = place(step), f"{step:g}"
        yield f'<path class="base" d="M{x:.1f} {foot}v4"/>'
        half = CHARACTER * len(text) / 2
        if x - half >= free:
            yield f'<text class="number" x="{x:.1f}" y="{foot + 16}" text-anchor="middle">{text}</text>'
            free = x + half + CHARACTER
    name = "training step" + (" (logarithmic)" if logarithmic(steps) else "")
    yield f'<text class="number" x="{LEFT + SPAN / 2}" y="{HEIGHT - 6}" text-anchor="middle">{name}</text>'


def _ticks(steps: Sequence[float]) -> list[float]:
    """The steps themselves when they are few, else round numbers between the first and the last."""
    if len(steps) <= STRETCH:
        return list(steps)
    span = steps[-1] - steps[0]
    unit = 10 ** math.floor(math.log10(span / 3))
    unit *= next(factor for factor in (1, 2, 5, 10) if span / (unit * factor) <= 5)
    first = math.ceil(steps[0] / unit)
    return [unit * number for number in range(first, math.floor(steps[-1] / unit) + 1)]


def _line(panel: Panel, line: Line, place: Callable[[float], float]) -> Iterator[str]:
    points = [(place(x), _y(panel, y)) for x, y in line.points]
    if len(points) > 1:
        way = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
        yield f'<path class="line{" thin" * line.thin}" style="stroke:{line.colour}" d="M{way}"/>'
    if line.dots:
        for (x, y), (step, value) in zip(points, line.points, strict=True):
            told = f"{line.name}, step {step:g}: " + (f"{100 * value:.1f} %" if panel.percent else f"{value:.3f}")
            yield (
                f'<circle class="dot" style="fill:{line.colour}" cx="{x:.1f}" cy="{y:.1f}" r="2.8">'
                f"<title>{escape(told)}</title></circle>"
            )

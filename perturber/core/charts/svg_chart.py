"""Line charts as SVG: elements for a page with a style sheet, or self-contained files."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import NamedTuple

WIDTH, HEIGHT = 340, 236
INK, MUTED, PAPER, EDGE = "#171b21", "#556070", "#ffffff", "#d8dde5"
"""Colors of a self-contained file; its white background keeps it readable on pages of any color."""
FONT = "Inter, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif"
STYLE = f"""
text {{ fill: {INK} }}
.head {{ font-size: 20px; font-weight: 600 }} .title {{ font-size: 14px; font-weight: 600 }}
.number, .note {{ fill: {MUTED} }} .strong {{ font-weight: 600 }}
.grid {{ stroke: #e6e9ee; fill: none }} .base {{ stroke: {MUTED}; stroke-opacity: 0.6; fill: none }}
.line {{ fill: none; stroke-width: 2.2; stroke-linejoin: round; stroke-linecap: round }}
.dot {{ stroke: {PAPER}; stroke-width: 0.8 }}
"""
STRETCH = 25
"""Ratio of the last step to the first one above 0 beyond which the axis is logarithmic; also the largest number of
steps for a logarithmic axis and for a tick at every step."""
CHARACTER = 6.4
"""Width of a character of an axis number, in pixels."""
SHORT = 4
"""Length of the longest name that is drawn horizontally below the axis, in characters."""
SLANT = 4.4
"""Height per character of a slanted name, in pixels."""


class Margins(NamedTuple):
    """Margins around the plot of a panel, in pixels."""

    left: float = 42
    right: float = 14
    top: float = 30
    bottom: float = 40


MARGINS = Margins()


@dataclass(frozen=True)
class ChartLine:
    """One series: its name, its color (a CSS value), and its points (step, value)."""

    name: str
    color: str
    points: tuple[tuple[float, float], ...]
    thin: bool = False
    dots: bool = True
    dashes: str = ""
    """The SVG ``stroke-dasharray``; empty for a solid line."""
    filled: bool = False
    """Whether the area below the line is tinted."""


@dataclass(frozen=True)
class ChartPanel:
    """One chart: values from ``low`` to ``high`` over training steps or another quantity."""

    title: str
    lines: tuple[ChartLine, ...]
    low: float = 0.0
    high: float = 1.0
    percent: bool = True
    marks: tuple[float, ...] = ()
    """Steps at which a checkpoint was saved."""
    across: str = "training step"
    """Label of the horizontal axis."""
    names: tuple[str, ...] = ()
    """Names shown instead of the step numbers 0, 1, 2, …; slanted when they are long."""
    width: float = WIDTH
    height: float = HEIGHT
    margins: Margins = MARGINS
    values: tuple[float, ...] = ()
    """Tick values of a linear axis that spans them, for quantities other than steps; empty for steps."""

    @property
    def span(self) -> float:
        """Length of the horizontal axis, in pixels."""
        return self.width - self.margins.left - self.margins.right

    @property
    def rise(self) -> float:
        """Length of the vertical axis, in pixels: the height without margins and slanted names."""
        words = SLANT * self.longest if self.longest > SHORT else 0
        return self.height - self.margins.top - self.margins.bottom - words

    @cached_property
    def longest(self) -> int:
        """Length of the longest name, in characters."""
        return max(map(len, self.names), default=0)

    @cached_property
    def steps(self) -> list[float]:
        """The steps that have points, in ascending order."""
        return sorted({x for line in self.lines for x, _ in line.points})

    @cached_property
    def is_logarithmic(self) -> bool:
        """Whether the horizontal axis is logarithmic, because a linear one would crowd the first steps."""
        above = [step for step in self.steps if step > 0]
        few = not self.values and 2 < len(self.steps) <= STRETCH
        return few and min(self.steps) >= 0 and above[-1] > STRETCH * above[0]

    @cached_property
    def x(self) -> Callable[[float], float]:
        """The function from a step to its horizontal position in pixels."""
        return _axis(self.values or self.steps, self.margins.left, self.span, self.is_logarithmic)

    def y(self, value: float) -> float:
        """Return the vertical position of a value in pixels, clipped to the plot."""
        share = (value - self.low) / (self.high - self.low)
        return self.margins.top + self.rise * (1 - min(max(share, 0), 1))


def draw_chart(panel: ChartPanel) -> str:
    """Draw a panel as an SVG element for a page with a style sheet."""
    size = f'viewBox="0 0 {panel.width:g} {panel.height:g}"'
    return "\n".join([f'<svg {size} role="img" aria-label="{escape(panel.title)}">', *draw_panel(panel), "</svg>"])


def draw_alone(
    title: str, width: float, height: float, parts: Iterable[str], *, left: float = 42, size: float = 12
) -> str:
    """Draw a title and ``parts`` on a white background as a self-contained SVG file.

    ``left`` is the position of the title and ``size`` the font size of all other text, both in pixels.
    """
    head = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
        f'height="{height:g}" font-family="{FONT}" font-size="{size:g}" role="img" aria-label="{escape(title)}">',
        f"<style>{STYLE}</style>",
        f'<rect x="0.5" y="0.5" width="{width - 1:g}" height="{height - 1:g}" rx="10" fill="{PAPER}" stroke="{EDGE}"/>',
        f'<text class="head" x="{left:g}" y="38">{escape(title)}</text>',
    ]
    return "\n".join([*head, *parts, "</svg>\n"])


def draw_panel(panel: ChartPanel) -> Iterator[str]:
    """Yield the SVG elements of a panel, for use in a larger drawing."""
    if panel.title:
        yield f'<text class="title" x="{panel.margins.left:g}" y="16">{escape(panel.title)}</text>'
    yield from _rows(panel)
    yield from _columns(panel)
    for line in panel.lines:
        yield from _line(panel, line)


def draw_text(x: float, y: float, text: str, kind: str = "", anchor: str = "") -> str:
    """Return an SVG text element; ``kind`` is a class of the style sheet, ``anchor`` is middle or end."""
    named = (f'class="{kind}" ' if kind else "") + f'x="{x:.1f}" y="{y:g}"'
    return f"<text {named}" + (f' text-anchor="{anchor}"' if anchor else "") + f">{escape(text)}</text>"


def _axis(steps: Sequence[float], left: float, span: float, logarithmic: bool) -> Callable[[float], float]:
    if not steps:
        return lambda step: left
    low, high = steps[0], steps[-1]
    if low == high:
        return lambda step: left + span / 2
    if logarithmic:
        unit = next(step for step in steps if step > 0)
        scale: Callable[[float], float] = lambda step: math.log1p(max(step, 0) / unit)  # noqa: E731
    else:
        scale = float
    return lambda step: left + span * (scale(step) - scale(low)) / (scale(high) - scale(low))


def _number(panel: ChartPanel, value: float) -> str:
    return f"{100 * value:.0f} %" if panel.percent else f"{value:.2g}"


def _rows(panel: ChartPanel) -> Iterator[str]:
    """Yield a horizontal line and its number for every quarter of the range."""
    left = panel.margins.left
    for quarter in range(5):
        value = panel.low + (panel.high - panel.low) * quarter / 4
        y = panel.y(value)
        yield f'<path class="{"base" if value == 0 else "grid"}" d="M{left:g} {y:.1f}h{panel.span:g}"/>'
        number = _number(panel, value)
        yield f'<text class="number" x="{left - 6:g}" y="{y + 3.5:.1f}" text-anchor="end">{number}</text>'


def _columns(panel: ChartPanel) -> Iterator[str]:
    """Yield ticks at the steps, numbers where they fit, marks at the checkpoints, and the axis label."""
    steps, top, free = panel.steps, panel.margins.top, -math.inf
    foot = top + panel.rise
    for mark in panel.marks:
        if steps and steps[0] <= mark <= steps[-1]:
            yield f'<path class="mark" d="M{panel.x(mark):.1f} {top:g}v{panel.rise:g}"/>'
    for step in panel.values or _ticks(steps):
        x, text = panel.x(step), panel.names[int(step)] if panel.names else f"{step:g}"
        yield f'<path class="base" d="M{x:.1f} {foot:g}v4"/>'
        half = CHARACTER * len(text) / 2
        if panel.longest > SHORT:
            turned = f'transform="translate({x + 3:.1f} {foot + 13:g}) rotate(-45)"'
            yield f'<text class="number" {turned} text-anchor="end">{escape(text)}</text>'
        elif x - half >= free:
            yield f'<text class="number" x="{x:.1f}" y="{foot + 16:g}" text-anchor="middle">{text}</text>'
            free = x + half + CHARACTER
    name = panel.across + (" (logarithmic)" if panel.is_logarithmic else "")
    middle = f'x="{panel.margins.left + panel.span / 2:g}" y="{panel.height - 6:g}"'
    yield f'<text class="number" {middle} text-anchor="middle">{escape(name)}</text>'


def _ticks(steps: Sequence[float]) -> list[float]:
    """Return the steps themselves if there are few, otherwise round numbers in their range."""
    if len(steps) <= STRETCH:
        return list(steps)
    span = steps[-1] - steps[0]
    unit = 10 ** math.floor(math.log10(span / 3))
    unit *= next(factor for factor in (1, 2, 5, 10) if span / (unit * factor) <= 5)
    first = math.ceil(steps[0] / unit)
    return [unit * number for number in range(first, math.floor(steps[-1] / unit) + 1)]


def _line(panel: ChartPanel, line: ChartLine) -> Iterator[str]:
    points = [(panel.x(x), panel.y(y)) for x, y in line.points]
    if len(points) > 1:
        way = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
        if line.filled:
            foot = f"V{panel.y(panel.low):.1f}H{points[0][0]:.1f}Z"
            yield f'<path style="fill:{line.color};fill-opacity:0.1" d="M{way}{foot}"/>'
        style = f"stroke:{line.color}" + (f";stroke-dasharray:{line.dashes}" if line.dashes else "")
        yield f'<path class="line{" thin" * line.thin}" style="{style}" d="M{way}"/>'
    if line.dots:
        for (x, y), (step, value) in zip(points, line.points, strict=True):
            where = panel.names[int(step)] if panel.names else f"step {step:g}"
            told = f"{line.name}, {where}: " + (f"{100 * value:.1f} %" if panel.percent else f"{value:.3f}")
            yield (
                f'<circle class="dot" style="fill:{line.color}" cx="{x:.1f}" cy="{y:.1f}" r="2.8">'
                f"<title>{escape(told)}</title></circle>"
            )

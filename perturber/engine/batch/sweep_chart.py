"""Draw a sweep as one self-contained SVG: both groups' probabilities and some of the pictures."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Sequence

from PIL import Image

from perturber.core.charts.svg_chart import (
    INK,
    MUTED,
    PAPER,
    ChartLine,
    ChartPanel,
    Margins,
    draw_alone,
    draw_panel,
    draw_text,
)
from perturber.core.errors import InputError
from perturber.core.evaluation import Pixels
from perturber.engine.batch.sweep_run import Sweep

WIDTH, SIDE, TOP, PLOT, FOOT = 760, 64, 104, 250, 46
"""Width of the chart, margin at the sides, margin above, height of the plot, margin below, in pixels."""
PICTURE, PICTURE_TOP = 104, TOP + PLOT + 60
HEIGHT = PICTURE_TOP + PICTURE + 20
NUMBER = 34
"""Width reserved for a number, in pixels."""
EMBEDDED = 208
"""Side of an embedded picture in pixels: twice the displayed size, for high-resolution screens."""
COLORS = ("#2563d9", "#e06c1f")
"""Colors of the two groups, distinguishable with red-green color blindness."""
DASHES = ("", "7 5", "2 4", "9 4 2 4")
"""Dash patterns of the models' lines, in order."""


def draw_sweep(done: Sweep, title: str = "") -> str:
    """Return a sweep as SVG text. Raises InputError for a sweep without groups."""
    if not done.groups:
        raise InputError("scene", "a chart compares the two ends of an object pair", "a session with an object pair")
    first, second = done.groups
    panel = _panel(done)
    parts = [*_legend(done), *draw_panel(panel), *_crossings(done, panel), *_pictures(done, panel)]
    return draw_alone(title or f"{first.label} or {second.label}?", WIDTH, HEIGHT, parts, left=SIDE, size=13)


def _panel(done: Sweep) -> ChartPanel:
    """Return the panel with both groups' probabilities for each model."""
    low, high = done.values[0], done.values[-1]
    lines = [
        ChartLine(
            f"{group.label}, {model}",
            color,
            tuple(zip(done.values, done.curve(model, side), strict=True)),
            dots=False,
            dashes=_dashes(number),
            filled=len(done.answers) == 1,
        )
        for number, model in enumerate(done.answers)
        for side, (group, color) in enumerate(zip(done.groups, COLORS, strict=True))
    ]
    return ChartPanel(
        "",
        tuple(lines),
        across=done.label,
        width=WIDTH,
        height=TOP + PLOT + FOOT,
        margins=Margins(SIDE, SIDE, TOP, FOOT),
        values=tuple(low + (high - low) * quarter / 4 for quarter in range(5)),
    )


def _dashes(number: int) -> str:
    return DASHES[number % len(DASHES)]


def _legend(done: Sweep) -> Iterator[str]:
    """Yield the legend of colors and dashes."""
    place = float(SIDE)
    for group, color in zip(done.groups, COLORS, strict=True):
        yield f'<circle cx="{place + 5}" cy="65" r="5" fill="{color}"/>'
        yield draw_text(place + 16, 69.5, group.label)
        place += 16 + 7.6 * len(group.label) + 20
    far = float(WIDTH - SIDE)
    named = [model.split(" (")[0] for model in done.answers]  # without the weights file
    for number, model in reversed(list(enumerate(named))):
        yield draw_text(far, 69.5, model, "note", "end")
        far -= 7.2 * len(model) + 40
        style = f"stroke:{MUTED};stroke-dasharray:{_dashes(number) or 'none'}"
        yield f'<path class="line" style="{style}" d="M{far + 4:.1f} 65h28"/>'
        far -= 16


def _crossings(done: Sweep, panel: ChartPanel) -> Iterator[str]:
    """Yield a vertical line at each crossover, with its value above where there is room."""
    found = sorted((place, model) for model in done.answers for place in done.crossings(model))
    free = 0.0
    for place, model in found:
        x, y = panel.x(place), panel.y(_between(done.values, done.curve(model, 0), place))
        yield f'<path d="M{x:.1f} {TOP}V{TOP + PLOT}" stroke="{INK}" stroke-width="1" stroke-dasharray="3 4"/>'
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{PAPER}" stroke="{INK}" stroke-width="2"/>'
        if x >= free:
            yield draw_text(x, TOP - 6, f"{place:.2f}", "strong", "middle")
            free = x + NUMBER


def _between(values: Sequence[float], curve: Sequence[float], place: float) -> float:
    """Interpolate a curve linearly at a place between its points."""
    after = next(
        number for number, value in enumerate(values) if number and (value - place) * (values[-1] - place) >= 0
    )
    low, high = values[after - 1], values[after]
    share = (place - low) / (high - low)
    return curve[after - 1] + share * (curve[after] - curve[after - 1])


def _pictures(done: Sweep, panel: ChartPanel) -> Iterator[str]:
    """Yield the pictures below their values."""
    for number, (value, pixels) in enumerate(done.pictures.items()):
        x = panel.x(value)
        place = f'x="{x - PICTURE / 2:.1f}" y="{PICTURE_TOP}" width="{PICTURE}" height="{PICTURE}"'
        yield f'<clipPath id="round{number}"><rect {place} rx="8"/></clipPath>'
        yield f'<path d="M{x:.1f} {PICTURE_TOP - 5}v-4" stroke="{MUTED}" stroke-width="1.5"/>'
        yield f'<image {place} clip-path="url(#round{number})" href="{_embedded(pixels)}"/>'


def _embedded(pixels: Pixels) -> str:
    """Return a picture as a data URL."""
    data = io.BytesIO()
    Image.fromarray(pixels).resize((EMBEDDED, EMBEDDED), Image.Resampling.LANCZOS).save(data, "JPEG", quality=85)
    return "data:image/jpeg;base64," + base64.b64encode(data.getvalue()).decode()

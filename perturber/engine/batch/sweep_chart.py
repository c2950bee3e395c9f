"""A sweep as a drawing: one self-contained SVG with both groups' probabilities and some of the pictures."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Sequence
from html import escape

from PIL import Image

from perturber.core.errors import InputError
from perturber.core.evaluation import Pixels
from perturber.engine.batch.sweep_run import Sweep

WIDTH, LEFT, RIGHT, TOP, PLOT = 760, 64, 64, 104, 250
SPAN = WIDTH - LEFT - RIGHT
PICTURE, PICTURE_TOP = 104, TOP + PLOT + 60
HEIGHT = PICTURE_TOP + PICTURE + 20
NUMBER = 34
"""Room for a number."""
EMBEDDED = 208
"""Pixels of an embedded picture: twice what is shown, for fine screens."""
PAPER, EDGE, INK, MUTED, GRID = "#ffffff", "#d8dde5", "#171b21", "#556070", "#e6e9ee"
COLORS = ("#2563d9", "#e06c1f")
"""Of the two groups: far apart also for people who see red and green alike."""
DASHES = ("none", "7 5", "2 4", "9 4 2 4")
"""Of the models' lines, in order."""
FONT = "Inter, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif"


def chart(done: Sweep, title: str = "") -> str:
    """The drawing as SVG text. Raises InputError for a sweep without groups."""
    if not done.groups:
        raise InputError("scene", "a chart compares the two ends of an object pair", "a session with an object pair")
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'font-family="{FONT}" font-size="13">',
        f'<rect x="0.5" y="0.5" width="{WIDTH - 1}" height="{HEIGHT - 1}" rx="10" fill="{PAPER}" stroke="{EDGE}"/>',
        *_head(done, title),
        *_grid(done),
        *_curves(done),
        *_places(done),
        *_pictures(done),
        "</svg>\n",
    ]
    return "\n".join(parts)


def _text(x: float, y: float, text: str, color: str = MUTED, *, anchor: str = "start", extra: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{color}" text-anchor="{anchor}" {extra}>{escape(text)}</text>'


def _x(done: Sweep, value: float) -> float:
    low, high = done.values[0], done.values[-1]
    return LEFT + SPAN * (value - low) / (high - low)


def _y(share: float) -> float:
    return TOP + PLOT * (1 - share)


def _head(done: Sweep, title: str) -> Iterator[str]:
    """Title, and what colors and dashes mean."""
    first, second = done.groups
    yield _text(LEFT, 38, title or f"{first.label} or {second.label}?", INK, extra='font-size="20" font-weight="600"')
    place = float(LEFT)
    for group, color in zip(done.groups, COLORS, strict=True):
        yield f'<circle cx="{place + 5}" cy="65" r="5" fill="{color}"/>'
        yield _text(place + 16, 69.5, group.label, INK)
        place += 16 + 7.6 * len(group.label) + 20
    far = float(WIDTH - RIGHT)
    named = [model.split(" (")[0] for model in done.answers]  # without the file of the weights
    for number, model in reversed(list(enumerate(named))):
        yield _text(far, 69.5, model, anchor="end")
        far -= 7.2 * len(model) + 40
        yield f'<path d="M{far + 4:.1f} 65h28" stroke="{MUTED}" stroke-width="2" {_dashes(number)}/>'
        far -= 16


def _dashes(number: int) -> str:
    return f'stroke-dasharray="{DASHES[number % len(DASHES)]}"'


def _grid(done: Sweep) -> Iterator[str]:
    """Lines at every quarter, numbers beside and below, the parameter's name."""
    for quarter in range(5):
        y = _y(quarter / 4)
        yield f'<path d="M{LEFT} {y:.1f}h{SPAN}" stroke="{GRID}" stroke-width="1"/>'
        yield _text(LEFT - 10, y + 4.5, f"{25 * quarter} %", anchor="end")
        value = done.values[0] + (done.values[-1] - done.values[0]) * quarter / 4
        yield _text(_x(done, value), TOP + PLOT + 20, f"{value:g}", anchor="middle")
    yield _text(LEFT + SPAN / 2, TOP + PLOT + 42, done.label, INK, anchor="middle")


def _curves(done: Sweep) -> Iterator[str]:
    for number, model in enumerate(done.answers):
        for group, color in enumerate(COLORS):
            points = [(_x(done, v), _y(s)) for v, s in zip(done.values, done.curve(model, group), strict=True)]
            line = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
            if len(done.answers) == 1:
                foot = f"V{_y(0):.1f}H{LEFT}Z"
                yield f'<path d="M{line}{foot}" fill="{color}" fill-opacity="0.10"/>'
            yield (
                f'<path d="M{line}" fill="none" stroke="{color}" stroke-width="2.5" stroke-linejoin="round" '
                f'stroke-linecap="round" {_dashes(number)}/>'
            )


def _places(done: Sweep) -> Iterator[str]:
    """A line down from every crossover; its value above, where there is room beside the last."""
    found = sorted((place, model) for model in done.answers for place in done.crossings(model))
    free = 0.0
    for place, model in found:
        x, y = _x(done, place), _y(_between(done.values, done.curve(model, 0), place))
        yield f'<path d="M{x:.1f} {TOP}V{TOP + PLOT}" stroke="{INK}" stroke-width="1" stroke-dasharray="3 4"/>'
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{PAPER}" stroke="{INK}" stroke-width="2"/>'
        if x >= free:
            yield _text(x, TOP - 6, f"{place:.2f}", INK, anchor="middle", extra='font-weight="600" font-size="12"')
            free = x + NUMBER


def _between(values: Sequence[float], curve: Sequence[float], place: float) -> float:
    """A curve's height between two of its points."""
    after = next(
        number for number, value in enumerate(values) if number and (value - place) * (values[-1] - place) >= 0
    )
    low, high = values[after - 1], values[after]
    share = (place - low) / (high - low)
    return curve[after - 1] + share * (curve[after] - curve[after - 1])


def _pictures(done: Sweep) -> Iterator[str]:
    """Some of the pictures below their values."""
    for number, (value, pixels) in enumerate(done.pictures.items()):
        x = _x(done, value)
        place = f'x="{x - PICTURE / 2:.1f}" y="{PICTURE_TOP}" width="{PICTURE}" height="{PICTURE}"'
        yield f'<clipPath id="round{number}"><rect {place} rx="8"/></clipPath>'
        yield f'<path d="M{x:.1f} {PICTURE_TOP - 5}v-4" stroke="{MUTED}" stroke-width="1.5"/>'
        yield f'<image {place} clip-path="url(#round{number})" href="{_embedded(pixels)}"/>'


def _embedded(pixels: Pixels) -> str:
    """A picture as the address of itself."""
    data = io.BytesIO()
    Image.fromarray(pixels).resize((EMBEDDED, EMBEDDED), Image.Resampling.LANCZOS).save(data, "JPEG", quality=85)
    return "data:image/jpeg;base64," + base64.b64encode(data.getvalue()).decode()

"""Write the transplant of early blocks as a chart, a table and attacked pictures."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from perturber.core.charts.svg_chart import INK, MARGINS, ChartLine, ChartPanel, draw_alone, draw_panel, draw_text
from perturber.core.errors import InputError
from perturber.core.storage.files import write_whole
from perturber.scene.files.image import save_picture
from perturber.training.report import report_colors as colors
from perturber.training.report.transplant_run import AttackedExample, Transplant

WIDTH, MARGIN, HEAD = 760, 24, 96
LEFT = MARGINS.left
HEIGHTS = (320, 250)
"""Of the two charts."""
TILE, GAP, LABELS, QUALITY = 132, 4, 114, 90
TEXT, PAPER = (205, 208, 214), (24, 25, 28)
PROBE = ".writable"
FULL = 0.995
"""Share of the changes that the gain leaves unclipped."""


def make_folder(folder: Path) -> None:
    """Create the output folder. Raises InputError if it cannot be written to."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / PROBE).touch()
        (folder / PROBE).unlink()
    except OSError as error:
        raise InputError(str(folder), error.strerror or str(error), "a folder that can be written to") from error


def write_transplant(found: Transplant, folder: Path) -> tuple[Path, Path, Path]:
    """Write chart, table and pictures to ``folder``. Raises InputError if that fails."""
    names = [folder / f"{found.ends.family.name}-transplant{suffix}" for suffix in (".svg", ".csv", ".jpg")]
    make_folder(folder)
    write_whole(names[0], drawing(found))
    write_whole(names[1], table(found))
    save_picture(sheet(found), names[2], quality=QUALITY, optimize=True, progressive=True)
    return names[0], names[1], names[2]


def table(found: Transplant) -> str:
    """Return a table with a row for each network: number of blocks from the second variant, and measured values."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    measures = [("clean", "top1"), *(("robust", name) for name in ("0", *found.radii)), ("frequency", "low")]
    headings = ["clean", *(f"attacked at {name}" for name in ("0", *found.radii)), "low frequencies"]
    writer.writerow([f"blocks of {found.ends.second.name}", "up to", *headings])
    for count in range(found.ends.count + 1):
        values = [found.value(kind, name, count) for kind, name in measures]
        cells = ["" if value is None else f"{value:.6g}" for value in values]
        writer.writerow([count, found.ends.upto(count), *cells])
    return text.getvalue()


def _line(found: Transplant, kind: str, name: str, title: str, color: str) -> ChartLine:
    counts = range(found.ends.count + 1)
    points = [(float(count), value) for count in counts if (value := found.value(kind, name, count)) is not None]
    return ChartLine(title, color, tuple(points))


def panels(found: Transplant) -> tuple[ChartPanel, ChartPanel]:
    """Accuracies, and the share of low frequencies, by the number of blocks."""
    ends, size = found.ends, float(WIDTH - 2 * MARGIN + LEFT / 2)
    robust = [
        _line(found, "robust", name, f"ε {name}", colors.along(number, len(found.radii)))
        for number, name in enumerate(found.radii)
    ]
    low = _line(found, "frequency", "low", "low frequencies", colors.variant(0))
    top = next(t for t in (0.1, 0.2, 0.4, 0.6, 0.8, 1.0) if t >= max((y for _, y in low.points), default=0))
    across = f"last block from {ends.second.label}"
    clean = _line(found, "clean", "top1", "clean", INK)
    counts = (*map(str, range(ends.count)), "all")
    names = tuple(ends.upto(count) for count in range(ends.count + 1))
    blocks = f"number of blocks from {ends.second.label}"
    return (
        ChartPanel("Accuracy", (clean, *robust), across=blocks, names=counts, width=size, height=HEIGHTS[0]),
        ChartPanel(
            "Low frequencies in the input gradient", (low,), 0.0, top, True, (), across, names, size, HEIGHTS[1]
        ),
    )


def drawing(found: Transplant) -> str:
    """The charts as one SVG that needs nothing else."""
    ends, shown = found.ends, panels(found)
    parts = [draw_text(MARGIN + 18, 58, _told(found), "note"), *_legend(shown[0])]
    top = HEAD
    for panel, tall in zip(shown, HEIGHTS, strict=True):
        parts += [f'<g transform="translate({MARGIN - LEFT / 4:g} {top})">', *draw_panel(panel), "</g>"]
        top += tall
    return draw_alone(f"{ends.second.label} first, {ends.first.label} after", WIDTH, top + MARGIN, parts)


def _told(found: Transplant) -> str:
    """Describe the family and the pictures measured."""
    clean, robust = (found.findings.of(kind)[0].parameters for kind in ("clean", "robust"))
    norm = {"l2": "L2", "linf": "L∞"}[robust["norm"]]
    told = f"clean accuracy on {clean['pictures']} pictures, attacks (PGD in {norm}, {robust['steps']} steps)"
    return f"Family {found.ends.family.label}, without any training; {told} on {robust['pictures']} of them."


def _legend(panel: ChartPanel) -> Iterator[str]:
    place = MARGIN + 18.0
    for line in panel.lines:
        yield f'<path class="line" style="stroke:{line.color}" d="M{place:.1f} 78h16"/>'
        yield draw_text(place + 22, 82, line.name)
        place += 22 + 7 * len(line.name) + 18


def sheet(found: Transplant) -> Image.Image:
    """Attacked pictures above what the attack added, a column for each network."""
    gain = _gain(found.examples)
    step = TILE + GAP
    width, top, foot = LABELS + len(found.examples) * step, 46, 34
    picture = Image.new("RGB", (width, top + 2 * step + foot), PAPER)
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default(13)
    for row, word in enumerate(("attacked", f"change, {gain:g}-fold")):
        pen.text((LABELS - 8, top + row * step + TILE / 2), word, TEXT, font, anchor="rm")
    for column, example in enumerate(found.examples):
        left = LABELS + column * step
        middle = left + TILE / 2
        pen.text((middle, 14), f"{example.count}: {found.ends.upto(example.count)}", TEXT, font, anchor="mm")
        pen.text((middle, 33), example.answer, TEXT, font, anchor="mm")
        for row, pixels in enumerate((example.pixels, 0.5 + gain * example.change)):
            picture.paste(_tile(pixels), (left, top + row * step))
    attack, ends = found.attack, found.ends
    told = (
        f"Blocks of {ends.second.label} up to the one named, {ends.first.label} after; PGD in L2, radius "
        f"{attack.epsilon:g}, {attack.steps} steps, away from {found.away}. Above: what the network says of it."
    )
    pen.text((LABELS, top + 2 * step + foot / 2 - 2), told, TEXT, font, anchor="lm")
    return picture


def _gain(examples: tuple[AttackedExample, ...]) -> float:
    """Return one gain for all changes, rounded to two digits, that leaves nearly all of them unclipped."""
    reach = max(float(np.quantile(np.abs(example.change), FULL)) for example in examples)
    return float(f"{0.5 / max(reach, 1e-3):.2g}")


def _tile(pixels: NDArray[np.float32]) -> Image.Image:
    whole = Image.fromarray((255 * pixels.clip(0, 1)).round().astype(np.uint8))
    return whole.resize((TILE, TILE), Image.Resampling.LANCZOS)

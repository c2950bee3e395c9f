"""``perturber examples``: sheet of the patches that activate units most."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import tyro
from PIL import Image, ImageDraw, ImageFont

from perturber.cli.command import SessionCall, SessionCommand
from perturber.cli.options import JsonOption, ModelOptions, SlotOption
from perturber.cli.output import write_json, write_line
from perturber.core.errors import InputError
from perturber.core.jobs.job import Answer, Example, Examples, FindExamples
from perturber.core.session.session import Session
from perturber.core.session.unit_ref import parse_units

if TYPE_CHECKING:
    from perturber.engine.frame.engine import Engine
    from perturber.engine.jobs.example_finder import ExampleFinder

Tell = Callable[[str], None]
NUMBERS = "numbers such as 3,17,41"
OFTEN = 25
"""Pictures between two progress messages."""
TILE, GAP, MARGIN = 128, 6, 36
"""Side of a patch on the sheet, gap between patches, and margin for a unit's number, in pixels."""
TEXT, LINES = 11, 2
PAPER, INK, DIM = (255, 255, 255), (24, 24, 24), (110, 110, 110)


@dataclass(frozen=True)
class ExampleOptions(JsonOption, ModelOptions, SlotOption):
    """Find the picture patches that activate units most, and draw them on a sheet, one row per unit.

    The first run indexes all units of the network, which takes a while; the index is kept.

    JSON: a list of {layer, unit, source, value, box}.
    """

    unit: int | None = None
    """Number of the unit in --layer."""
    units: str = ""
    """Several units, such as 3,17,41."""
    photos: Path | None = None
    """Folder of pictures, including subfolders, instead of rendered views of the shipped objects."""
    count: int = 9
    """Patches per unit, 1 to 25."""
    output: Annotated[Path | None, tyro.conf.arg(aliases=["-o"])] = None
    """Picture file for the sheet; default: examples.png, or none with --json."""


def find_examples(options: ExampleOptions, session: Session, engine: Engine, tell: Tell) -> None:
    """Find examples for units of the session's layer and write them. Raises InputError that names the flag or file."""
    from perturber.engine.batch.export import write_picture
    from perturber.engine.jobs.example_finder import ExampleFinder

    units = _units(options)
    if not 1 <= options.count <= 25:
        raise InputError("--count", f"{options.count} is out of range", "1 to 25")
    output = options.output or (None if options.json else Path("examples.png"))
    layer = session.probe.layer
    finder = ExampleFinder(engine)
    found = {unit: _find(_job(options, session, unit), finder, tell) for unit in units}
    for name in dict.fromkeys(name for examples in found.values() for name in examples.skipped):
        tell(f"skipped {name}")
    if output is not None:
        write_picture(np.asarray(sheet(layer, {unit: examples.found for unit, examples in found.items()})), output)
    if options.json:
        rows = [_row(layer, unit, example) for unit, examples in found.items() for example in examples.found]
        write_json(rows)
        return
    for unit, examples in found.items():
        best = ", ".join(f"{example.source} {example.value:.4g}" for example in examples.found)
        write_line(f"{layer}:{unit} in {examples.pictures} pictures: {best or 'none activates it'}")
    write_line(output)


def _units(options: ExampleOptions) -> list[int]:
    typed = parse_units(options.units, "--units", NUMBERS)
    if typed.layer:
        raise InputError("--units", "give the layer with --layer", NUMBERS)
    units = [*(() if options.unit is None else (options.unit,)), *typed.units]
    if not units:
        raise InputError("--unit", "it is missing", "a number, or several with --units")
    if min(units) < 0:
        raise InputError("--unit", f"{min(units)} is out of range", "0 or more")
    return list(dict.fromkeys(units))


def _job(options: ExampleOptions, session: Session, unit: int) -> FindExamples:
    return FindExamples(
        model=session.models.model(options.slot),
        layer=session.probe.layer,
        unit=unit,
        folder=str(options.photos) if options.photos is not None else "",
        count=options.count,
    )


def _find(job: FindExamples, finder: ExampleFinder, tell: Tell) -> Examples:
    answer = Answer()
    for answer in finder.find(job):
        if answer.value is None and answer.total and answer.done < answer.total and answer.done % OFTEN == 0:
            tell(f"indexed {answer.done} of {answer.total} pictures")
    assert isinstance(answer.value, Examples)
    return answer.value


def _row(layer: str, unit: int, example: Example) -> dict[str, Any]:
    value = float(f"{example.value:.6g}")
    return {"layer": layer, "unit": unit, "source": example.source, "value": value, "box": list(example.box)}


def sheet(layer: str, found: dict[int, Sequence[Example]]) -> Image.Image:
    """Draw the patches with their values and sources, one row per unit."""
    font = ImageFont.load_default(TEXT)
    columns = max(1, *(len(examples) for examples in found.values()))
    step, row = TILE + GAP, TILE + LINES * (TEXT + 3) + GAP
    head = 2 * GAP + TEXT
    paper = Image.new("RGB", (MARGIN + columns * step, head + len(found) * row), PAPER)
    draw = ImageDraw.Draw(paper)
    draw.text((GAP, GAP - 2), layer, INK, font)
    for number, (unit, examples) in enumerate(found.items()):
        top = head + number * row
        draw.text((GAP, top), str(unit), INK, font)
        for column, example in enumerate(examples):
            left = MARGIN + column * step
            patch = Image.fromarray(example.patch)
            scale = TILE / max(patch.size)
            patch = patch.resize((max(1, round(patch.width * scale)), max(1, round(patch.height * scale))))
            paper.paste(patch, (left, top))
            draw.text((left, top + TILE + 1), f"{example.value:.4g}", INK, font)
            draw.text((left, top + TILE + TEXT + 3), _truncate(example.source, font), DIM, font)
    return paper


def _truncate(text: str, font: Any) -> str:
    """Truncate the text to the width of a patch."""
    if font.getlength(text) <= TILE:
        return text
    while text and font.getlength(text + "…") > TILE:
        text = text[:-1]
    return text + "…"


def run(options: ExampleOptions, call: SessionCall) -> None:
    """Find and write the examples."""
    session = call.session_with(options)
    with call.engine() as engine:
        find_examples(options, session, engine, call.tell)


COMMAND = SessionCommand(ExampleOptions, run)

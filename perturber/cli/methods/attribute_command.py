"""``perturber attribute``: overlay on the frame which pixels support a class."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from pydantic import ValidationError

from perturber.cli.command import SessionCall, SessionCommand
from perturber.cli.options import JsonOption, ModelOptions, PictureFile
from perturber.cli.output import write_json, write_line, write_lines
from perturber.core.coloring import blend
from perturber.core.errors import InputError
from perturber.core.evaluation import AttributionResult, Pixels
from perturber.core.jobs.job import Attribute
from perturber.core.parameters.parameter import explain as problem_of
from perturber.core.parameters.parameter import replace_all, walk
from perturber.core.parameters.plugin import kind_of, kinds
from perturber.core.session.attribution import AttributionMethod
from perturber.core.session.session import Session
from perturber.core.storage.files import npy, write_whole

if TYPE_CHECKING:
    from perturber.engine.frame.engine import Engine

Tell = Callable[[str], None]
USUAL, ALL, LIST = "grad_cam", "all", "list"
COLUMNS, CAPTION = 5, 16
"""Layout of the sheet of all methods: pictures per row, and the height of a caption in pixels."""


@dataclass(frozen=True)
class AttributeOptions(JsonOption, ModelOptions):
    """Overlay on the frame which of its pixels support a class in one network.

    --layer selects the layer for methods such as Grad-CAM, --attribution.alpha the opacity of the overlay.

    JSON: {kind, slot, wnid, name, signed, lowest, highest, sum, seconds, output, run}; a list of them for --kind all.
    ``run`` describes the run: {perturber, torch, seed, device, precision, weights: {slot: sha256}}.
    """

    output: PictureFile = Path("overlay.png")
    kind: str | None = None
    """Attribution method; all makes a sheet of all methods, list prints them. Default: the session's method, or
    grad_cam."""
    slot: str | None = None
    """Slot of the network to explain: slot1, slot2 or edited."""
    target: str | None = None
    """Class to explain: WordNet id, name or number; default: the session's, or the top class."""
    field: tuple[str, ...] = ()
    """Fields of the method as NAME=VALUE; --kind list prints them."""
    values: Path | None = None
    """Also write the attribution values, H x W float32, to this .npy file."""


def all_methods() -> list[AttributionMethod]:
    """Return every method with its default settings."""
    return [member() for member in kinds(AttributionMethod).values()]


def list_methods() -> None:
    """Print the methods and their fields with defaults and ranges."""
    for kind, member in kinds(AttributionMethod).items():
        when = "computed with every frame" if member.cheap else "computed when idle"
        write_line(f"{kind:<22}{member.title} ({when})")
        for parameter in walk(member):
            ends = [f"{end:g}" for end in (parameter.low, parameter.high) if end is not None]
            span = " to ".join(ends) or "one of " + ", ".join(parameter.choices)
            write_line(f"    {parameter.path}={parameter.default}  {span}. {' '.join(parameter.doc.split())}")


def attribute(options: AttributeOptions, session: Session, layer: str | None, engine: Engine, tell: Tell) -> None:
    """Attribute the session's frame and write the overlay. Raises InputError that names the flag, field or file."""
    from perturber.engine.batch.export import write_picture

    if options.values is not None and (options.kind == ALL or options.values.suffix != ".npy"):
        raise InputError("--values", "it takes a single map", "a .npy file and a single method")
    made = list(_attribute_all(options, _session(options, session, layer), engine, tell))
    if not made:
        raise InputError("--kind", "no method supports this network", "another network, or one method to see its error")
    strength = session.attribution.alpha
    overlays = [(pixels, found, blend(pixels, found.values, strength, found.signed)) for pixels, found, _ in made]
    single = options.kind != ALL
    write_picture(overlays[0][2] if single else _sheet(overlays), options.output)
    if options.values is not None:
        write_whole(options.values, npy(made[0][1].values))
    rows = [_row(found, seconds, options.output) for _, found, seconds in made]
    if options.json:
        from perturber.engine.batch.provenance import provenance

        rows = [row | {"run": provenance(engine, session, [str(row["slot"])])} for row in rows]
    if options.json:
        write_json(rows[0] if single else rows)
    else:
        write_lines(f"{row['kind']}: {row['name']} in {row['slot']}, {row['seconds']:.2f} s" for row in rows)
        write_line(options.output)


def _session(options: AttributeOptions, session: Session, layer: str | None) -> Session:
    """Return the session with the attribution given by the flags; for all methods only slot, class and layer."""
    changes: dict[str, Any] = {"slot": options.slot, "target": options.target, "layer": layer}
    if options.kind != ALL:
        changes["method"] = _method(options, session)
    elif options.field:
        raise InputError("--field", "methods have different fields", "a single method")
    return replace_all(session, {f"attribution.{n}": value for n, value in changes.items() if value is not None})


def _method(options: AttributeOptions, session: Session) -> AttributionMethod:
    """Return the method given by the flags; other fields are taken from the session if it has the same method."""
    known, own = kinds(AttributionMethod), session.attribution.method
    kind = options.kind or (USUAL if own is None else kind_of(type(own)))
    if kind not in known:
        raise InputError("--kind", f"there is no method {kind!r}", f"{ALL}, {LIST} or one of " + ", ".join(known))
    fields: dict[str, Any] = own.model_dump() if own is not None and kind_of(type(own)) == kind else {}
    names = [name for name in known[kind].model_fields if name != "kind"]
    for text in options.field:
        name, given, value = text.partition("=")
        if not given or name not in names:
            expected = "NAME=VALUE with one of " + ", ".join(names) if names else "nothing: it has no fields"
            raise InputError("--field", f"{text!r} is not a field of {kind}", expected)
        fields[name] = value
    try:
        return known[kind].model_validate(fields)
    except ValidationError as error:
        problem = problem_of(error)
        raise InputError(f"--field {problem.source}", problem.problem, problem.expected) from None


def _attribute_all(
    options: AttributeOptions, session: Session, engine: Engine, tell: Tell
) -> Iterator[tuple[Pixels, AttributionResult, float]]:
    """Yield frame, attribution and seconds of each requested method; with all, report those that fail and skip them."""
    from perturber.engine.jobs.attribution_job import explain
    from perturber.engine.jobs.workbench import Workbench

    bench = Workbench(engine)
    single = session.attribution.method if options.kind != ALL else None
    methods = [single] if single is not None else all_methods()
    frame = engine.frame(session)[0].permute(1, 2, 0).mul(255).round().clamp(0, 255).byte().cpu().numpy()
    for notice in engine.renderer.notices:
        tell(notice)
    for method in methods:
        asked = replace_all(session, {"attribution.method": method})
        start = perf_counter()
        try:
            *_, last = explain(bench, asked, Attribute())
        except InputError as error:
            if single is not None:
                raise
            tell(f"{method.title} skipped: {error}")
            continue
        yield frame, last.value, perf_counter() - start


def _sheet(overlays: list[tuple[Pixels, AttributionResult, Pixels]]) -> NDArray[np.uint8]:
    """Arrange the frame and all overlays in a grid, each with its name below."""
    titles = {kind: member.title for kind, member in kinds(AttributionMethod).items()}
    first = overlays[0]
    tiles = [(first[0], f"{first[1].slot}: {first[1].name}")]
    tiles += [(picture, titles[found.kind]) for _, found, picture in overlays]
    height, width = first[0].shape[:2]
    rows = -(-len(tiles) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * width, rows * (height + CAPTION)), "white")
    draw = ImageDraw.Draw(sheet)
    for number, (picture, title) in enumerate(tiles):
        left, top = number % COLUMNS * width, number // COLUMNS * (height + CAPTION)
        sheet.paste(Image.fromarray(picture), (left, top))
        draw.text((left + 4, top + height + 2), title.replace("×", "x"), fill="black")
    return np.asarray(sheet)


def _row(found: AttributionResult, seconds: float, output: Path) -> dict[str, Any]:
    values = found.values
    figures = {"lowest": values.min(), "highest": values.max(), "sum": values.sum(dtype=np.float64)}
    return {
        "kind": found.kind,
        "slot": found.slot,
        "wnid": found.wnid,
        "name": found.name,
        "signed": found.signed,
        **{name: float(f"{value:.6g}") for name, value in figures.items()},
        "seconds": round(seconds, 3),
        "output": str(output),
    }


def run(options: AttributeOptions, call: SessionCall) -> None:
    """List the methods, or compute attributions."""
    if options.kind == LIST:
        list_methods()
        return
    session = call.session_with(options)
    with call.engine() as engine:
        attribute(options, session, call.common.layer, engine, call.tell)


COMMAND = SessionCommand(AttributeOptions, run)

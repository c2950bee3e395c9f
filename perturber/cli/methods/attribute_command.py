"""``perturber attribute``: what of the picture speaks for a class, painted over the frame."""

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
from perturber.core.storage.files import write_whole

if TYPE_CHECKING:
    from perturber.engine.frame.engine import Engine

Tell = Callable[[str], None]
USUAL, ALL, LIST = "grad_cam", "all", "list"
COLUMNS, CAPTION = 5, 16
"""Of the sheet of all methods: pictures in a row, and the height of the words below each in pixels."""


@dataclass(frozen=True)
class AttributeOptions(JsonOption, ModelOptions):
    """Paint over the frame what of it speaks for a class in one network.

    --layer is the layer that methods of a layer look at, --attribution.alpha the strength of the overlay.

    JSON: {kind, slot, wnid, name, signed, lowest, highest, sum, seconds, output, run}; of all a list. ``run`` says what
    it was computed with: {perturber, torch, seed, device, precision, weights: {slot: sha256}}.
    """

    output: PictureFile = Path("overlay.png")
    kind: str | None = None
    """A method, all for one sheet of all methods, or list to see which there are. Without it the session's, or
    grad_cam."""
    slot: str | None = None
    """The place of the network that is explained: slot1, slot2 or edited."""
    target: str | None = None
    """WordNet id of the class that is explained; without it the session's, or the class that stands first."""
    field: tuple[str, ...] = ()
    """Fields of the method, as NAME=VALUE; --kind list tells them."""
    values: Path | None = None
    """Also write the bare values, H x W float32, into this .npy file."""


def all_methods() -> list[AttributionMethod]:
    """Every method as it is by default."""
    return [member() for member in kinds(AttributionMethod).values()]


def list_methods() -> None:
    """Write the methods and their fields with their defaults to standard output."""
    for kind, member in kinds(AttributionMethod).items():
        when = "with every frame" if member.cheap else "in idle moments"
        write_line(f"{kind:<22}{member.title} ({when})")
        for parameter in walk(member):
            ends = [f"{end:g}" for end in (parameter.low, parameter.high) if end is not None]
            span = " to ".join(ends) or "one of " + ", ".join(parameter.choices)
            write_line(f"    {parameter.path}={parameter.default}  {span}. {' '.join(parameter.doc.split())}")


def attribute(options: AttributeOptions, session: Session, layer: str | None, engine: Engine, tell: Tell) -> None:
    """Explain the session's frame and write the overlay. Raises InputError that names the flag, field or file."""
    from perturber.engine.batch.export import write_picture

    if options.values is not None and (options.kind == ALL or options.values.suffix != ".npy"):
        raise InputError("--values", "one map is written to it", "a .npy file, and one method")
    made = list(_explained(options, _session(options, session, layer), engine, tell))
    if not made:
        raise InputError("--kind", "no method could explain this", "another network, or one method to see why")
    strength = session.attribution.alpha
    overlays = [(pixels, found, blend(pixels, found.values, strength, found.signed)) for pixels, found, _ in made]
    single = options.kind != ALL
    write_picture(overlays[0][2] if single else _sheet(overlays), options.output)
    if options.values is not None:
        values = made[0][1].values
        write_whole(options.values, lambda part: np.save(part, values))
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
    """The session with what the flags say about the attribution; of all methods the first."""
    changes: dict[str, Any] = {"slot": options.slot, "target": options.target, "layer": layer}
    if options.kind != ALL:
        changes["method"] = _method(options, session)
    elif options.field:
        raise InputError("--field", "methods have different fields", "one method")
    return replace_all(session, {f"attribution.{n}": value for n, value in changes.items() if value is not None})


def _method(options: AttributeOptions, session: Session) -> AttributionMethod:
    """The method of the flags; fields that they do not name are the session's if it has the same method."""
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
            raise InputError("--field", f"{text!r} is no field of {kind}", expected)
        fields[name] = value
    try:
        return known[kind].model_validate(fields)
    except ValidationError as error:
        problem = problem_of(error)
        raise InputError(f"--field {problem.source}", problem.problem, problem.expected) from None


def _explained(
    options: AttributeOptions, session: Session, engine: Engine, tell: Tell
) -> Iterator[tuple[Pixels, AttributionResult, float]]:
    """Frame, attribution and seconds of each method that is asked for; of all, those that cannot are told."""
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
            tell(f"{method.title} is left out: {error}")
            continue
        yield frame, last.value, perf_counter() - start


def _sheet(overlays: list[tuple[Pixels, AttributionResult, Pixels]]) -> NDArray[np.uint8]:
    """The frame and all overlays beside each other, each with its name below."""
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
    """List the methods, or explain."""
    if options.kind == LIST:
        list_methods()
        return
    session = call.session_with(options)
    with call.engine() as engine:
        attribute(options, session, call.common.layer, engine, call.tell)


COMMAND = SessionCommand(AttributeOptions, run)

"""``perturber attack``: attack a session's frame or a folder of photos, and say how it went."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import tyro
from pydantic import ValidationError

from perturber.cli.command import SessionCall, SessionCommand
from perturber.cli.methods import attack_sheet as sheet
from perturber.cli.options import ATTACK_STEPS, JsonOption, ModelOptions, PhotosOptions
from perturber.cli.output import first_paragraph, write_json, write_line, write_lines
from perturber.core.errors import InputError
from perturber.core.parameters.parameter import Parameter, explain, walk
from perturber.core.parameters.plugin import kind_of, kinds
from perturber.core.session.attack import MOST, AttackMethod
from perturber.core.session.session import Session, save
from perturber.core.session.slot_name import SlotName
from perturber.core.storage.files import write_whole

if TYPE_CHECKING:
    from perturber.engine.batch.attack_run import AttackedBatch, AttackRow, AttackRun, Carried, Inputs
    from perturber.engine.frame.engine import Engine

Tell = Callable[[str], None]
LIST = "list"
PRECISION = 0.05
"""Share by which a minimal epsilon may be too large."""
WIDER = 4
"""The minimal epsilon is searched for up to so many times the method's own."""


@dataclass(frozen=True)
class AttackOptions(JsonOption, ModelOptions, PhotosOptions):
    """Attack what a session shows, or a folder of photos: success rate, size of the change, time.

    An attack succeeds when the network no longer puts first what a picture shows (with --target: when it puts the
    target first). Counted are pictures that are classified correctly without an attack; the others are not attacked.
    What a picture shows is told by its name (or its folder's), where it begins with the WordNet id of one of the
    network's classes; otherwise it is what the network itself puts first. --kind list names all attacks.

    JSON: {model, slot, attack: {kind, …}, target, pictures, named, correct} and, by what was asked for: {n,
    fooled, success, l2, linf, l0: {q1, median, q3} of the pictures that were fooled, queries and seconds per picture,
    rows: [{picture, wnid, named, before, after, fooled, l2, linf, l0}]}; {curve: [{epsilon, n, fooled, accuracy}]};
    {minimal: {n, found, q1, median, q3, rows: [{picture, wnid, epsilon}]}}, epsilon null where none was found;
    {transfer: [{attacked, judging, n, fooled, success}]}. Shares are 0 to 1, and null of no pictures; beside each
    stands ``interval``, its 95 % Wilson interval. ``skipped`` lists the pictures left out, ``run`` says what it was
    computed with: {perturber, torch, seed, device, precision, weights: {slot: sha256}}.
    """

    kind: str = ""
    """Kind of the attack, such as pgd; without it the session's method. list names all kinds and their fields."""
    norm: Literal["l2", "linf"] | None = None
    """How the size of the change is measured, for kinds that stay inside a ball."""
    epsilon: float | None = None
    """Radius of that ball, for pixels in [0, 1]."""
    steps: Annotated[int | None, ATTACK_STEPS] = None
    field: tyro.conf.UseAppendAction[tuple[str, ...]] = ()
    """NAME=VALUE: any other field of the kind, such as random_start=true; may be repeated."""
    target: str = ""
    """WordNet id of the class to reach; without it what a picture shows is to be left."""
    slot: SlotName | None = None
    """The place of the network that is attacked; without it the session's."""
    epsilons: tuple[float, ...] = ()
    """Accuracy against epsilon at these sizes. A picture that a smaller one flipped counts as flipped."""
    minimal: bool = False
    """The smallest epsilon for every picture, up to the largest of --epsilons, or four times the attack's own."""
    transfer: bool = False
    """Attack the network of every slot, and ask all of them about it."""
    output: Annotated[Path | None, tyro.conf.arg(aliases=["-o"])] = None
    """Write the attacked pictures into this folder; for a session's frame also the session with the attack in it."""
    format: Literal["npz", "png"] = "npz"
    """npz holds before, after and change exactly (H×W×3 float32, pixels in [0, 1]); png rounds to 8 bits."""


def list_kinds() -> None:
    """Print every kind of attack with its fields."""
    for kind, member in kinds(AttackMethod).items():
        write_line(f"{kind}: {member.title}. {first_paragraph(member.__doc__)}")
        for parameter in walk(member):
            write_line(f"  {parameter.path}={_default(parameter)}  {first_paragraph(parameter.doc)}")


def _default(parameter: Parameter) -> str:
    value = parameter.default
    return f"{value:g}" if isinstance(value, float) else str(value).lower() if isinstance(value, bool) else str(value)


def attack(options: AttackOptions, session: Session, engine: Engine, tell: Tell) -> None:
    """Do what the flags ask for and write what came of it. Raises InputError that names the flag, field or file."""
    session = configured(options, session)
    _check(options, session.attack.method)
    from perturber.engine.batch.attack_run import AttackRun
    from perturber.engine.batch.photo_inputs import PhotoInputs
    from perturber.engine.batch.provenance import provenance

    photos = None
    if options.photos:
        photos = PhotoInputs(session, options.photos, engine.renderer.open_photo, strict=options.strict)
        photos.check()

    def inputs() -> Inputs:
        name = Path(session.scene.photo.file.path).name if session.scene.photo else "frame"
        return photos if photos is not None else [(name, session)]

    run = AttackRun(engine, session)
    if options.transfer:
        found = sheet.transferred(_carried(engine, session, inputs, tell))
    elif options.epsilons or options.minimal:
        found = _searched(options, run, inputs(), tell)
    else:
        found = sheet.succeeded(list(_attacked(options, run, inputs(), tell)))
    slots = () if options.transfer else (session.attack.slot,)
    skipped = [] if photos is None else list(photos.skipped)
    result = sheet.about(run) | found | {"skipped": skipped, "run": provenance(engine, session, slots)}
    if photos is not None and photos.notice:
        tell(photos.notice)
    if options.json:
        write_json(result, ascii_only=True)
    else:
        write_lines(sheet.lines(result))


def configured(options: AttackOptions, session: Session) -> Session:
    """The session with the attack that the flags describe. Raises InputError that names the flag."""
    method: AttackMethod = session.attack.method
    known = kinds(AttackMethod)
    if options.kind and options.kind not in known:
        raise InputError("--kind", f"there is no attack {options.kind!r}", "one of " + ", ".join(known))
    if options.kind and options.kind != kind_of(type(method)):
        method = known[options.kind]()
    for flag, name, value in _typed(options):
        method = _with_field(method, flag, name, value)
    slot = options.slot or session.attack.slot
    attack = session.attack.model_copy(
        update={"method": method, "slot": slot, "target": options.target or session.attack.target, "taken": 0}
    )
    return session.model_copy(update={"attack": attack})


def _typed(options: AttackOptions) -> Iterator[tuple[str, str, Any]]:
    """Flag, field and value of everything that was typed about the method."""
    for name in ("norm", "epsilon", "steps"):
        value = getattr(options, name)
        if value is not None:
            yield f"--{name}", name, value
    for text in options.field:
        name, equals, value = text.partition("=")
        if not equals:
            raise InputError("--field", f"{text!r} holds no =", "NAME=VALUE")
        yield f"--field {name}", name, value


def _with_field(method: AttackMethod, flag: str, name: str, value: Any) -> AttackMethod:
    fields = [field for field in type(method).model_fields if field != "kind"]
    if name not in fields:
        raise InputError(flag, f"{kind_of(type(method))} has no field {name!r}", "one of " + ", ".join(fields))
    try:
        return type(method).model_validate({**method.model_dump(), name: value})
    except ValidationError as error:
        raise InputError(flag, explain(error).problem) from None


def _check(options: AttackOptions, method: AttackMethod) -> None:
    """Raises InputError that names the flag when flags contradict each other or the attack."""
    searching = bool(options.epsilons) or options.minimal
    if options.transfer and searching:
        raise InputError("--transfer", "it goes with neither --epsilons nor --minimal", "one of them at a time")
    if options.transfer and options.model:
        raise InputError("--transfer", "--model leaves only one network", "the networks of a session's slots")
    if options.output and (options.transfer or searching):
        raise InputError("-o", "it takes the pictures of one attack", "neither --transfer, --epsilons nor --minimal")
    if method.masked and options.photos:
        raise InputError("--kind", "a photo has no object", "a 3D scene, without --photos")
    bad = next((epsilon for epsilon in options.epsilons if not 0 < epsilon <= 1000), None)
    if bad is not None:
        raise InputError("--epsilons", f"{bad:g} is out of range", "more than 0, at most 1000")
    flag = "--epsilons" if options.epsilons else "--minimal"
    if searching and method.ball is None:
        raise InputError(flag, f"{kind_of(type(method))} has no epsilon", "an attack inside a ball, such as pgd")
    if searching and method.is_universal:
        raise InputError(flag, "a universal change is not found for single pictures", "universal=false")


def _attacked(options: AttackOptions, run: AttackRun, inputs: Inputs, tell: Tell) -> Iterator[AttackRow]:
    """The rows of all pictures; writes the pictures where they are wanted."""
    folder = None if options.output is None else AttackedPictureFolder(options.output, options.format)
    done = still = fooled = 0
    for batch in run.batches(inputs):
        attacked = run.attacked(batch)
        if folder:
            folder.write(attacked)
            if options.format == "png":
                still += run.rounded(attacked)
            if not options.photos:
                folder.keep(run.session, attacked.rows[0].steps)
        done, fooled = done + len(attacked.rows), fooled + sum(row.fooled for row in attacked.rows)
        tell(f"attacked so far: {done}")
        yield from attacked.rows
    if folder and options.format == "png":
        tell(f"png rounds to 8 bits: {still} of {fooled} successes are left then; --format npz keeps what was attacked")


def _searched(options: AttackOptions, run: AttackRun, inputs: Inputs, tell: Tell) -> dict[str, Any]:
    """The curve and the minimal epsilons."""
    from perturber.methods.strength.strength_search import doublings

    ball = run.method.ball
    own = 0.0 if ball is None else ball.epsilon
    sizes = options.epsilons or doublings(WIDER * own, 8)
    if not own and not options.epsilons:
        raise InputError("--epsilon", "it is 0, so there is no attack to measure", "more than 0")
    precision = PRECISION if options.minimal else None
    searched = []
    for batch in run.batches(inputs):
        search = run.searched(batch, sizes, precision)
        searched.append((batch, search))
        tell(f"attacked so far: {sum(len(b.labels) for b, _ in searched)}")
    found = sheet.curve(searched) if options.epsilons else {}
    return found | (sheet.minimal(searched) if options.minimal else {})


def _carried(engine: Engine, session: Session, inputs: Callable[[], Inputs], tell: Tell) -> Iterator[Carried]:
    from perturber.engine.batch.attack_run import carried

    for cell in carried(engine, session, inputs):
        tell(f"attacked {cell.attacked}")
        yield cell


def _savez(arrays: Mapping[str, Any], part: Path) -> None:
    import numpy as np

    np.savez_compressed(part, **arrays)


class AttackedPictureFolder:
    """The folder that attacked pictures are written into."""

    def __init__(self, folder: Path, suffix: str) -> None:
        self._folder, self._suffix = folder, suffix
        self._names: set[str] = set()

    def write(self, attacked: AttackedBatch) -> None:
        """One file for each picture of a batch. Raises InputError when that fails."""
        from perturber.engine.batch.export import write_picture
        from perturber.engine.frame.attacker import rounded

        for number, row in enumerate(attacked.rows):
            file = self._file(row.label.picture)
            if self._suffix == "png":
                write_picture(rounded(attacked.after[[number]]), file)
                continue
            before, after = (part[number].permute(1, 2, 0).cpu().numpy() for part in (attacked.before, attacked.after))
            arrays = {"before": before, "after": after, "change": after - before}
            write_whole(file, partial(_savez, arrays), make_folder=True)

    def keep(self, session: Session, steps: int) -> None:
        """The session with the attack in it. Raises InputError when it cannot be written, or took too many steps."""
        if steps > MOST:
            raise InputError("-o", f"a session holds at most {MOST} steps, this attack took {steps}", "fewer steps")
        attack = session.attack.model_copy(update={"taken": steps})
        save(session.model_copy(update={"attack": attack}), self._folder / "session.json")

    def _file(self, picture: str) -> Path:
        """Named as the picture, in full where another one has its name."""
        name = Path(picture).stem
        name = picture if name in self._names else name
        self._names.add(name)
        return self._folder / f"{name}.{self._suffix}"


def run(options: AttackOptions, call: SessionCall) -> None:
    """List the kinds, or attack."""
    if options.kind == LIST:
        list_kinds()
        return
    session = call.session_with(options)
    with call.engine() as engine:
        attack(options, session, engine, call.tell)


COMMAND = SessionCommand(AttackOptions, run)

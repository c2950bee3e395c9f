"""``perturber attack``: attack a session's frame or a folder of photos, and report the results."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import tyro
from pydantic import ValidationError

from perturber.cli.command import SessionCall, SessionCommand
from perturber.cli.methods import attack_sheet as sheet
from perturber.cli.options import ATTACK_STEPS, JsonOption, ModelOptions, PhotosOptions
from perturber.cli.output import first_paragraph, write_json, write_line, write_lines
from perturber.cli.trust import save_own
from perturber.core.errors import InputError
from perturber.core.evaluation import SIZE
from perturber.core.parameters.parameter import Parameter, explain, walk
from perturber.core.parameters.plugin import kind_of, kinds
from perturber.core.session.attack import MOST, AttackMethod
from perturber.core.session.session import Session
from perturber.core.session.slot_name import SlotName
from perturber.core.storage.files import write_whole

if TYPE_CHECKING:
    from perturber.engine.batch.attack_run import AttackedBatch, AttackRow, AttackRun, Carried, Inputs
    from perturber.engine.frame.engine import Engine

Tell = Callable[[str], None]
LIST = "list"
PRECISION = 0.05
"""Relative precision of a minimal epsilon."""
WIDER = 4
"""Upper limit of the search for a minimal epsilon, in multiples of the method's own."""


@dataclass(frozen=True)
class AttackOptions(JsonOption, ModelOptions, PhotosOptions):
    """Attack a session's frame or a folder of photos, and report success rate, size of the change and time.

    An attack succeeds when it changes a picture so that its class is no longer the network's top class (with
    --target: so that the target is). Only pictures that are classified correctly without an attack are attacked and
    counted. A picture's class is the WordNet id at the beginning of its file or folder name, if the network has that
    class; otherwise it is the network's own top class. --kind list prints all attacks.

    JSON: {model, slot, attack: {kind, …}, target, pictures, named, correct, already} (``already`` counts pictures
    classified as the target without an attack) and, depending on the flags: {n,
    fooled, success, l2, linf, l0: {q1, median, q3} over successful attacks, queries and seconds per picture,
    rows: [{picture, wnid, named, before, after, fooled, l2, linf, l0}]}; {curve: [{epsilon, n, fooled, accuracy}]};
    {minimal: {n, found, q1, median, q3, rows: [{picture, wnid, epsilon}]}}, epsilon null where none was found;
    {transfer: [{attacked, judging, n, fooled, success}]}. Shares are 0 to 1, null if there are no pictures; each
    has its 95 % Wilson interval in ``interval``. ``zero_gradient`` {rate, count, n, interval} counts the pictures on
    which every gradient was zero: a gradient attack cannot change them. ``skipped`` lists the pictures left out,
    ``run`` describes the run: {perturber, torch, seed, device, precision, weights: {slot: sha256}}.
    """

    kind: str = ""
    """Kind of attack, such as pgd; default: the session's. list prints all kinds and their fields."""
    norm: Literal["l2", "linf"] | None = None
    """Norm that measures the change, for kinds with a norm ball."""
    epsilon: float | None = None
    """Radius of the norm ball, for pixels in [0, 1]."""
    steps: Annotated[int | None, ATTACK_STEPS] = None
    field: tyro.conf.UseAppendAction[tuple[str, ...]] = ()
    """Any other field of the kind as NAME=VALUE, such as random_start=true; can be given several times."""
    target: str = ""
    """Target class: WordNet id, name or number. Untargeted: move away from each picture's class."""
    slot: SlotName | None = None
    """Slot of the network to attack; default: the session's."""
    epsilons: tuple[float, ...] = ()
    """Measure accuracy at these epsilons. A success at one epsilon counts at all larger ones."""
    minimal: bool = False
    """Find each picture's smallest successful epsilon, up to the largest of --epsilons or four times the attack's."""
    transfer: bool = False
    """Attack the network of each slot, and evaluate the attacked pictures on all of them."""
    output: Annotated[Path | None, tyro.conf.arg(aliases=["-o"])] = None
    """Folder for the attacked pictures, and for the session with the attack if its frame is attacked."""
    format: Literal["npz", "png"] = "npz"
    """npz stores before, after and change exactly (H×W×3 float32, pixels in [0, 1]); png rounds to 8 bits."""


def list_kinds() -> None:
    """Print each kind of attack with its fields and defaults."""
    for kind, member in kinds(AttackMethod).items():
        write_line(f"{kind}: {member.title}. {first_paragraph(member.__doc__)}")
        for parameter in walk(member):
            write_line(f"  {parameter.path}={_default(parameter)}  {first_paragraph(parameter.doc)}")


def _default(parameter: Parameter) -> str:
    value = parameter.default
    return f"{value:g}" if isinstance(value, float) else str(value).lower() if isinstance(value, bool) else str(value)


def attack(options: AttackOptions, session: Session, engine: Engine, tell: Tell) -> None:
    """Run the requested attacks and print the results. Raises InputError that names the flag, field or file."""
    session = configure(options, session)
    _check(options, session.attack.method)
    for warning in _warn(options, session.attack.method):
        tell(warning)
    from perturber.engine.batch.attack_run import AttackRun
    from perturber.engine.batch.provenance import provenance

    photos = options.inputs(session, engine)

    def inputs() -> Inputs:
        name = Path(session.scene.photo.file.path).name if session.scene.photo else "frame"
        return photos if photos is not None else [(name, session)]

    run = AttackRun(engine, session)
    if options.transfer:
        found = sheet.summarize_transfer(_transfer(engine, session, inputs, tell))
    elif options.epsilons or options.minimal:
        found = _search_strengths(options, run, inputs(), tell)
    else:
        found = sheet.summarize_rows(list(_attack_all(options, run, inputs(), tell)))
    slots = () if options.transfer else (session.attack.slot,)
    skipped = [] if photos is None else list(photos.skipped)
    result = sheet.about(run) | found | {"skipped": skipped, "run": provenance(engine, session, slots)}
    for notice in (*sheet.notices(result), "" if photos is None else photos.notice):
        if notice:
            tell(notice)
    if options.json:
        write_json(result, ascii_only=True)
    else:
        write_lines(sheet.lines(result))


def configure(options: AttackOptions, session: Session) -> Session:
    """Return the session with the attack given by the flags. Raises InputError that names the flag."""
    method: AttackMethod = session.attack.method
    known = kinds(AttackMethod)
    if options.kind and options.kind not in known:
        raise InputError("--kind", f"there is no attack {options.kind!r}", "one of " + ", ".join(known))
    if options.kind and options.kind != kind_of(type(method)):
        method = known[options.kind]()
    for flag, name, value in _given_fields(options):
        method = _with_field(method, flag, name, value)
    slot = options.slot or session.attack.slot
    attack = session.attack.model_copy(
        update={"method": method, "slot": slot, "target": options.target or session.attack.target, "taken": 0}
    )
    return session.model_copy(update={"attack": attack})


def _given_fields(options: AttackOptions) -> Iterator[tuple[str, str, Any]]:
    """Yield flag, field and value of every method field given on the command line."""
    for name in ("norm", "epsilon", "steps"):
        value = getattr(options, name)
        if value is not None:
            yield f"--{name}", name, value
    for text in options.field:
        name, equals, value = text.partition("=")
        if not equals:
            raise InputError("--field", f"{text!r} has no =", "NAME=VALUE")
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
    """Check that the flags fit each other and the attack. Raises InputError that names the flag."""
    searching = bool(options.epsilons) or options.minimal
    if options.transfer and searching:
        raise InputError("--transfer", "it cannot be combined with --epsilons or --minimal", "one of them at a time")
    if options.transfer and options.model:
        raise InputError("--transfer", "--model leaves only one network", "the models of a session")
    if options.output and (options.transfer or searching):
        raise InputError("-o", "only a single attack writes pictures", "no --transfer, --epsilons or --minimal")
    if method.masked and options.photos:
        raise InputError("--kind", "this attack needs an object, and photos have none", "a 3D scene, without --photos")
    bad = next((epsilon for epsilon in options.epsilons if not 0 < epsilon <= 1000), None)
    if bad is not None:
        raise InputError("--epsilons", f"{bad:g} is out of range", "more than 0, at most 1000")
    flag = "--epsilons" if options.epsilons else "--minimal"
    if searching and method.ball is None:
        raise InputError(flag, f"{kind_of(type(method))} has no epsilon", "an attack with a norm ball, such as pgd")
    if searching and method.is_universal:
        raise InputError(flag, "a universal change has no epsilon per picture", "universal=false")


def _warn(options: AttackOptions, method: AttackMethod) -> Iterator[str]:
    """Yield a warning for each epsilon in use that does not limit the change."""
    if method.ball is not None:
        balls = [replace(method.ball, epsilon=epsilon) for epsilon in options.epsilons] or [method.ball]
        yield from filter(None, (ball.warn(3 * SIZE**2) for ball in balls))


def _attack_all(options: AttackOptions, run: AttackRun, inputs: Inputs, tell: Tell) -> Iterator[AttackRow]:
    """Attack all pictures and yield their rows; write the attacked pictures if requested."""
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
        tell(f"png rounds to 8 bits: {still} of {fooled} successes survive; use --format npz for exact pictures")


def _search_strengths(options: AttackOptions, run: AttackRun, inputs: Inputs, tell: Tell) -> dict[str, Any]:
    """Compute the accuracy curve and the minimal epsilons, as requested."""
    from perturber.methods.strength.strength_search import doublings

    ball = run.method.ball
    own = 0.0 if ball is None else ball.epsilon
    sizes = options.epsilons or doublings(WIDER * own, 8)
    if not own and not options.epsilons:
        raise InputError("--epsilon", "it is 0, so there is nothing to measure", "more than 0")
    precision = PRECISION if options.minimal else None
    searched = []
    for batch in run.batches(inputs):
        search = run.searched(batch, sizes, precision)
        searched.append((batch, search))
        tell(f"attacked so far: {sum(len(b.labels) for b, _ in searched)}")
    found = sheet.zero_gradient(searched) | (sheet.curve(searched) if options.epsilons else {})
    return found | (sheet.minimal(searched) if options.minimal else {})


def _transfer(engine: Engine, session: Session, inputs: Callable[[], Inputs], tell: Tell) -> Iterator[Carried]:
    from perturber.engine.batch.attack_run import carried

    for cell in carried(engine, session, inputs):
        tell(f"attacked {cell.attacked}")
        yield cell


def _npz(arrays: Mapping[str, Any]) -> bytes:
    import numpy as np

    data = io.BytesIO()
    np.savez_compressed(data, **arrays)
    return data.getvalue()


class AttackedPictureFolder:
    """An output folder for attacked pictures."""

    def __init__(self, folder: Path, suffix: str) -> None:
        self._folder, self._suffix = folder, suffix
        self._names: set[str] = set()

    def write(self, attacked: AttackedBatch) -> None:
        """Write one file per picture of a batch. Raises InputError when that fails."""
        from perturber.engine.batch.export import write_picture
        from perturber.engine.frame.attacker import rounded

        for number, row in enumerate(attacked.rows):
            file = self._file(row.label.picture)
            if self._suffix == "png":
                write_picture(rounded(attacked.after[[number]]), file)
                continue
            before, after = (part[number].permute(1, 2, 0).cpu().numpy() for part in (attacked.before, attacked.after))
            arrays = {"before": before, "after": after, "change": after - before}
            write_whole(file, _npz(arrays), make_folder=True)

    def keep(self, session: Session, steps: int) -> None:
        """Save the session with the attack. Raises InputError if writing fails or the attack took too many steps."""
        if steps > MOST:
            raise InputError("-o", f"a session holds at most {MOST} steps, this attack took {steps}", "fewer steps")
        attack = session.attack.model_copy(update={"taken": steps})
        save_own(session.model_copy(update={"attack": attack}), self._folder / "session.json")

    def _file(self, picture: str) -> Path:
        """Return the file for a picture: its stem, or its full name if the stem is taken."""
        name = Path(picture).stem
        name = picture if name in self._names else name
        self._names.add(name)
        return self._folder / f"{name}.{self._suffix}"


def run(options: AttackOptions, call: SessionCall) -> None:
    """List the kinds of attack, or attack."""
    if options.kind == LIST:
        list_kinds()
        return
    session = call.session_with(options)
    with call.engine() as engine:
        attack(options, session, engine, call.tell)


COMMAND = SessionCommand(AttackOptions, run)

"""``perturber groups list|compute|make``: list and compute neuron groups."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tyro

from perturber import paths
from perturber.cli.command import PlainCommand, SessionCall, SessionCommand, SubcommandGroup, open_engine
from perturber.cli.options import DeviceOption, FamilyName, JsonOption, ModelOptions, PhotosOptions, SlotOption
from perturber.cli.output import Notices, notify, write_json, write_line
from perturber.cli.trust import load_accepted
from perturber.core.errors import InputError
from perturber.core.library.groups import Group, Kind, OwnGroups, Query
from perturber.core.session.models import ArchitectureModel, ModelRef
from perturber.core.session.scene import Photo
from perturber.core.session.session import Session
from perturber.core.session.unit_ref import check_layer
from perturber.core.storage.files import FileRef
from perturber.core.storage.picture_walk import PictureWalk
from perturber.nets.families.family import Family, families, family
from perturber.nets.families.shipped_groups import ORIGINAL, shipped, write_family_groups

if TYPE_CHECKING:
    from perturber.nets.architectures.network import Network

Tell = Callable[[str], None]
PER_CLASS = 12
"""Pictures per class from which the shipped groups are computed."""
SEED = 303
RENDERED = "rendered pictures of each class, the studio's test objects before places that are not their usual ones"


@dataclass(frozen=True)
class ListGroups(JsonOption, ModelOptions, SlotOption):
    """List the groups shipped for a model, and those saved for its architecture.

    JSON: a list of {layer, name, source, units, scores, wnid}.
    """


@dataclass(frozen=True)
class ComputeGroups(JsonOption, ModelOptions, SlotOption, PhotosOptions):
    """Compute groups of important units: most active, relevant for a class, most changed, most different.

    JSON: a list of {layer, name, wnid, units, scores}.
    """

    kind: Kind = "active"
    """active: highest mean activation; class: activation x gradient of a class's logit, over nine views of the object
    or --photos; carrying: the same on this frame only, for --class or the top class; changed: between the session and
    --before; different: between --slot and --other on the same frame."""
    cls: Annotated[str, tyro.conf.arg(name="class")] = ""
    """Class for --kind class or carrying: a WordNet id such as n02106662, a name or a number."""
    photos: Path | None = None
    """Folder of pictures for --kind class, with its subfolders, instead of views of the session's object."""
    before: Path | None = None
    """Session file to compare with, for --kind changed; default: the default session."""
    top: int = 8
    """Number of units per layer, 1 to 64."""
    other: str = "slot2"
    """Slot to compare with, for --kind different."""


@dataclass(frozen=True)
class MakeGroups(DeviceOption):
    """Compute the class-relevant groups to ship with a family: models/FAMILY/groups.json."""

    family: FamilyName
    images: Path | None = None
    """Folder of pictures in ImageNet's layout (folders named by WordNet id), instead of rendered studio pictures."""
    per_class: int = PER_CLASS
    """Pictures per class, 1 to 1000."""


def list_groups(options: ListGroups, call: SessionCall) -> None:
    """Print the groups of one layer, or of all."""
    model, layer = _model(options, call.session), call.common.layer
    key, taps = _layers(model)
    if layer is not None:
        check_layer(layer, taps, "--layer", key)
    own = OwnGroups(paths.own_groups())
    known = families()
    rows: list[dict[str, Any]] = []
    for tap in taps if layer is None else (layer,):
        source = "circuits" if key == ORIGINAL else "family"
        rows += [_row(tap, group, source) for group in shipped(model, key, tap, known)]
        rows += [_row(tap, group, "own") for group in own.of(key, tap)]
    if own.message:
        notify(own.message)
    _write(rows, options.json)
    if not rows and not options.json:
        write_line(f"There are no groups for {key}. Run 'perturber groups compute' to compute some.")


def compute_groups(options: ComputeGroups, call: SessionCall) -> None:
    """Compute groups of one layer, or of all, and print them."""
    session, layer = call.session_with(options), call.common.layer
    if not 1 <= options.top <= 64:
        raise InputError("--top", f"{options.top} is out of range", "1 to 64")
    if options.kind == "class" and not options.cls:
        raise InputError("--class", "it is missing", "a WordNet id such as n02106662")
    with call.engine() as engine:
        from perturber.engine.jobs.unit_groups import compute, finish, network_of

        network = network_of(engine, session, options.slot)
        query = Query(
            kind=options.kind,
            slot=options.slot,
            other=options.other,
            wnid=options.cls,
            layers=network.taps if layer is None else (layer,),
            top=options.top,
            photos=str(options.photos) if options.photos is not None else "",
        )
        before = Session(models=session.models)
        if options.before is not None:
            before = load_accepted(options.before, call.common.trust)
        groups = finish(compute(engine, session, query, before), partial(_notice, options, call.tell))
    _write([_row(tap, group, "computed") for tap, group in groups.items()], options.json)


def _notice(options: ComputeGroups, tell: Tell, notice: str) -> None:
    options.check_skipped([notice])
    tell(notice)


def make_groups(options: MakeGroups) -> None:
    """Compute a family's groups and write them."""
    found = family(options.family)
    if not 1 <= options.per_class <= 1000:
        raise InputError("--per-class", f"{options.per_class} is out of range", "1 to 1000")
    if options.images is not None:
        pictures, seen = _folder_pictures(found, options), f"up to {options.per_class} pictures of each class"
    else:
        pictures, seen = (
            studio_pictures(found, options.per_class, paths.cache() / "training" / "data" / "stock"),
            f"{options.per_class} {RENDERED} (seed {SEED})",
        )
    with open_engine(options.device) as engine:
        from perturber.engine.jobs.unit_groups import family_groups

        groups = family_groups(engine, found, pictures, seen, Notices())
    file = write_family_groups(found, groups)
    write_line(file)


def _model(options: ListGroups, session: Session) -> ModelRef:
    named = options.reference()
    if named is not None:
        return named
    slots = dict(session.models.items())
    if options.slot not in slots:
        raise InputError("--slot", f"there is no slot {options.slot!r}", "one of " + ", ".join(slots))
    return slots[options.slot].model


def _layers(model: ModelRef) -> tuple[str, tuple[str, ...]]:
    """Return key and taps of a model; without weights, those of the published architecture."""
    if isinstance(model, ArchitectureModel) and model.weights is None:
        from perturber.nets.architectures.architecture import create

        architecture = create(model.name, hollow=True)
        return architecture.key, architecture.taps
    import torch

    from perturber.nets.open_model import open_model

    network: Network = open_model(model, torch.device("cpu"))
    for notice in network.notices:
        notify(notice)
    return network.key, network.taps


def _row(layer: str, group: Group, source: str) -> dict[str, Any]:
    units, scores = list(group.units), list(group.scores)
    return {
        "layer": layer,
        "name": group.name,
        "source": source,
        "wnid": group.wnid,
        "units": units,
        "scores": scores,
    }


def _write(rows: Sequence[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        write_json(rows)
        return
    by_layer: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        by_layer[row["layer"]].append(row)
    for layer, found in by_layer.items():
        write_line(f"{layer}: {len(found)} group{'s' * (len(found) != 1)}")
        for row in found:
            write_line(f"  {row['name']} ({len(row['units'])}, {row['source']}): {_units(row)}")


def _units(row: dict[str, Any]) -> str:
    scores = [f" {score:.3g}" for score in row["scores"]] or [""] * len(row["units"])
    return ", ".join(f"{unit}{score}" for unit, score in zip(row["units"], scores, strict=True))


def studio_pictures(found: Family, count: int, stock: Path) -> dict[str, list[Session]]:
    """Return rendered pictures of every class: the studio's test objects in unusual places.

    In their usual places, the groups would contain units for the background. Files are created in the
    folder ``stock``. Raises InputError for a class that the studio does not have.
    """
    from perturber.training.studio.kinds import KINDS
    from perturber.training.studio.sample import RUN, Pictures, Sampler
    from perturber.training.studio.stock import Stock

    order = {kind.wnid: number for number, kind in enumerate(KINDS)}
    for wnid, name in found.classes:
        if wnid not in order:
            raise InputError(found.name, f"the studio has no pictures of {wnid} {name}", "--images DIR with pictures")
    runs = -(-count // RUN)
    described = Pictures(count=runs * len(KINDS) * RUN, style="plain", split="test", seed=SEED, bias=0.0)
    sampler = Sampler(described, Stock(stock))

    def sessions(target: int) -> Iterator[Session]:
        for number in range(count):
            start = (number // RUN * len(KINDS) + target) * RUN
            yield sampler.sample(start + number % RUN).session

    return {wnid: list(sessions(order[wnid])) for wnid, _ in found.classes}


def _folder_pictures(found: Family, options: MakeGroups) -> dict[str, list[Session]]:
    """Return the first pictures of every class's folder. Raises InputError for a class without any."""
    assert options.images is not None

    def photos(files: Iterable[Path]) -> list[Session]:
        return [Session.model_validate({"scene": {"photo": Photo(file=FileRef(path=str(file)))}}) for file in files]

    pictures = {}
    for wnid, name in found.classes:
        folder = options.images / wnid
        try:
            files = PictureWalk(folder).found().files
        except InputError as error:
            problem = f"there are no pictures of {name} ({error.problem})"
            raise InputError(str(folder), problem, "a folder of pictures for every class") from None
        pictures[wnid] = photos(files[: options.per_class])
    return pictures


COMMAND = SubcommandGroup(
    {
        "list": SessionCommand(ListGroups, list_groups),
        "compute": SessionCommand(ComputeGroups, compute_groups),
        "make": PlainCommand(MakeGroups, make_groups),
    }
)

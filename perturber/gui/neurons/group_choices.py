"""The groups of units on offer: shipped, computed on demand, and user-defined."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from perturber.core.evaluation import Prediction, SlotResult
from perturber.core.library.groups import Group, Query
from perturber.core.session.models import FamilyModel, ModelRef
from perturber.core.session.picture import clean
from perturber.core.session.session import Session
from perturber.gui.base.documents import reset_scene
from perturber.gui.models.slot_head import title_of
from perturber.nets.families.family import Family
from perturber.nets.families.shipped_groups import ORIGINAL, shipped, title
from perturber.nets.lookup.labels import imagenet

MOST = 8
"""Maximum number of units shown at once."""
FOUND = 30
"""Maximum number of classes added by a search."""
CIRCUITS = "Circuits (Olah et al., Distill 2020)"
CLASSES = "Relevant for a Class"
FRAME = "On This Frame"
OWN = "Your Groups"
SECTIONS = (CIRCUITS, CLASSES, FRAME, OWN)
VIEWS = "Computed from nine views of the object: activation × gradient of the class's logit"
PHOTOS = "Computed from the pictures in {}: activation × gradient of the class's logit"
ACTIVE = "Units with the highest mean activation"
CARRYING = "Units with the highest activation × gradient of the top class's logit"
CHANGED = "Units with the largest mean |difference| of their maps from "
DIFFERENT = "Units whose maps, divided by the layer's σ, differ most"


@dataclass(frozen=True)
class GroupEntry:
    """One entry of the list: a known group, or a query for the engine."""

    section: str
    label: str
    tip: str = ""
    group: Group | None = None
    query: Query | None = None
    before: Session | None = None
    own: bool = False

    @property
    def text(self) -> str:
        """The label, followed by the number of units if known."""
        return self.label if self.group is None else f"{self.label}  ·  {len(self.group.units)}"


@dataclass(frozen=True)
class ShownLayer:
    """The layer, in one slot's network, for which groups are listed."""

    slot: str
    layer: str
    channels: int
    key: str
    model: ModelRef
    top: tuple[Prediction, ...] = ()
    others: tuple[str, ...] = ()
    """The other slots, to compare with."""
    photos: str = ""
    """The folder of pictures for class-relevant units; empty means views of the object."""

    @classmethod
    def of(cls, result: SlotResult, session: Session, photos: str = "") -> ShownLayer | None:
        """Return the layer that a slot shows, or None if it has none."""
        models = dict(session.models.items())
        if not result.layer or result.slot not in models:
            return None
        others = tuple(name for name in models if name != result.slot)
        model = models[result.slot].model
        return cls(result.slot, result.layer, result.channels, result.architecture, model, result.top, others, photos)


def describe_units(group: Group) -> str:
    """Describe a group: its size, and the first units with their scores."""
    count = len(group.units)
    scores = [f" ({score:.3g})" for score in group.scores] or [""] * count
    shown = ", ".join(f"{unit}{score}" for unit, score in list(zip(group.units, scores, strict=True))[:MOST])
    many = f"{count} units, first {MOST} shown" if count > MOST else f"{count} unit" + "s" * (count != 1)
    return f"{many}: {shown}"


def list_groups(
    shown: ShownLayer, session: Session, kept: Session | None, families: Mapping[str, Family], own: Iterable[Group]
) -> list[GroupEntry]:
    """List all groups of a layer, in order. Raises InputError if a file of groups cannot be read."""
    ready = shipped(shown.model, shown.key, shown.layer, dict(families))
    section = CIRCUITS if shown.key == ORIGINAL else CLASSES
    if shown.photos and section == CLASSES:
        ready = ()  # the shipped groups were computed from other pictures
    found = [GroupEntry(section, title(g.name, shown.layer), describe_units(g), g) for g in ready]
    found += _classes(shown, families, {g.wnid for g in ready if g.wnid})
    found += _frame(shown, session, kept)
    return found + [GroupEntry(OWN, g.name, describe_units(g), g, own=True) for g in own]


def _query(shown: ShownLayer, **fields: str) -> Query:
    return Query.model_validate({"slot": shown.slot, "layers": (shown.layer,), **fields})


def _classes(shown: ShownLayer, families: Mapping[str, Family], ready: set[str]) -> list[GroupEntry]:
    """List the classes without a shipped group: all of a family, or the top classes of another network."""
    family = families.get(shown.model.family) if isinstance(shown.model, FamilyModel) else None
    known = family.classes if family is not None else [(p.wnid, p.name) for p in shown.top]
    return [make_class_entry(shown, wnid, name) for wnid, name in known if wnid and wnid not in ready]


def make_class_entry(shown: ShownLayer, wnid: str, name: str) -> GroupEntry:
    """Return the entry that computes the units relevant for a class."""
    tip = f"{wnid}. {PHOTOS.format(Path(shown.photos).name) if shown.photos else VIEWS}"
    return GroupEntry(CLASSES, name, tip, query=_query(shown, kind="class", wnid=wnid, photos=shown.photos))


def find_classes(shown: ShownLayer, text: str, there: Iterable[GroupEntry]) -> list[GroupEntry]:
    """Find further ImageNet classes that match a search text; none for a family's models."""
    if isinstance(shown.model, FamilyModel) or not text:
        return []
    listed = {entry.query.wnid for entry in there if entry.query is not None}
    labels = imagenet()
    pairs = [(w, n) for w, n in zip(labels.wnids, labels.names, strict=True) if w not in listed]
    return [make_class_entry(shown, w, n) for w, n in pairs if text in n.lower() or text in w][:FOUND]


def _frame(shown: ShownLayer, session: Session, kept: Session | None) -> list[GroupEntry]:
    changed = _query(shown, kind="changed")
    found = [
        GroupEntry(FRAME, "Most Active", ACTIVE, query=_query(shown, kind="active")),
        GroupEntry(FRAME, "Supporting the Top Class", CARRYING, query=_query(shown, kind="carrying")),
        GroupEntry(
            FRAME,
            "Most Changed from Default",
            CHANGED + "the default scene",
            query=changed,
            before=reset_scene(session),
        ),
    ]
    if session.attack.taken:
        found.append(make_attack_entry(shown, session))
    if kept is not None:
        found.append(
            GroupEntry(FRAME, "Most Changed since Reference", CHANGED + "the reference", query=changed, before=kept)
        )
    for other in shown.others:
        query = _query(shown, kind="different", other=other)
        found.append(GroupEntry(FRAME, f"Most Different from {title_of(other)}", DIFFERENT, query=query))
    return found


def make_attack_entry(shown: ShownLayer, session: Session) -> GroupEntry:
    """Return the entry for the units that the attack changed most."""
    tip, query = CHANGED + "the clean frame", _query(shown, kind="changed")
    return GroupEntry(FRAME, "Most Changed by the Attack", tip, query=query, before=clean(session))

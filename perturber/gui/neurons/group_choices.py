"""Which groups of units can be chosen: those that ship, those to be computed, and the person's own."""

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
"""Units that are shown at once."""
FOUND = 30
"""Classes that a search adds."""
CIRCUITS = "Circuits (Olah et al., Distill 2020)"
CLASSES = "Relevant for a Class"
FRAME = "On This Frame"
OWN = "Yours"
SECTIONS = (CIRCUITS, CLASSES, FRAME, OWN)
VIEWS = "Computed from nine views of the object: activation × gradient of the class's logit"
PHOTOS = "Computed from the pictures in {}: activation × gradient of the class's logit"
ACTIVE = "The units with the highest mean activation on this frame"
CARRYING = "The units with the highest activation × gradient of the leading class's logit on this frame"
CHANGED = "The units whose maps differ most (mean |difference|) between this session and "
DIFFERENT = "The units whose maps, each divided by its layer's σ, differ most on this frame"


@dataclass(frozen=True)
class GroupEntry:
    """One group that can be chosen: known already, or a query for the engine."""

    section: str
    label: str
    tip: str = ""
    group: Group | None = None
    query: Query | None = None
    before: Session | None = None
    own: bool = False

    @property
    def text(self) -> str:
        """The label, with the number of units where it is known."""
        return self.label if self.group is None else f"{self.label}  ·  {len(self.group.units)}"


@dataclass(frozen=True)
class ShownLayer:
    """The layer of one slot's network that groups are offered for."""

    slot: str
    layer: str
    channels: int
    key: str
    model: ModelRef
    top: tuple[Prediction, ...] = ()
    others: tuple[str, ...] = ()
    """The other slots, for comparisons."""
    photos: str = ""
    """The folder of pictures that class-relevant units come from; empty means views of the object."""

    @classmethod
    def of(cls, result: SlotResult, session: Session, photos: str = "") -> ShownLayer | None:
        """What a slot shows; None while it has no layers to show."""
        models = dict(session.models.items())
        if not result.layer or result.slot not in models:
            return None
        others = tuple(name for name in models if name != result.slot)
        model = models[result.slot].model
        return cls(result.slot, result.layer, result.channels, result.architecture, model, result.top, others, photos)


def numbers(group: Group) -> str:
    """The units of a group for people: which of how many are shown, with their scores."""
    count = len(group.units)
    scores = [f" ({score:.3g})" for score in group.scores] or [""] * count
    shown = ", ".join(f"{unit}{score}" for unit, score in list(zip(group.units, scores, strict=True))[:MOST])
    many = f"{count} units, shown are the first {MOST}" if count > MOST else f"{count} unit" + "s" * (count != 1)
    return f"{many}: {shown}"


def entries(
    shown: ShownLayer, session: Session, kept: Session | None, families: Mapping[str, Family], own: Iterable[Group]
) -> list[GroupEntry]:
    """Everything there is for a layer, in order. Raises InputError for a file of groups that cannot be read."""
    ready = shipped(shown.model, shown.key, shown.layer, dict(families))
    section = CIRCUITS if shown.key == ORIGINAL else CLASSES
    if shown.photos and section == CLASSES:
        ready = ()  # asked for from other pictures than the ones that ship were made from
    found = [GroupEntry(section, title(g.name, shown.layer), numbers(g), g) for g in ready]
    found += _classes(shown, families, {g.wnid for g in ready if g.wnid})
    found += _frame(shown, session, kept)
    return found + [GroupEntry(OWN, g.name, numbers(g), g, own=True) for g in own]


def _query(shown: ShownLayer, **fields: str) -> Query:
    return Query.model_validate({"slot": shown.slot, "layers": (shown.layer,), **fields})


def _classes(shown: ShownLayer, families: Mapping[str, Family], ready: set[str]) -> list[GroupEntry]:
    """The classes of a family without a group that ships; of other networks the leading ones."""
    family = families.get(shown.model.family) if isinstance(shown.model, FamilyModel) else None
    known = family.classes if family is not None else [(p.wnid, p.name) for p in shown.top]
    return [class_entry(shown, wnid, name) for wnid, name in known if wnid and wnid not in ready]


def class_entry(shown: ShownLayer, wnid: str, name: str) -> GroupEntry:
    """The units relevant for a class, to be computed."""
    tip = f"{wnid}. {PHOTOS.format(Path(shown.photos).name) if shown.photos else VIEWS}"
    return GroupEntry(CLASSES, name, tip, query=_query(shown, kind="class", wnid=wnid, photos=shown.photos))


def matching(shown: ShownLayer, text: str, there: Iterable[GroupEntry]) -> list[GroupEntry]:
    """Further classes of ImageNet that a search text names, for networks that may know them."""
    if isinstance(shown.model, FamilyModel) or not text:
        return []
    listed = {entry.query.wnid for entry in there if entry.query is not None}
    labels = imagenet()
    pairs = [(w, n) for w, n in zip(labels.wnids, labels.names, strict=True) if w not in listed]
    return [class_entry(shown, w, n) for w, n in pairs if text in n.lower() or text in w][:FOUND]


def _frame(shown: ShownLayer, session: Session, kept: Session | None) -> list[GroupEntry]:
    changed = _query(shown, kind="changed")
    found = [
        GroupEntry(FRAME, "Most Active", ACTIVE, query=_query(shown, kind="active")),
        GroupEntry(FRAME, "Carrying the Leading Class", CARRYING, query=_query(shown, kind="carrying")),
        GroupEntry(
            FRAME,
            "Most Changed from Default",
            CHANGED + "the one with all parameters at their defaults",
            query=changed,
            before=reset_scene(session),
        ),
    ]
    if session.attack.taken:
        found.append(attacked(shown, session))
    if kept is not None:
        found.append(
            GroupEntry(FRAME, "Most Changed since Reference", CHANGED + "the reference", query=changed, before=kept)
        )
    for other in shown.others:
        query = _query(shown, kind="different", other=other)
        found.append(GroupEntry(FRAME, f"Most Different from {title_of(other)}", DIFFERENT, query=query))
    return found


def attacked(shown: ShownLayer, session: Session) -> GroupEntry:
    """The units that the session's attack changed most."""
    tip, query = CHANGED + "the same one without its attack", _query(shown, kind="changed")
    return GroupEntry(FRAME, "Most Changed by the Attack", tip, query=query, before=clean(session))

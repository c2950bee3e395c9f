"""Find the units with the highest scores: for a class, on a frame, between two frames or two networks.

Works in steps of one picture, so that frames can be computed in between. The scores are defined in
`perturber.methods.units.scores`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path

import torch
from torch import Tensor

from perturber.core.errors import InputError
from perturber.core.jobs.job import Answer, FindUnits
from perturber.core.library.groups import Group, Query
from perturber.core.parameters.parameter import replace_all
from perturber.core.session.models import FamilyModel, ModelRef
from perturber.core.session.picture import clean
from perturber.core.session.session import Session
from perturber.engine.batch.export import Tell, ignore_notice
from perturber.engine.batch.photo_inputs import PhotoInputs
from perturber.engine.frame.engine import Engine
from perturber.engine.frame.observer import label_of
from perturber.engine.jobs.attack_job import missing_steps
from perturber.engine.jobs.workbench import Workbench
from perturber.methods.units.scores import activity, change, class_gradients, difference, highest, relevance
from perturber.nets.architectures.network import Network
from perturber.nets.families.family import Family
from perturber.nets.families.shipped_groups import FamilyGroups, VariantGroups
from perturber.nets.lookup.find import find_class, find_layer

YAWS, PITCHES = (-35.0, 0.0, 35.0), (0.0, -12.0, 12.0)
"""Camera offsets in degrees for a class's units: nine views of the session's object."""
DIGITS = 5
BATCH = 8
SHIPPED_UNITS = 8
"""Number of units in each shipped class-relevant group."""
NAMES = {"active": "Most Active", "changed": "Most Changed", "different": "Most Different"}
Scores = dict[str, Tensor]
"""C scores for each tap."""


def compute(engine: Engine, session: Session, query: Query, before: Session | None = None) -> Iterator[Answer]:
    """Find the groups of a query, yielding progress after each picture; the last answer holds the groups by layer.

    ``before`` is the session to compare with, for ``changed``. Raises InputError for an unknown slot, layer
    or class, for networks that cannot be compared, and if nothing changed.
    """
    network = network_of(engine, session, query.slot)
    layers = query.layers or (session.probe.layer,)
    _check_layers(network, layers)
    for _ in missing_steps(engine, session) if query.kind != "class" else ():
        yield Answer()
    name, wnid = NAMES.get(query.kind, ""), ""
    notices: tuple[str, ...] = ()
    scores: Scores = {}
    if query.kind == "class":
        output, name = _class(network, query.wnid)
        wnid = network.labels.wnids[output]
        seen = clean(session)
        photos = PhotoInputs(seen, Path(query.photos), engine.renderer.open_photo) if query.photos else None
        views = _views(seen) if photos is None else []
        frames = (_pixels(engine, picture) for picture in views or (picture for _, picture in photos or ()))
        total = len(views) if photos is None else len(photos)
        for found, done in _relevances(network, frames, output, layers):
            scores = found
            yield Answer(done, total)
        notices = (photos.notice,) if photos is not None and photos.notice else ()
    elif query.kind == "carrying":
        frame = _pixels(engine, session)
        output, label = _class(network, query.wnid) if query.wnid else _leading(network, frame)
        name, wnid = f"Supporting {label}", network.labels.wnids[output]
        ((scores, _),) = _relevances(network, [frame], output, layers)
    elif query.kind == "active":
        scores = {tap: activity(maps) for tap, maps in _maps(engine, session, network, layers).items()}
    elif query.kind == "changed":
        scores = _changes(engine, session, before, query.slot, layers)
    else:
        scores = _differences(engine, session, query, layers)
    yield Answer(1, 1, {tap: _group(name, values, query.top, wnid) for tap, values in scores.items()}, notices=notices)


def find_units(bench: Workbench, session: Session, job: FindUnits) -> Iterator[Answer]:
    """Find groups of units, as a job."""
    return compute(bench.engine, session, job.query, job.before)


def finish(answers: Iterable[Answer], tell: Tell = ignore_notice) -> dict[str, Group]:
    """Run a computation to its end and return the groups by layer; notices go to ``tell``."""
    last = Answer()
    for last in answers:
        for notice in last.notices:
            tell(notice)
    return dict(last.value or {})


def _group(name: str, scores: Tensor, count: int, wnid: str = "") -> Group:
    best = highest(scores, count)
    rounded = tuple(float(f"{score:.{DIGITS}g}") for _, score in best)
    return Group(name=name, units=tuple(unit for unit, _ in best), scores=rounded, wnid=wnid)


def _model(session: Session, slot: str) -> ModelRef:
    slots = dict(session.models.items())
    if slot not in slots:
        raise InputError("slot", f"there is no slot {slot!r}", "one of " + ", ".join(slots))
    return slots[slot].model


def network_of(engine: Engine, session: Session, slot: str) -> Network:
    """Return the network in a slot. Raises InputError for an unknown slot or a model that cannot be opened."""
    return engine.observer.network(_model(session, slot))


def _check_layers(network: Network, layers: Iterable[str]) -> None:
    for layer in layers:
        find_layer(network, layer)


def _class(network: Network, wanted: str) -> tuple[int, str]:
    """Return output number and name of a class, given its WordNet id or exact name."""
    output = find_class(network, wanted, "class")
    return output, network.labels.names[output]


def _leading(network: Network, pixels: Tensor) -> tuple[int, str]:
    """Return output number and name of the top class of a picture, 1×3×H×W."""
    with torch.inference_mode():
        output = int(network.logits(pixels)[0].argmax())
    return output, network.labels.names[output]


def _views(session: Session) -> list[Session]:
    """Return a session for each of nine views of the object; a photo session stays as it is."""
    if session.scene.photo is not None:
        return [session]
    camera = session.scene.camera
    turned = []
    for pitch, yaw in product(PITCHES, YAWS):
        tilt = max(-89.0, min(89.0, camera.pitch + pitch))
        turn = (camera.yaw + yaw + 180) % 360 - 180
        turned.append(replace_all(session, {"scene.camera.yaw": turn, "scene.camera.pitch": tilt}))
    return turned


def _pixels(engine: Engine, session: Session) -> Tensor:
    """Return the picture as the networks receive it, with the session's attack, 1×3×224×224."""
    frame = engine.frame(session)
    engine.enter("network")
    return frame


def _maps(engine: Engine, session: Session, network: Network, layers: Iterable[str]) -> dict[str, Tensor]:
    pixels, keep = _pixels(engine, session), tuple(layers)
    with torch.inference_mode():
        return network.run(pixels, upto=max(keep, key=network.taps.index), keep=keep).activations


def _relevances(
    network: Network, pictures: Iterable[Tensor], output: int, layers: tuple[str, ...]
) -> Iterator[tuple[Scores, int]]:
    """Yield the mean scores over the pictures so far, and their number. Each of ``pictures`` is N×3×H×W."""
    sums: Scores = {}
    done = 0
    for pixels in pictures:
        done += len(pixels)
        for tap, (maps, gradients) in class_gradients(network, pixels, output, layers).items():
            sums[tap] = sums.get(tap, torch.zeros(())) + len(pixels) * relevance(maps, gradients).cpu()
        yield {tap: total / done for tap, total in sums.items()}, done


def _changes(engine: Engine, now: Session, before: Session | None, slot: str, layers: tuple[str, ...]) -> Scores:
    if before is None:
        raise InputError("changed", "no session to compare with", "another session")
    _check_key(engine, _model(now, slot), _model(before, slot), "the two sessions")
    found = [_maps(engine, s, network_of(engine, s, slot), layers) for s in (now, before)]
    scores = {tap: change(found[0][tap], found[1][tap]) for tap in layers}
    if not any(bool(score.any()) for score in scores.values()):
        raise InputError("changed", "the activations in these layers are the same", "two different sessions")
    return scores


def _differences(engine: Engine, session: Session, query: Query, layers: tuple[str, ...]) -> Scores:
    first, second = _model(session, query.slot), _model(session, query.other)
    if first == second:
        raise InputError("different", f"{query.slot} and {query.other} hold the same model", "two different models")
    _check_key(engine, first, second, f"{query.slot} and {query.other}")
    one, two = (_maps(engine, session, network_of(engine, session, s), layers) for s in (query.slot, query.other))
    return {tap: difference(one[tap], two[tap]) for tap in layers}


def _check_key(engine: Engine, first: ModelRef, second: ModelRef, where: str) -> None:
    """Check that two models share one architecture, so that their units correspond. Raises InputError otherwise."""
    keys = [engine.observer.network(ref).key for ref in (first, second)]
    if keys[0] != keys[1]:
        problem = f"{where} hold different architectures ({keys[0]} and {keys[1]}), whose units do not correspond"
        raise InputError(label_of(second), problem, "two models of the same architecture")


def family_groups(
    engine: Engine, family: Family, pictures: Mapping[str, Sequence[Session]], seen: str, tell: Callable[[str], None]
) -> FamilyGroups:
    """Compute a family's class-relevant groups for each class, layer and variant, from the last checkpoints.

    ``pictures`` are sessions that show each class, by WordNet id; ``seen`` describes them in the recipe.
    """
    refs = {variant.name: FamilyModel(family=family.name, variant=variant.name) for variant in family.variants}
    networks = {name: engine.observer.network(ref) for name, ref in refs.items()}
    found: dict[str, dict[str, list[Group]]] = {name: {tap: [] for tap in n.taps} for name, n in networks.items()}
    for output, (wnid, label) in enumerate(family.classes):
        pixels = torch.cat([_pixels(engine, picture) for picture in pictures[wnid]])
        for name, network in networks.items():
            *_, (scores, _) = _relevances(network, torch.split(pixels, BATCH), output, network.taps)
            for tap, values in scores.items():
                found[name][tap].append(_group(label, values, SHIPPED_UNITS, wnid))
        tell(f"{output + 1} of {len(family.classes)}: {label}")
    variants = {
        v.name: VariantGroups(
            sha256=v.checkpoints[-1].sha256, layers={tap: tuple(groups) for tap, groups in found[v.name].items()}
        )
        for v in family.variants
    }
    recipe = (
        f"Activation × gradient of the class's logit, summed over positions, mean over {seen}; the {SHIPPED_UNITS} "
        f"highest units of each layer, by the last checkpoint of each variant."
    )
    return FamilyGroups(recipe=recipe, variants=variants)

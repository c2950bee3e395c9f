"""``perturber features``: feature images ahead of time, into the user's cache or into a family's atlases."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

from perturber.cli.command import PlainCommand
from perturber.cli.options import DeviceOption, FamilyName, ModelOptions
from perturber.cli.output import Notices, show_progress, write_line
from perturber.core.errors import InputError
from perturber.core.jobs.feature_spec import FOURIER, NAIVE, Feature
from perturber.core.jobs.job import FeatureRequest
from perturber.core.session.models import FamilyModel, ModelRef
from perturber.core.session.unit_ref import check_unit, parse_units
from perturber.nets.families.family import Family, family
from perturber.nets.families.feature_store import atlas_file, write_atlas
from perturber.nets.families.shipped_groups import class_groups, read_family_groups
from perturber.nets.lookup.find import find_layer

if TYPE_CHECKING:
    from perturber.engine.frame.feature_maker import FeatureMaker

SPECS = {"fourier": (FOURIER,), "naive": (NAIVE,), "both": (FOURIER, NAIVE)}
FIRST = 8
"""Units of every layer that are shown before anybody chooses."""
GROUPS, FAMILY, ALL, LAST = "groups", "family", "all", "last"


@dataclass(frozen=True)
class FeatureOptions(DeviceOption, ModelOptions):
    """Make the feature images of a family's or an architecture's units ahead; what is there already is kept."""

    family: FamilyName = "studio"
    variants: tuple[str, ...] = ()
    """Variants of the family; all unless given."""
    checkpoints: Annotated[str, tyro.conf.arg(metavar="last|all|NAME,…")] = LAST
    """Which checkpoints of each variant."""
    layers: tuple[str, ...] = ()
    """Layers; all unless given."""
    units: Annotated[str, tyro.conf.arg(metavar="groups|family|all|3,17,…")] = GROUPS
    """Units of each layer: the first eight and those of the variant's groups that ship (all, for an architecture),
    or of the groups of all variants of the family, all, or some."""
    top: int = 64
    """Of every group only so many units."""
    parameterization: Literal["fourier", "naive", "both"] = "both"
    """Equalized frequencies and decorrelated colors, bare pixels, or both."""
    shard: str = "1/1"
    """Only the i-th of n equal parts, as i/n: parts may be made by processes that share the cache."""
    batch: int = 16
    """Images made at once, 1 to 64."""
    make: bool = True
    """Make what is missing."""
    ship: bool = False
    """Afterwards pack what there is of all that was asked for into the family's atlases (models/FAMILY/features), in
    place of what these held."""


def make_features(options: FeatureOptions, maker: FeatureMaker) -> None:
    """Make what is missing, telling how far it is; then pack it if asked to.

    Raises InputError that names the flag, the family, the layer or the unit.
    """
    part, parts = _shard(options.shard)
    if not 1 <= options.batch <= 64:
        raise InputError("--batch", f"{options.batch} is out of range", "1 to 64")
    if options.ship and options.model is not None:
        raise InputError("--ship", "only the images of a family can be packed", "a family instead of --model")
    wanted = list(_wanted(options, maker))
    runs = [wanted[at : at + options.batch] for at in range(0, len(wanted), options.batch)]
    mine = [w for run in runs[part - 1 :: parts] for w in run]
    if options.make:
        _make(mine, options.batch, maker)
    if options.ship:
        _ship(family(options.family), wanted, maker)


def _make(wanted: list[FeatureRequest], batch: int, maker: FeatureMaker) -> None:
    """Make what is not there yet. Raises InputError when images cannot be kept."""
    there = sum(maker.feature(w) in maker.store for w in wanted)
    _tell(there, len(wanted))
    for images in maker.make(wanted, batch):
        if images.complete:
            there += len(images.pictures)
            _tell(there, len(wanted))
    cache = maker.store.cache
    if cache.problem:
        raise InputError(str(cache.folder), cache.problem, "a folder that can be written to")


def _tell(done: int, total: int) -> None:
    show_progress(f"{done} of {total} feature images", done == total)


def _shard(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{1,4})/(\d{1,4})", text)
    if found is None or not 1 <= int(found[1]) <= int(found[2]):
        raise InputError("--shard", f"{text!r} names no part", "i/n, such as 1/2 and 2/2")
    return int(found[1]), int(found[2])


def _wanted(options: FeatureOptions, maker: FeatureMaker) -> Iterator[FeatureRequest]:
    """All images that are asked for, the ones looked at most first: last checkpoints before earlier ones."""
    tell = Notices()
    for spec in SPECS[options.parameterization]:
        for model in _models(options):
            network = maker.network(model)
            for notice in network.notices:
                tell(notice)
            for layer in options.layers or network.taps:
                find_layer(network, layer, "--layers")
                for unit in _units(options, model, layer, network.channels[layer]):
                    yield FeatureRequest(model=model, layer=layer, unit=unit, spec=spec)


def _models(options: FeatureOptions) -> list[ModelRef]:
    named = options.reference()
    if named is not None:
        return [named]
    found = family(options.family)
    variants = [found.variant(name) for name in options.variants] or list(found.variants)
    refs: list[tuple[int, FamilyModel]] = []
    for variant in variants:
        for age, checkpoint in enumerate(reversed(variant.checkpoints)):
            asked = checkpoint.name in options.checkpoints.split(",")
            if asked or options.checkpoints == ALL or (options.checkpoints == LAST and age == 0):
                reference = variant.reference(checkpoint)
                refs.append((age, FamilyModel(family=found.name, variant=variant.name, checkpoint=reference)))
    if not refs:
        raise InputError("--checkpoints", f"{options.checkpoints!r} names none", "last, all, or names such as s50,s125")
    return [ref for _, ref in sorted(refs, key=lambda item: item[0])]


def _units(options: FeatureOptions, model: ModelRef, layer: str, channels: int) -> Iterable[int]:
    if options.units in {GROUPS, FAMILY} and isinstance(model, FamilyModel):
        found = family(model.family)
        variants = [variant.name for variant in found.variants] if options.units == FAMILY else [model.variant]
        named = _grouped(found, variants, layer, options.top) | set(range(FIRST))
        return sorted(u for u in named if u < channels)
    if options.units in {GROUPS, FAMILY, ALL}:
        return range(channels)
    expected = "groups, family, all, or numbers such as 3,17"
    typed = parse_units(options.units, "--units", expected)
    if typed.layer or not typed.units:
        raise InputError("--units", f"{options.units!r} names no units", expected)
    check_unit(layer, max(typed.units), channels, "--units")
    return typed.units


def _grouped(found: Family, variants: Iterable[str], layer: str, top: int) -> set[int]:
    """The leading units of the groups that ship for a layer of these variants."""
    groups = read_family_groups(found)
    named = (group for variant in variants for group in class_groups(found, groups, variant, layer))
    return {unit for group in named for unit in group.units[:top]}


def _ship(found: Family, wanted: Iterable[FeatureRequest], maker: FeatureMaker) -> None:
    """Write what there is of what is wanted into atlases, in place of what these held."""
    asked: dict[str, set[Feature]] = {}
    for w in wanted:
        asked.setdefault(maker.feature(w).network, set()).add(maker.feature(w))
    for variant in found.variants:
        for checkpoint in variant.checkpoints:
            features = asked.get(checkpoint.sha256, set())
            kept = ((feature, maker.store.data(feature)) for feature in features)
            images = [(feature, data) for feature, data in kept if data is not None]
            if images:
                file = atlas_file(found, checkpoint)
                write_atlas(file, checkpoint.sha256, images)
                write_line(f"{file}: {len(images)} of {len(features)} images, {file.stat().st_size:,} bytes")


def run(options: FeatureOptions) -> None:
    """Make the images on the device of the flags."""
    from perturber.engine.device import choose_device, choose_dtype
    from perturber.engine.frame.feature_maker import FeatureMaker

    make_features(options, FeatureMaker(choose_device(options.device), choose_dtype("auto")))


COMMAND = PlainCommand(FeatureOptions, run)

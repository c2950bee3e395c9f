"""``perturber features``: precompute feature images, into the user's cache or a family's atlases."""

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
"""Number of units per layer that are shown by default."""
GROUPS, FAMILY, ALL, LAST = "groups", "family", "all", "last"


@dataclass(frozen=True)
class FeatureOptions(DeviceOption, ModelOptions):
    """Precompute feature images for the units of a family or architecture. Existing images are kept."""

    family: FamilyName = "studio"
    variants: tuple[str, ...] = ()
    """Variants of the family; default: all."""
    checkpoints: Annotated[str, tyro.conf.arg(metavar="last|all|NAME,…")] = LAST
    """Checkpoints of each variant: the last, all, or by name."""
    layers: tuple[str, ...] = ()
    """Layers; default: all."""
    units: Annotated[str, tyro.conf.arg(metavar="groups|family|all|3,17,…")] = GROUPS
    """Units of each layer. groups: the first eight and those in the variant's shipped groups (all, for an
    architecture); family: the same with the groups of all variants; all; or unit numbers."""
    top: int = 64
    """Maximum number of units per group."""
    parameterization: Literal["fourier", "naive", "both"] = "both"
    """Parameterization: fourier (equalized frequencies, decorrelated colors), naive (plain pixels), or both."""
    shard: str = "1/1"
    """Make only the i-th of n equal parts, as i/n; several processes can share the cache."""
    batch: int = 16
    """Images optimized together, 1 to 64."""
    make: bool = True
    """Make missing images."""
    ship: bool = False
    """Finally pack the available images of this selection into the family's atlases (models/FAMILY/features),
    replacing their contents."""


def make_features(options: FeatureOptions, maker: FeatureMaker) -> None:
    """Make missing images, reporting progress, and pack them if requested.

    Raises InputError that names the flag, the family, the layer or the unit.
    """
    part, parts = _shard(options.shard)
    if not 1 <= options.batch <= 64:
        raise InputError("--batch", f"{options.batch} is out of range", "1 to 64")
    if options.ship and options.model is not None:
        raise InputError("--ship", "only images of a family can be packed", "a family instead of --model")
    wanted = list(_wanted(options, maker))
    runs = [wanted[at : at + options.batch] for at in range(0, len(wanted), options.batch)]
    mine = [w for run in runs[part - 1 :: parts] for w in run]
    if options.make:
        _make(mine, options.batch, maker)
    if options.ship:
        _ship(family(options.family), wanted, maker)


def _make(wanted: list[FeatureRequest], batch: int, maker: FeatureMaker) -> None:
    """Make missing images. Raises InputError when they cannot be stored."""
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
        raise InputError("--shard", f"{text!r} is not a part", "i/n, such as 1/2 and 2/2")
    return int(found[1]), int(found[2])


def _wanted(options: FeatureOptions, maker: FeatureMaker) -> Iterator[FeatureRequest]:
    """Yield all requested images, the most used first: last checkpoints before earlier ones."""
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
        raise InputError(
            "--checkpoints", f"no checkpoint is named {options.checkpoints!r}", "last, all, or names such as s50"
        )
    return [ref for _, ref in sorted(refs, key=lambda item: item[0])]


def _units(options: FeatureOptions, model: ModelRef, layer: str, channels: int) -> Iterable[int]:
    if options.units in {GROUPS, FAMILY} and isinstance(model, FamilyModel):
        found = family(model.family)
        variants = [variant.name for variant in found.variants] if options.units == FAMILY else [model.variant]
        named = _group_units(found, variants, layer, options.top) | set(range(FIRST))
        return sorted(u for u in named if u < channels)
    if options.units in {GROUPS, FAMILY, ALL}:
        return range(channels)
    expected = "groups, family, all, or numbers such as 3,17"
    typed = parse_units(options.units, "--units", expected)
    if typed.layer or not typed.units:
        raise InputError("--units", f"{options.units!r} names no units", expected)
    check_unit(layer, max(typed.units), channels, "--units")
    return typed.units


def _group_units(found: Family, variants: Iterable[str], layer: str, top: int) -> set[int]:
    """Return the top units of the groups shipped for a layer of these variants."""
    groups = read_family_groups(found)
    named = (group for variant in variants for group in class_groups(found, groups, variant, layer))
    return {unit for group in named for unit in group.units[:top]}


def _ship(found: Family, wanted: Iterable[FeatureRequest], maker: FeatureMaker) -> None:
    """Write the available images into atlases, replacing their contents."""
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
    """Make the images on the device given by the flags."""
    from perturber.engine.device import choose_device, choose_dtype
    from perturber.engine.frame.feature_maker import FeatureMaker

    make_features(options, FeatureMaker(choose_device(options.device), choose_dtype("auto")))


COMMAND = PlainCommand(FeatureOptions, run)

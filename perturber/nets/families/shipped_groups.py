"""Shipped neuron groups: those of the Circuits thread for the original Inception V1, and those of families.

Torch-free, because the window lists groups.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from perturber.core.errors import InputError, MissingFileError
from perturber.core.library.groups import Group
from perturber.core.parameters.parameter import explain
from perturber.core.parameters.state import State
from perturber.core.session.models import FamilyModel, ModelRef
from perturber.core.storage.files import write_whole
from perturber.core.storage.reading import read_regular
from perturber.nets.families.family import Family

CIRCUITS = Path(__file__).with_name("circuits.json")
"""Groups from Olah et al., "An Overview of Early Vision in InceptionV1", Distill 2020; details in the file."""
ORIGINAL = "inception_v1"
"""Key (`Architecture.key`) of the networks that the Circuits groups describe."""
FILE = "groups.json"
MAX_BYTES = 16 << 20


class VariantGroups(State):
    """Class-relevant groups of one variant, computed with its last checkpoint."""

    sha256: str
    """Hash of the checkpoint's file; groups computed with other weights are ignored."""
    layers: dict[str, tuple[Group, ...]]


class FamilyGroups(State):
    """The groups of a family, stored beside family.toml."""

    perturber_groups: Literal[1] = 1
    recipe: str = ""
    """Description of how the groups were computed."""
    variants: dict[str, VariantGroups] = Field(default_factory=dict)


@lru_cache(maxsize=1)
def circuits() -> dict[str, tuple[Group, ...]]:
    """Return the Circuits groups by layer, the authors' main groups first."""
    layers = json.loads(CIRCUITS.read_text(encoding="utf-8"))["layers"]
    return {layer: ordered(Group.model_validate(entry) for entry in entries) for layer, entries in layers.items()}


def ordered(groups: Iterable[Group]) -> tuple[Group, ...]:
    """Sort groups by priority, highest first; ties keep their order."""
    return tuple(sorted(groups, key=lambda group: -group.priority))


def title(name: str, layer: str) -> str:
    """Return a group's display name: "Any boundary" for ``mixed4a_any_boundary``."""
    short = name.removeprefix(f"{layer}_").replace("_", " ")
    return short[:1].upper() + short[1:]


def read_family_groups(family: Family) -> FamilyGroups:
    """Read the groups beside a family's description; none if the file does not exist.

    Raises InputError that names the file and the field.
    """
    file = family.folder / FILE
    try:
        return FamilyGroups.model_validate_json(read_regular(file, MAX_BYTES, "a file of neuron groups"))
    except MissingFileError:
        return FamilyGroups()
    except ValidationError as error:
        problem = explain(error)
        raise InputError(str(file), f"{problem.source}: {problem.problem}", problem.expected) from None


def write_family_groups(family: Family, groups: FamilyGroups) -> Path:
    """Write the groups beside the family's description, one per line. Raises InputError if that fails."""
    variants = []
    for name, variant in groups.variants.items():
        layers = [f"{json.dumps(layer)}: [\n{_lines(found)}\n]" for layer, found in variant.layers.items()]
        body = ",\n".join(layers)
        variants.append(f'{json.dumps(name)}: {{"sha256": "{variant.sha256}", "layers": {{\n{body}\n}}}}')
    body = ",\n".join(variants)
    recipe = json.dumps(groups.recipe, ensure_ascii=False)
    file = family.folder / FILE
    write_whole(file, f'{{"perturber_groups": 1,\n"recipe": {recipe},\n"variants": {{\n{body}\n}}}}\n')
    return file


def _lines(groups: Iterable[Group]) -> str:
    return ",\n".join(json.dumps(g.model_dump(mode="json", exclude_defaults=True), ensure_ascii=False) for g in groups)


def class_groups(family: Family, groups: FamilyGroups, variant: str, layer: str) -> tuple[Group, ...]:
    """Return a variant's class-relevant groups of a layer; none if they were computed with other weights."""
    found = groups.variants.get(variant)
    if found is None or all(v.name != variant for v in family.variants):
        return ()
    return found.layers.get(layer, ()) if found.sha256 == family.variant(variant).checkpoints[-1].sha256 else ()


def shipped(ref: ModelRef, key: str, layer: str, families: dict[str, Family]) -> tuple[Group, ...]:
    """Return all shipped groups for a layer of a model whose architecture has this key.

    Raises InputError for a file of groups that cannot be read.
    """
    if key == ORIGINAL:
        return circuits().get(layer, ())
    if isinstance(ref, FamilyModel) and ref.family in families:
        family = families[ref.family]
        return class_groups(family, read_family_groups(family), ref.variant, layer)
    return ()

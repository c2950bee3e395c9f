"""Model families: variants of one architecture, each with its checkpoints, described by family.toml.

Torch-free, because the window lists families.
"""

from __future__ import annotations

import os
import re
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

import tomli_w
from pydantic import AfterValidator, Field, StringConstraints, ValidationError, model_validator

from perturber import paths
from perturber.core.damage import report_damage
from perturber.core.errors import InputError
from perturber.core.parameters.parameter import explain
from perturber.core.parameters.state import State, rename_fields
from perturber.core.storage.reading import read_toml
from perturber.nets.lookup.labels import Labels

FILE = "family.toml"
MAX_BYTES = 1 << 20

NAME = re.compile(r"[a-z0-9_]{1,80}")
LONGEST_NAME = 200
"""Bytes of a file name; file systems allow 255, and temporary files have longer names."""


def _check_file_name(name: str) -> str:
    if len(name.encode("utf-8", "replace")) > LONGEST_NAME:
        raise ValueError(f"a file name has at most {LONGEST_NAME} bytes")
    return name


Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+$", max_length=80)]
FileName = Annotated[str, StringConstraints(pattern=r"^[\w-][\w.-]*$"), AfterValidator(_check_file_name)]
"""A file beside family.toml: no folders, nothing hidden."""
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class Checkpoint(State):
    """A variant's weights at one training step."""

    name: Name
    file: FileName
    sha256: Sha256
    step: Annotated[int, Field(ge=0, le=10**12)] = 0
    accuracy: dict[str, float] = Field(default_factory=dict)
    """Share of held-out pictures classified correctly, in [0, 1], by kind of picture."""
    pictures: dict[str, int] = Field(default_factory=dict)
    """Number of pictures behind each accuracy."""
    measured: dict[str, float] = Field(default_factory=dict)
    """Other measurements by name, such as the share of low frequencies in the input gradient."""


class Variant(State):
    """A member of a family, with checkpoints in training order."""

    name: Name
    label: str
    checkpoints: Annotated[tuple[Checkpoint, ...], Field(min_length=1)]

    def checkpoint(self, name: str) -> Checkpoint:
        """Return a checkpoint by name, or the last one for an empty name. Raises InputError if there is none."""
        if not name:
            return self.checkpoints[-1]
        for checkpoint in self.checkpoints:
            if checkpoint.name == name:
                return checkpoint
        known = ", ".join(checkpoint.name for checkpoint in self.checkpoints)
        raise InputError("checkpoint", f"the variant {self.name} has no checkpoint {name!r}", f"one of {known}")

    def nearest(self, step: int) -> Checkpoint:
        """Return the checkpoint closest to a training step; the earlier one in a tie."""
        return min(self.checkpoints, key=lambda checkpoint: abs(checkpoint.step - step))

    def reference(self, checkpoint: Checkpoint) -> str:
        """Return the name that a session stores for a checkpoint; empty for the last."""
        return "" if checkpoint == self.checkpoints[-1] else checkpoint.name


class Family(State):
    """Variants with the same architecture, classes and aligned features."""

    name: Name
    label: str
    architecture: str
    arguments: dict[str, bool | int | float | str] = Field(default_factory=dict)
    classes: Annotated[tuple[tuple[str, str], ...], Field(min_length=2)]
    """WordNet id and name of every output, in order."""
    license: str = ""
    recipe: str = ""
    """Description of how the variants were trained."""
    data: str = ""
    """Description of the training data and seed."""
    measured: dict[str, float] = Field(default_factory=dict)
    """Measurements of the whole family, by name."""
    variants: Annotated[tuple[Variant, ...], Field(min_length=1)]
    folder: Path = Field(default=Path(), exclude=True)
    """Location of the files; not part of the description."""

    @model_validator(mode="before")
    @classmethod
    def _read_former_names(cls, data: Any) -> Any:
        return rename_fields(data, {"licence": "license"})

    @property
    def labels(self) -> Labels:
        return Labels(tuple(wnid for wnid, _ in self.classes), tuple(name for _, name in self.classes))

    def variant(self, name: str) -> Variant:
        """Return a variant by name. Raises InputError if there is none."""
        for variant in self.variants:
            if variant.name == name:
                return variant
        known = ", ".join(variant.name for variant in self.variants)
        raise InputError("variant", f"the family {self.name} has no variant {name!r}", f"one of {known}")


def toml_of(family: Family) -> str:
    """Return the text of a family's family.toml."""
    return tomli_w.dumps(family.model_dump(mode="json", exclude={"folder"}, exclude_defaults=True))


def read_family(file: Path) -> Family:
    """Read a family from a family.toml. Raises InputError that names the file and the field."""
    try:
        status = file.stat()
        return _read_family(file, status.st_mtime_ns, status.st_size)
    except OSError as error:
        raise InputError(str(file), error.strerror or str(error), "a readable family description") from error


@lru_cache(maxsize=64)
def _read_family(file: Path, changed: int, size: int) -> Family:
    """Read a family, cached until the file changes, because opening a network reads all families."""
    try:
        data = read_toml(file, MAX_BYTES, "a family description")
        return Family.model_validate({**data, "folder": file.parent})
    except ValidationError as error:
        problem = explain(error)
        raise InputError(str(file), f"{problem.source}: {problem.problem}", problem.expected) from None


def families(*roots: Path) -> dict[str, Family]:
    """Return all families by name: the shipped ones, then those in the user's cache.

    ``roots`` replaces the two folders. The first of two families with the same name is used. A description that
    cannot be read is left out and reported.
    """
    found: dict[str, Family] = {}
    for root in roots or _roots():
        for file in _descriptions(root):
            try:
                family = read_family(file)
            except InputError as error:
                report_damage(f"this model family is left out: {error}")
                continue
            found.setdefault(family.name, family)
    return found


def _roots() -> tuple[Path, Path]:
    return paths.models(), paths.cache() / "models"


def _descriptions(root: Path) -> list[Path]:
    """Return every family.toml of a folder, in the order of the families' folders."""
    try:
        return [file for folder in sorted(root.iterdir()) if os.path.lexists(file := folder / FILE)]
    except FileNotFoundError:
        return []
    except OSError as error:
        report_damage(f"{root}: its model families are left out: {error.strerror or error}")
        return []


def family(name: str) -> Family:
    """Return a family by name. Raises InputError if there is none, or if its description cannot be read."""
    known = families()
    if name not in known:
        for file in (root / name / FILE for root in _roots()):
            if NAME.fullmatch(name) and file.exists():
                read_family(file)
        raise InputError("family", f"there is no model family {name!r}", f"one of {', '.join(known) or 'none yet'}")
    return known[name]

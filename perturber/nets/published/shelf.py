"""The families of published weights in the user's cache: states, additions and removals. Torch-free."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

from perturber import paths
from perturber.core.damage import report_damage
from perturber.core.errors import InputError
from perturber.core.storage.files import replace_file
from perturber.nets.families.family import FILE, Checkpoint, Family, Variant, read_family, toml_of
from perturber.nets.published.catalog import CatalogEntry, WeightsSource
from perturber.nets.published.download import writing
from perturber.nets.published.fetch import cached, forget, part_of

State = Literal["added", "downloaded", "begun", ""]
"""In the model menus; in the cache; partly in the cache; not yet downloaded."""


def folder_of(family: str) -> Path:
    """Return the folder of a family of published weights; it may not exist."""
    return paths.cache() / "models" / family


def shelved(family: str) -> Family | None:
    """Read a family, or return None if there is none. Raises InputError if it cannot be read."""
    file = folder_of(family) / FILE
    return read_family(file) if file.is_file() else None


def state(entry: CatalogEntry, source: WeightsSource | None, known: Family | None) -> State:
    """Return the state of one file of an entry, given its installed family; ``source`` is None for a folder entry."""
    if source is None:
        return "added" if known else ""
    here = (v for v in known.variants if v.name == entry.variant) if known else ()
    if any(c.name == source.checkpoint for v in here for c in v.checkpoints):
        return "added"
    if cached(entry, source).is_file():
        return "downloaded"
    return "begun" if part_of(entry, source).is_file() else ""


def _shelved_or_reported(family: str) -> Family | None:
    try:
        return shelved(family)
    except InputError as error:
        report_damage(f"this model family is left out: {error}")
        return None


def survey(entries: Iterable[CatalogEntry]) -> dict[tuple[str, str], State]:
    """Return the states of all files by entry and checkpoint; the checkpoint is empty for a folder."""
    families: dict[str, Family | None] = {}
    found: dict[tuple[str, str], State] = {}
    for entry in entries:
        if entry.family not in families:
            families[entry.family] = _shelved_or_reported(entry.family)
        for source in entry.sources or (None,):
            key = (entry.name, source.checkpoint if source else "")
            found[key] = state(entry, source, families[entry.family])
    return found


def put(family: Mapping[str, object], variant: str, label: str, checkpoint: Checkpoint) -> None:
    """Add a checkpoint to its family's family.toml in order of steps, replacing one of the same name.

    ``family`` holds the fields other than the variants. Raises MachineError if the file cannot be
    written, InputError if the existing one cannot be read.
    """
    known = shelved(str(family["name"]))
    variants = {v.name: v for v in known.variants} if known else {}
    others = [c for c in variants[variant].checkpoints if c.name != checkpoint.name] if variant in variants else []
    steps = tuple(sorted([*others, checkpoint], key=lambda c: (c.step, c.name)))
    variants[variant] = Variant(name=variant, label=label, checkpoints=steps)
    _write(Family.model_validate({**family, "variants": tuple(variants.values())}))


def remove(entry: CatalogEntry, sources: tuple[WeightsSource, ...]) -> bool:
    """Remove files from the model menus, the cache and the pins; return whether any existed.

    Raises MachineError if a file cannot be deleted.
    """
    known = shelved(entry.family)
    there = [source for source in sources if state(entry, source, known)]
    for source in sources:
        forget(entry, source)
    if known is None:
        return bool(there)
    if entry.folder:
        _delete(known.folder)
        return True
    _take_out(known, entry.variant, {source.checkpoint for source in sources})
    return bool(there)


def _take_out(family: Family, variant: str, gone: set[str]) -> None:
    """Delete checkpoints of a variant, and a variant or family left without any."""
    kept = []
    for member in family.variants:
        leaving = [c for c in member.checkpoints if member.name == variant and c.name in gone]
        for checkpoint in leaving:
            with writing(family.folder):
                (family.folder / checkpoint.file).unlink(missing_ok=True)
        if steps := tuple(c for c in member.checkpoints if c not in leaving):
            kept.append(member.model_copy(update={"checkpoints": steps}))
    if kept:
        _write(family.model_copy(update={"variants": tuple(kept)}))
    else:
        _delete(family.folder)


def _delete(folder: Path) -> None:
    with writing(folder):
        shutil.rmtree(folder)


def _write(family: Family) -> None:
    folder = folder_of(family.name)
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        replace_file(folder / FILE, toml_of(family))

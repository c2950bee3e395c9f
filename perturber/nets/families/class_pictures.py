"""Example pictures of classes, and the places to search for them. Torch-free, because the window shows them."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from perturber.core.errors import InputError
from perturber.core.session.models import FamilyModel, ModelRef
from perturber.core.storage.files import PICTURES
from perturber.nets.families.family import Family

SHIPPED = "classes"
"""Folder of the pictures shipped with a family, <WordNet id>.jpg."""
WNID = re.compile(r"n\d{8}(?!\d)")
EXPECTED = "pictures such as n02123045.jpg, or folders such as n02123045, named by WordNet id"


@dataclass(frozen=True)
class ClassPictureRequest:
    """A request for the picture of a model's class; ``wnid`` is empty if the class has no WordNet id."""

    model: ModelRef
    wnid: str
    name: str


Place = Callable[[ClassPictureRequest], Path | None]
"""A function that returns a picture's path, or None. Raises InputError if the place cannot be read."""


class PictureFolder:
    """A user's folder with <WordNet id>.jpg, <WordNet id>/ as in ImageNet, or files whose names start with the id."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def find(self, wnid: str) -> Path | None:
        """Return the picture of a class, or None. Raises InputError if the folder cannot be read."""
        for entry in self._entries.get(wnid, ()):
            path = self.folder / entry
            if path.suffix.lower() in PICTURES:
                return path
            if (inside := _first_picture(path)) is not None:
                return inside
        return None

    def __len__(self) -> int:
        """Return the number of classes with an entry."""
        return len(self._entries)

    @cached_property
    def _entries(self) -> dict[str, tuple[str, ...]]:
        """The entries by WordNet id, best first: the file of that name, the folder, the first file with that prefix."""
        best: dict[tuple[str, int], str] = {}
        for name, folder in _listed(self.folder):
            stem, suffix = os.path.splitext(name)
            match = WNID.match(name)
            if match is None or not (folder or suffix.lower() in PICTURES):
                continue
            key = match[0], 1 if folder else 0 if stem == match[0] else 2
            best[key] = min(name, best.get(key, name))
        ranked: dict[str, tuple[str, ...]] = {}
        for (wnid, _), name in sorted(best.items()):
            ranked[wnid] = (*ranked.get(wnid, ()), name)
        return ranked


def _first_picture(folder: Path) -> Path | None:
    names = (name for name, inside in _listed(folder) if not inside and name.lower().endswith(PICTURES))
    first = min(names, default=None)
    return folder / first if first is not None else None


def _listed(folder: Path) -> Iterator[tuple[str, bool]]:
    """Yield the names in a folder and whether each is a folder. Raises InputError if it cannot be read."""
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                yield entry.name, entry.is_dir()
    except (OSError, ValueError) as error:  # ValueError for a NUL in the name
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(str(folder), reason, "a readable folder of class pictures") from None


def places(families: Mapping[str, Family], folder: PictureFolder | None) -> tuple[Place, ...]:
    """Return the places to search, best first: the model's family, the user's folder, any family with the class."""

    def own(wanted: ClassPictureRequest) -> Path | None:
        family = families.get(wanted.model.family) if isinstance(wanted.model, FamilyModel) else None
        return _shipped(family, wanted.wnid) if family is not None else None

    def shared(wanted: ClassPictureRequest) -> Path | None:
        pictures = (_shipped(family, wanted.wnid) for family in families.values())
        return next((picture for picture in pictures if picture is not None), None)

    def users(wanted: ClassPictureRequest) -> Path | None:
        return folder.find(wanted.wnid) if folder is not None else None

    return own, users, shared


def _shipped(family: Family, wnid: str) -> Path | None:
    if WNID.fullmatch(wnid) is None:  # descriptions are untrusted
        return None
    path = family.folder / SHIPPED / f"{wnid}.jpg"
    return path if path.is_file() else None


def found(looked: tuple[Place, ...], wanted: ClassPictureRequest) -> Iterator[Path]:
    """Yield the existing pictures of a class, best first."""
    for place in looked:
        if (path := place(wanted)) is not None:
            yield path

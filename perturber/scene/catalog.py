"""What ships to be looked at: object pairs and backgrounds, read from their descriptions. Light: no GL."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from perturber import paths
from perturber.core.errors import InputError
from perturber.core.parameter import explain
from perturber.core.state import State


class End(State):
    """One end of a pair."""

    name: str
    label: str
    mesh: str
    wnids: tuple[str, ...] = Field(min_length=1)
    """The class group by WordNet id; the first is the class of our own networks."""


class Pair(State):
    """Two objects with shared topology."""

    name: str
    label: str
    morph: str
    """The word for the second object's share: Catness."""
    background: str
    order: int = 100
    """Place among the pairs, for people."""
    first: End
    second: End
    folder: Path

    @property
    def thumbnail(self) -> Path:
        return self.folder / "thumbnail.png"


class BackgroundInfo(State):
    """A picture behind the object."""

    name: str
    label: str
    path: Path

    @property
    def thumbnail(self) -> Path:
        return self.path


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(str(file), str(error), "a readable TOML file") from None


def pairs(root: Path | None = None) -> dict[str, Pair]:
    """The object pairs by folder name, in their order. Raises InputError that names the file and the field."""
    found: dict[str, Pair] = {}
    for file in sorted((root or paths.assets()).glob("*/pair.toml")):
        try:
            found[file.parent.name] = Pair.model_validate(
                {"name": file.parent.name, "folder": file.parent, **_read(file)}
            )
        except ValidationError as error:
            raise InputError(str(file), str(explain(error))) from None
    return dict(sorted(found.items(), key=lambda item: (item[1].order, item[0])))


def backgrounds(root: Path | None = None) -> dict[str, BackgroundInfo]:
    """The shipped backgrounds by name. Raises InputError that names the file and the field."""
    folder = (root or paths.assets()) / "backgrounds"
    file = folder / "backgrounds.toml"
    try:
        return {
            name: BackgroundInfo.model_validate({"name": name, "path": folder / f"{name}.png", **entry})
            for name, entry in _read(file).items()
        }
    except (ValidationError, TypeError) as error:
        raise InputError(str(file), str(error)) from None

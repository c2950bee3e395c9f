"""The shipped object pairs and backgrounds, read from their descriptions. Cheap to import: no GL."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, Self, get_args

from pydantic import Field, ValidationError, model_validator

from perturber import paths
from perturber.core.errors import InputError
from perturber.core.parameters.parameter import explain
from perturber.core.parameters.state import State
from perturber.core.session.scene import Detail
from perturber.core.storage.reading import read_toml

MAX_STRANDS = 100_000


class End(State):
    """One end of a pair."""

    name: str
    label: str
    mesh: str
    wnids: tuple[str, ...] = Field(min_length=1)
    """WordNet ids of the class group; the first is the class of the embedded networks."""


class Hairs(State):
    """How a level of detail draws a pair's hair."""

    strands: int = Field(ge=1, le=MAX_STRANDS)
    segments: Literal[1, 2] = 1
    """Segments along a strand: 1 is a spike of one triangle, 2 a bent blade of three."""
    widen: float = Field(1.0, gt=0, le=10)
    """Factor of the strands' width: fewer strands must be wider to cover the skin."""


class Pair(State):
    """Two objects with shared topology."""

    name: str
    label: str
    morph: str
    """Label of the second object's share, for example Catness."""
    background: str
    order: int = 100
    """Position in the list of pairs."""
    reflections: bool = False
    """Whether shiny parts (by the texture's alpha) reflect the surroundings."""
    fur: str = ""
    """File of the hairs; empty: no hair."""
    detail: dict[Detail, Hairs] = Field(default_factory=dict)
    """How the hairs are drawn, by level of detail; a pair with hair needs every level."""
    first: End
    second: End
    folder: Path

    @property
    def thumbnail(self) -> Path:
        return self.folder / "thumbnail.png"

    @model_validator(mode="after")
    def _every_level(self) -> Self:
        if self.fur and set(self.detail) != set(get_args(Detail)):
            raise ValueError(f"fur needs a table detail.<level> for each of {', '.join(get_args(Detail))}")
        return self


class BackgroundInfo(State):
    """A picture behind the object."""

    name: str
    label: str
    path: Path

    @property
    def thumbnail(self) -> Path:
        return self.path


def _read(file: Path) -> dict[str, Any]:
    return read_toml(file)


def pairs(root: Path | None = None) -> dict[str, Pair]:
    """Return the object pairs by folder name, in order. Raises InputError that names the file and the field."""
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
    """Return the shipped backgrounds by name. Raises InputError that names the file and the field."""
    folder = (root or paths.assets()) / "backgrounds"
    file = folder / "backgrounds.toml"
    try:
        return {
            name: BackgroundInfo.model_validate({"name": name, "path": folder / f"{name}.png", **entry})
            for name, entry in _read(file).items()
        }
    except (ValidationError, TypeError) as error:
        raise InputError(str(file), str(error)) from None

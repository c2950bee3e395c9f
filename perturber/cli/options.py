"""Options that several commands share, each with its text written once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from perturber.core.errors import InputError
from perturber.core.session.models import ArchitectureModel
from perturber.core.storage.files import FileRef

ATTACK_STEPS = tyro.conf.arg(help="Steps of the attack.")
FamilyName = Annotated[tyro.conf.Positional[str], tyro.conf.arg(help="Name of the family.")]
PictureFile = Annotated[Path, tyro.conf.arg(aliases=["-o"], help="Picture file; the suffix decides the format.")]


@dataclass(frozen=True, kw_only=True)
class ModelOptions:
    """Names a network by its architecture."""

    model: str | None = None
    """An architecture such as squeezenet1_0, instead of the models of the session or the family."""
    weights: Path | None = None
    """Weights file for --model (safetensors or a state dict); without it the published weights are used."""

    def reference(self) -> ArchitectureModel | None:
        """Return the network that is named, if one is. Raises InputError that names the flag or the file."""
        if self.model is None:
            if self.weights is not None:
                raise InputError("--weights", "it says nothing without --model", "--model NAME beside it")
            return None
        return ArchitectureModel(name=self.model, weights=FileRef.of(self.weights) if self.weights else None)


@dataclass(frozen=True, kw_only=True)
class PhotosOptions:
    """Names a folder of pictures."""

    photos: Path | None = None
    """A folder of pictures, with the folders inside, each used as input instead of the 3D scene."""
    strict: bool = False
    """Stop at the first picture that cannot be read, instead of leaving it out with a notice."""

    def check_skipped(self, skipped: Sequence[str]) -> None:
        """Raise InputError with --strict, if pictures were left out."""
        if self.strict and skipped:
            raise InputError(str(self.photos), skipped[0], "readable pictures, as --strict asks")


@dataclass(frozen=True, kw_only=True)
class SlotOption:
    """Names one of the session's models."""

    slot: str = "slot1"
    """The slot of the model: slot1, slot2 or edited."""


@dataclass(frozen=True, kw_only=True)
class JsonOption:
    """Asks for JSON instead of text."""

    json: bool = False
    """Print JSON instead of text; its form is described above."""


@dataclass(frozen=True, kw_only=True)
class DeviceOption:
    """Names the device to compute on."""

    device: str = "auto"
    """auto, cpu, cuda, cuda:N or mps."""


@dataclass(frozen=True, kw_only=True)
class DeviceOptions(DeviceOption):
    """Names the device to compute on, and the number format."""

    precision: str = "auto"
    """auto, float32, float16 or bfloat16."""


@dataclass(frozen=True)
class SessionOptions(DeviceOptions):
    """What every command on a session takes."""

    session: tyro.conf.Positional[Path | None] = None
    """A session file; without one the default session is used."""
    pair: str | None = None
    """Object pair: a folder of assets/, such as dog_cat; brings its own background."""
    background: str | None = None
    """A shipped background's name, or a picture file."""
    photo: Path | None = None
    """A picture file as input instead of the 3D scene."""
    mesh: Path | None = None
    """An OBJ, glTF or PLY file as object."""
    diffuse: Path | None = None
    """Color texture of the mesh."""
    alpha: Path | None = None
    """Opacity texture of the mesh."""
    layer: str | None = None
    """The layer whose units are shown."""

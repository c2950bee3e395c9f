"""Options shared by several commands, each with its help text in one place."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from perturber.core.errors import InputError
from perturber.core.session.models import ArchitectureModel
from perturber.core.storage.files import FileRef

ATTACK_STEPS = tyro.conf.arg(help="Number of attack steps.")
FamilyName = Annotated[tyro.conf.Positional[str], tyro.conf.arg(help="Name of the family.")]
PictureFile = Annotated[Path, tyro.conf.arg(aliases=["-o"], help="Picture file to write; the suffix sets the format.")]


@dataclass(frozen=True, kw_only=True)
class ModelOptions:
    """Options that name a network by its architecture."""

    model: str | None = None
    """Architecture such as squeezenet1_0, instead of the models of the session or family."""
    weights: Path | None = None
    """Weights file for --model (safetensors or a state dict); default: the published weights."""

    def reference(self) -> ArchitectureModel | None:
        """Return the named network, or None. Raises InputError that names the flag or the file."""
        if self.model is None:
            if self.weights is not None:
                raise InputError("--weights", "it requires --model", "--model NAME --weights FILE")
            return None
        return ArchitectureModel(name=self.model, weights=FileRef.of(self.weights) if self.weights else None)


@dataclass(frozen=True, kw_only=True)
class SlotOption:
    """Option that names one of the session's models."""

    slot: str = "slot1"
    """Slot of the model: slot1, slot2 or edited."""


@dataclass(frozen=True, kw_only=True)
class JsonOption:
    """Option that selects JSON output."""

    json: bool = False
    """Print JSON instead of text, as described above."""


@dataclass(frozen=True, kw_only=True)
class DeviceOption:
    """Option that names the device to compute on."""

    device: str = "auto"
    """Device to compute on: auto, cpu, cuda, cuda:N or mps."""


@dataclass(frozen=True, kw_only=True)
class DeviceOptions(DeviceOption):
    """Options that name the device to compute on, and the number format."""

    precision: str = "auto"
    """Number format: auto, float32, float16 or bfloat16."""


@dataclass(frozen=True)
class SessionOptions(DeviceOptions):
    """Options of every command that works on a session."""

    session: tyro.conf.Positional[Path | None] = None
    """Session file; default: the default session."""
    pair: str | None = None
    """Object pair such as dog_cat, a folder of assets/; also sets its background."""
    background: str | None = None
    """Name of a shipped background, or a picture file."""
    photo: Path | None = None
    """Picture file to use as input instead of the 3D scene."""
    mesh: Path | None = None
    """OBJ, glTF or PLY file to use as the object."""
    diffuse: Path | None = None
    """Color texture of the mesh."""
    alpha: Path | None = None
    """Opacity texture of the mesh."""
    layer: str | None = None
    """Layer whose units are shown."""

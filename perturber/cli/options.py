"""Options shared by several commands, each with its help text in one place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro
from pydantic import ValidationError

from perturber.core.errors import InputError
from perturber.core.parameters.parameter import explain
from perturber.core.session.models import ArchitectureModel, Interpolation, Preprocessing
from perturber.core.storage.files import FileRef

if TYPE_CHECKING:
    from perturber.core.session.session import Session
    from perturber.engine.batch.photo_inputs import PhotoInputs
    from perturber.engine.frame.engine import Engine

ATTACK_STEPS = tyro.conf.arg(help="Number of attack steps.")
FamilyName = Annotated[tyro.conf.Positional[str], tyro.conf.arg(help="Name of the family.")]
PictureFile = Annotated[Path, tyro.conf.arg(aliases=["-o"], help="Picture file to write; the suffix sets the format.")]


@dataclass(frozen=True, kw_only=True)
class ModelOptions:
    """Options that name a network by its architecture."""

    model: str | None = None
    """Architecture such as squeezenet1_0, instead of the models of the session or family."""
    weights: Path | None = None
    """Weights file for --model (safetensors or a saved state dict); default: the published weights."""
    weights_key: str | None = None
    """Which network of --weights, if the file holds several, such as model_ema; default: the trained one."""
    labels: Path | None = None
    """Classes of --model: a text with a name, or a WordNet id and a name, per line; default: the usual ones."""
    mean: tuple[float, float, float] | None = None
    """Mean of red, green and blue that --model subtracts, for pixels in [0, 1]; default: that of its architecture."""
    std: tuple[float, float, float] | None = None
    """Standard deviation that --model divides by; goes with --mean."""
    size: int | None = None
    """Side of the pictures that --model receives, in pixels; default: as rendered."""
    interpolation: Interpolation | None = None
    """How pictures are resized to --size; default: bilinear."""

    def reference(self) -> ArchitectureModel | None:
        """Return the named network, or None. Raises InputError that names the flag or the file."""
        if self.model is None:
            for flag in ("weights", "weights-key", "labels", "mean", "std", "interpolation"):
                if getattr(self, flag.replace("-", "_")) is not None:
                    raise InputError(f"--{flag}", "it requires --model", f"--model NAME --{flag} …")
            if self.input_size() is not None:
                raise InputError("--size", "it requires --model", "--model NAME --size PIXELS")
            return None
        weights, labels = (FileRef.of(file) if file else None for file in (self.weights, self.labels))
        if self.weights_key is not None and weights is None:
            raise InputError("--weights-key", "it requires --weights", "--weights FILE --weights-key NAME")
        return ArchitectureModel(
            name=self.model,
            weights=weights,
            weights_key=self.weights_key or "",
            labels=labels,
            preprocessing=self._preprocessing(),
        )

    def input_size(self) -> int | None:
        """Return the side of the network's pictures, if it is given."""
        return self.size

    def _preprocessing(self) -> Preprocessing | None:
        """How pictures are prepared, if a flag says so."""
        size = self.input_size()
        if (self.mean is None) != (self.std is None):
            flag, other = ("--mean", "--std") if self.std is None else ("--std", "--mean")
            raise InputError(flag, f"it requires {other}", f"{flag} R G B {other} R G B")
        if self.interpolation is not None and size is None:
            raise InputError("--interpolation", "it requires --size", "--size PIXELS beside it")
        if self.mean is None and size is None:
            return None
        fields = {"mean": self.mean, "std": self.std, "size": size, "interpolation": self.interpolation or "bilinear"}
        try:
            return Preprocessing.model_validate(fields)
        except ValidationError as error:
            problem = explain(error)
            flag = f"--{problem.source.partition('.')[0]}"
            bytes_ = "numbers for pixels in [0, 1] (divide those for 0 to 255 by 255)"
            raise InputError(flag, problem.problem, problem.expected if flag == "--size" else bytes_) from None


@dataclass(frozen=True, kw_only=True)
class PhotosOptions:
    """Names a folder of pictures."""

    photos: Path | None = None
    """A folder of pictures, with the folders inside, each used as input instead of the 3D scene."""
    strict: bool = False
    """Stop at the first picture that cannot be read, instead of leaving it out with a notice."""

    def inputs(self, session: Session, engine: Engine) -> PhotoInputs | None:
        """Return the pictures as inputs of a session; None without --photos.

        Raises InputError for an empty folder, and with --strict for a picture that cannot be read.
        """
        if self.photos is None:
            return None
        from perturber.engine.batch.photo_inputs import PhotoInputs

        found = PhotoInputs(session, self.photos, engine.renderer.open_photo, strict=self.strict)
        found.check()
        return found

    def check_skipped(self, skipped: Sequence[str]) -> None:
        """Raise InputError with --strict, if pictures were left out."""
        if self.strict and skipped:
            raise InputError(str(self.photos), skipped[0], "readable pictures, as --strict asks")


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
    trust: bool = False
    """Let the session file read files outside its folder, download weights and run its code, without asking."""
    pair: str | None = None
    """Object pair such as dog_cat, a folder of assets/; also sets its background."""
    background: str | None = None
    """Name of a shipped background, or a picture file."""
    photo: Path | None = None
    """Picture file to use as input instead of the 3D scene."""
    mesh: Path | None = None
    """OBJ, glTF, PLY or STL file to use as the object."""
    diffuse: Path | None = None
    """Color texture of the mesh."""
    alpha: Path | None = None
    """Opacity texture of the mesh."""
    layer: str | None = None
    """Layer whose units are shown."""

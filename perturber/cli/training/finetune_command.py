"""``perturber finetune``: continue training from existing weights."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from perturber.cli.command import PlainCommand
from perturber.cli.training.train_command import PeakRate, TrainOptions, run
from perturber.core.errors import InputError
from perturber.core.session.models import ArchitectureModel, FamilyModel
from perturber.core.storage.files import FileRef
from perturber.nets.architectures.architecture import Architecture
from perturber.nets.open_model import weights_of


@dataclass(frozen=True)
class FinetuneOptions(TrainOptions):
    """Continue training from existing weights, so that features stay aligned. See perturber train."""

    start: Annotated[str, tyro.conf.arg(aliases=["-s"])] = "studio/standard"
    """Start from family/variant, family/variant@checkpoint, or a weights file of the architecture."""
    rate: PeakRate = 1.5e-3

    def first_network(self, classes: int) -> Architecture:
        """Return the network to start from. Raises InputError that names the option or the file."""
        architecture = weights_of(self._reference())
        if architecture.classes != classes:
            problem = f"the network has {architecture.classes} classes, the pictures have {classes}"
            raise InputError("--start", problem, "weights trained on the same classes")
        return architecture

    def _reference(self) -> FamilyModel | ArchitectureModel:
        path = Path(self.start)
        if path.is_file():
            return ArchitectureModel(name=self.architecture, weights=FileRef.of(path))
        family, _, rest = self.start.partition("/")
        variant, _, checkpoint = rest.partition("@")
        if not variant:
            raise InputError("--start", f"{self.start!r} is neither a file nor a variant", "family/variant, or a file")
        return FamilyModel(family=family, variant=variant, checkpoint=checkpoint)


COMMAND = PlainCommand(FinetuneOptions, run)

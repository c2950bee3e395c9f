"""``perturber finetune``: continue training from existing weights."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import tyro

from perturber.cli.command import PlainCommand
from perturber.cli.output import notify
from perturber.cli.training.train_command import PeakRate, TrainOptions, run
from perturber.core.errors import InputError
from perturber.core.session.models import ArchitectureModel, FamilyModel
from perturber.core.storage.files import FileRef
from perturber.core.storage.reading import is_regular
from perturber.nets.architectures.architecture import Architecture
from perturber.nets.open_model import weights_of
from perturber.training.data.sources import PictureSource
from perturber.training.loop.recipes.base_recipe import Recipe, TrainingBatch
from perturber.training.loop.transfer import describe_attack, with_new_head

PROBED = 32
"""Pictures that the attack is tried on before training."""


@dataclass(frozen=True)
class FinetuneOptions(TrainOptions):
    """Continue training from existing weights, so that features stay aligned. See perturber train.

    If the number of classes differs, the head is replaced by a fresh one (transfer learning).
    """

    start: Annotated[str, tyro.conf.arg(aliases=["-s"])] = "studio/standard"
    """Start from family/variant, family/variant@checkpoint, or a weights file of the architecture."""
    rate: PeakRate = 1.5e-3

    def first_network(self, classes: int) -> Architecture:
        """Return the network to start from. Raises InputError that names the option or the file."""
        architecture = weights_of(self._reference())
        if architecture.classes == classes:
            return architecture
        made, replaced = with_new_head(architecture, classes)
        known = f"the weights know {architecture.classes} classes, the pictures show {classes}"
        notify(f"{known}: the head is replaced ({', '.join(replaced)})")
        return made

    def check_start(self, architecture: Architecture, recipe: Recipe, source: PictureSource) -> None:
        """Warn when the recipe's attack leaves the start network nothing to learn from."""
        index = np.linspace(0, len(source.targets) - 1, min(PROBED, len(source.targets))).astype(np.int64)
        pixels, targets = source.batch(index, self.small, None), torch.from_numpy(source.targets[index])
        warning = describe_attack(
            architecture, recipe, TrainingBatch(pixels, targets, 0.0, torch.Generator().manual_seed(self.seed))
        )
        if warning:
            notify(warning)

    def _reference(self) -> FamilyModel | ArchitectureModel:
        path = Path(self.start)
        if is_regular(path):
            return ArchitectureModel(name=self.architecture, weights=FileRef.of(path))
        family, _, rest = self.start.partition("/")
        variant, _, checkpoint = rest.partition("@")
        if not variant:
            raise InputError("--start", f"{self.start!r} is neither a file nor a variant", "family/variant, or a file")
        return FamilyModel(family=family, variant=variant, checkpoint=checkpoint)


COMMAND = PlainCommand(FinetuneOptions, run)

"""Options of the commands that measure a family of networks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import tyro

from perturber.cli.options import ATTACK_STEPS, DeviceOption
from perturber.core.errors import InputError
from perturber.engine.device import choose_device
from perturber.training.measures.family_evaluation import Findings, Options, check_options, find_family
from perturber.training.report.assess import measure_family


@dataclass(frozen=True)
class MeasureOptions(DeviceOption):
    """Options that select the pictures to measure on, and the attack."""

    family: tyro.conf.Positional[str]
    """Name of a model family, or a folder with a family.toml."""
    images: Path | None = None
    """Folder of pictures in ImageNet's layout (folders named by WordNet id), instead of the rendered test
    pictures; measures that need rendered pictures are then skipped."""
    pictures: int = 1000
    """Maximum number of pictures per set, at the last checkpoint of a variant."""
    attacked: int = 200
    """Number of these pictures to attack."""
    norm: Literal["l2", "linf"] = "l2"
    """Norm that bounds the attack."""
    epsilons: str = "0.25,0.5,1,2,3"
    """Radii of the attack, for pixels in [0, 1]."""
    steps: Annotated[int, ATTACK_STEPS] = 20

    def options(self, measures: tuple[str, ...], **more: Any) -> Options:
        """Return the evaluation's options. Raises InputError that names the flag."""
        try:
            epsilons = tuple(float(value) for value in self.epsilons.split(","))
        except ValueError:
            raise InputError("--epsilons", f"{self.epsilons!r} are not numbers", "numbers such as 0.5,1,2") from None
        fields = {name: getattr(self, name) for name in ("pictures", "attacked", "norm", "steps")}
        return check_options(measures=measures, epsilons=epsilons, **fields, **more)


@dataclass(frozen=True)
class FamilyMeasureOptions(MeasureOptions):
    """Options that select the pictures and checkpoints to measure."""

    checkpoints: Literal["all", "last"] = "all"
    """Measure all checkpoints, or only the last one of each variant."""
    before: float = 0.25
    """Share of these pictures used at checkpoints before the last."""

    def measure(self, measures: tuple[str, ...]) -> Findings:
        """Run the given measures, with progress on standard error. Raises InputError."""
        wanted = self.options(measures, checkpoints=self.checkpoints, before=self.before)
        return measure_family(find_family(self.family), wanted, choose_device(self.device), self.images)

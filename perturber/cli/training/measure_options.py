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
    """On what is measured, and how it is attacked."""

    family: tyro.conf.Positional[str]
    """A model family by name, or a folder with a family.toml."""
    images: Path | None = None
    """A folder of pictures in ImageNet's layout (folders named by WordNet id) instead of the rendered test
    pictures; what needs rendered ones is then left out."""
    pictures: int = 1000
    """At most so many pictures of each set, at the last checkpoint of a variant."""
    attacked: int = 200
    """How many of them are attacked there."""
    norm: Literal["l2", "linf"] = "l2"
    """In which norm the attack is bounded."""
    epsilons: str = "0.25,0.5,1,2,3"
    """Radii of the attack, in units of pixels from 0 to 1."""
    steps: Annotated[int, ATTACK_STEPS] = 20

    def options(self, measures: tuple[str, ...], **more: Any) -> Options:
        """As the evaluation takes them. Raises InputError that names the flag."""
        try:
            epsilons = tuple(float(value) for value in self.epsilons.split(","))
        except ValueError:
            raise InputError("--epsilons", f"{self.epsilons!r} are no numbers", "numbers such as 0.5,1,2") from None
        fields = {name: getattr(self, name) for name in ("pictures", "attacked", "norm", "steps")}
        return check_options(measures=measures, epsilons=epsilons, **fields, **more)


@dataclass(frozen=True)
class FamilyMeasureOptions(MeasureOptions):
    """On what is measured, and how much."""

    checkpoints: Literal["all", "last"] = "all"
    """Every checkpoint, or each variant's last."""
    before: float = 0.25
    """Share of these pictures that is looked at at the other checkpoints."""

    def measure(self, measures: tuple[str, ...]) -> Findings:
        """Measure everything asked for, with progress on standard error. Raises InputError."""
        wanted = self.options(measures, checkpoints=self.checkpoints, before=self.before)
        return measure_family(find_family(self.family), wanted, choose_device(self.device), self.images)

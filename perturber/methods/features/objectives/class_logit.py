"""The logit of a class, before the softmax (Simonyan et al. 2014)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field
from torch import Tensor

from perturber.core.errors import InputError
from perturber.methods.features.objectives.base_objective import NetworkRun, Objective


class ClassLogit(Objective):
    """Logit of one output."""

    kind: Literal["class_logit"] = "class_logit"
    output: Annotated[int, Field(ge=0)]

    @property
    def whole(self) -> bool:
        return True

    def value(self, seen: NetworkRun) -> Tensor:
        assert seen.logits is not None  # requested by `whole`
        return seen.logits[:, self.output]

    def check(self, channels: Mapping[str, int], classes: int) -> None:
        if self.output >= classes:
            raise InputError("output", f"there is no output {self.output}", f"0 to {classes - 1}")

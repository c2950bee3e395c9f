"""Accuracy on unmodified pictures."""

from __future__ import annotations

from typing import ClassVar, Literal

from perturber.training.data.rendered_pictures import Progress
from perturber.training.measures.base_measure import Count, Measure, Values, accuracy
from perturber.training.measures.material import Material, MeasuredCheckpoint


class Clean(Measure):
    """Top-1 accuracy."""

    kind: Literal["clean"] = "clean"
    rank: ClassVar[int] = 1
    pictures: Count = 1000
    title: ClassVar[str] = "Clean accuracy"
    about: ClassVar[str] = "Share of held-out pictures whose top class is correct (top-1)."
    sets: ClassVar[tuple[str, ...]] = ("plain",)

    def run(self, subject: MeasuredCheckpoint, material: Material, progress: Progress) -> Values:
        return {"top1": accuracy(subject, material.chosen("plain", self.pictures), progress)}

    def trials(self, material: Material, values: Values) -> dict[str, int]:
        return {"top1": len(material.chosen("plain", self.pictures).targets)}

"""Accuracy over viewpoints."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from perturber.training.data.rendered_pictures import Progress, ignore_progress
from perturber.training.measures.base_measure import Measure, Values, compute_logits
from perturber.training.measures.material import Material, MeasuredCheckpoint


class Views(Measure):
    """Accuracy on the 28 views of every shipped object."""

    kind: Literal["views"] = "views"
    rank: ClassVar[int] = 6
    title: ClassVar[str] = "The 28 views"
    about: ClassVar[str] = (
        "Share of an object's 28 views (7 yaws, 2 pitches, 2 distances) whose top class is one of the object's."
    )
    views: ClassVar[bool] = True

    def run(self, subject: MeasuredCheckpoint, material: Material, progress: Progress) -> Values:
        values = {}
        for number, seen in enumerate(material.seen):
            said = compute_logits(subject, seen, ignore_progress).argmax(1)
            values[seen.name] = float(np.isin(said, seen.group).mean())
            progress(number + 1, len(material.seen))
        return values

    def trials(self, material: Material, values: Values) -> dict[str, int]:
        return {seen.name: len(seen.pixels) for seen in material.seen}

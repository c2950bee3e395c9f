"""Shape or texture?"""

from __future__ import annotations

from typing import ClassVar, Literal

from perturber.training.data.rendered_pictures import Progress
from perturber.training.measures.base_measure import Count, Measure, Values, answers
from perturber.training.measures.material import Material, MeasuredCheckpoint


class ShapeBias(Measure):
    """Decisions on pictures whose shape and texture are of different classes."""

    kind: Literal["shape"] = "shape"
    rank: ClassVar[int] = 3
    pictures: Count = 1000
    title: ClassVar[str] = "Shape or texture"
    about: ClassVar[str] = (
        "Pictures of an object of one class that wears the texture of another, before a neutral background: share "
        "answered with the shape's class, with the texture's, and with neither. The shape share is shape / (shape + "
        "texture), as in Geirhos et al., 2019; their cue conflicts were made by style transfer."
    )
    sets: ClassVar[tuple[str, ...]] = ("conflict",)

    def run(self, subject: MeasuredCheckpoint, material: Material, progress: Progress) -> Values:
        chosen = material.chosen("conflict", self.pictures)
        said = answers(subject, chosen, progress).argmax(1)
        shape, texture = float((said == chosen.targets).mean()), float((said == chosen.textures).mean())
        values = {"shape": shape, "texture": texture, "neither": 1 - shape - texture}
        return values | ({"shape share": shape / (shape + texture)} if shape + texture else {})

"""Preference for shape or texture."""

from __future__ import annotations

from typing import ClassVar, Literal

from perturber.training.data.rendered_pictures import Progress
from perturber.training.measures.base_measure import Count, Measure, Values, compute_logits
from perturber.training.measures.material import Material, MeasuredCheckpoint


class ShapeBias(Measure):
    """Predictions on pictures whose shape and texture belong to different classes."""

    kind: Literal["shape"] = "shape"
    rank: ClassVar[int] = 3
    pictures: Count = 1000
    title: ClassVar[str] = "Shape or texture"
    about: ClassVar[str] = (
        "Pictures of an object of one class with the texture of another, on a neutral background: share "
        "classified as the shape's class, as the texture's, and as neither. The shape share is shape / (shape + "
        "texture), as in Geirhos et al., 2019; their cue conflicts were made by style transfer."
    )
    sets: ClassVar[tuple[str, ...]] = ("conflict",)

    def run(self, subject: MeasuredCheckpoint, material: Material, progress: Progress) -> Values:
        chosen = material.chosen("conflict", self.pictures)
        said = compute_logits(subject, chosen, progress).argmax(1)
        shape, texture = float((said == chosen.targets).mean()), float((said == chosen.textures).mean())
        values = {"shape": shape, "texture": texture, "neither": 1 - shape - texture}
        return values | ({"shape share": shape / (shape + texture)} if shape + texture else {})

    def trials(self, material: Material, values: Values) -> dict[str, int]:
        count = len(material.chosen("conflict", self.pictures).targets)
        found = dict.fromkeys(("shape", "texture", "neither"), count)
        return found | {"shape share": round((values["shape"] + values["texture"]) * count)}

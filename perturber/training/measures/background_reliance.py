"""A network's reliance on the background."""

from __future__ import annotations

from typing import ClassVar, Literal

from perturber.training.data.rendered_pictures import Progress
from perturber.training.measures.base_measure import Count, Measure, Values, accuracy
from perturber.training.measures.material import Material, MeasuredCheckpoint


class BackgroundReliance(Measure):
    """Accuracy on the backgrounds of other classes."""

    kind: Literal["background"] = "background"
    rank: ClassVar[int] = 5
    pictures: Count = 1000
    title: ClassVar[str] = "Background swapped"
    about: ClassVar[str] = (
        "Top-1 on held-out pictures, on the same objects with the background of another class, and the drop from the "
        "first to the second. The training pictures correlate background and class to a stated degree, so a drop "
        "measures a planted bias."
    )
    sets: ClassVar[tuple[str, ...]] = ("plain", "swapped")

    def run(self, subject: MeasuredCheckpoint, material: Material, progress: Progress) -> Values:
        shares = {}
        for number, name in enumerate(self.sets):

            def half(done: int, count: int, before: int = number) -> None:
                progress(before * count + done, 2 * count)

            shares[name] = accuracy(subject, material.chosen(name, self.pictures), half)
        return {**shares, "drop": shares["plain"] - shares["swapped"]}

    def trials(self, material: Material, values: Values) -> dict[str, int]:
        return {name: len(material.chosen(name, self.pictures).targets) for name in self.sets}

"""How much a network leans on the background."""

from __future__ import annotations

from typing import ClassVar, Literal

from perturber.training.data.rendered_pictures import Progress
from perturber.training.measures.base_measure import Count, Measure, Values, right
from perturber.training.measures.material import Material, MeasuredCheckpoint


class BackgroundReliance(Measure):
    """Accuracy before backgrounds at which another class is at home."""

    kind: Literal["background"] = "background"
    rank: ClassVar[int] = 5
    pictures: Count = 1000
    title: ClassVar[str] = "Background swapped"
    about: ClassVar[str] = (
        "Top-1 on held-out pictures, on the same objects before the home of another class, and the drop from the "
        "first to the second. In training background and class go together to a stated degree, so a drop is a bias "
        "that was planted."
    )
    sets: ClassVar[tuple[str, ...]] = ("plain", "swapped")

    def run(self, subject: MeasuredCheckpoint, material: Material, progress: Progress) -> Values:
        shares = {}
        for number, name in enumerate(self.sets):

            def half(done: int, count: int, before: int = number) -> None:
                progress(before * count + done, 2 * count)

            shares[name] = right(subject, material.chosen(name, self.pictures), half)
        return {**shares, "drop": shares["plain"] - shares["swapped"]}

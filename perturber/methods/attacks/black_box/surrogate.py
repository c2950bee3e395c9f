"""Black-box attack by a surrogate (Papernot et al., "Practical Black-Box Attacks against Machine Learning", 2017)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

from annotated_types import Interval

from perturber.core.parameters.parameter import Control
from perturber.methods.attacks.base_attack import Bounded
from perturber.methods.attacks.gradient.pgd import Pgd

if TYPE_CHECKING:
    from torch import Tensor

    from perturber.methods.networks.student import Student
    from perturber.methods.networks.victim import Victim


class BySurrogate(Bounded):
    """A small network learns the attacked one's labels around each picture; PGD on it makes the picture.

    Of the attacked network only the class it puts first is asked for: no gradient, no probability.
    In every round the small network learns from the pictures labeled so far, is attacked, and
    tells which pictures to have labeled next (algorithm 1). A picture that is fooled is finished;
    when all are, or the rounds are over, the attack ends.
    """

    title = "Surrogate (Black Box)"
    kind: Literal["surrogate"] = "surrogate"
    rounds: Annotated[int, Interval(ge=1, le=100), Control("Rounds")] = 4
    """How often the small network learns and is attacked."""
    first: Annotated[int, Interval(ge=2, le=1000), Control("Pictures per Round")] = 16
    """Pictures that are labeled in each round: first neighbors of the picture, then what the surrogate tells."""
    stride: Annotated[float, Interval(ge=0, le=1), Control("Augmentation Step")] = 0.1
    """How far, by pixel in [0, 1], new pictures lie from known ones: lambda of Jacobian-based augmentation."""
    epochs: Annotated[int, Interval(ge=1, le=1000), Control("Epochs")] = 10
    """How often the small network sees all its pictures in each round."""
    inner: Annotated[int, Interval(ge=1, le=1000), Control("PGD Steps")] = 10
    """Steps of PGD on the small network."""
    together: Annotated[int, Interval(ge=1, le=1000), Control("Queries per Step")] = 4
    """Pictures that are labeled in one step of the attack, for each picture."""

    @property
    def planned(self) -> int:
        """Until the rounds are over: queries, epochs and an attack in each."""
        return self.rounds * (-(-self.first // self.together) + self.epochs + 1)

    def steps_on(self, victim: Victim, pixels: Tensor) -> Iterator[Tensor]:
        """Ends when every picture is fooled or the rounds are over."""
        best = pixels
        students, fooled = self._students(victim, pixels)
        for number in range(self.rounds):
            rows = [row for row in range(len(pixels)) if not fooled[row]]
            if not rows:
                return
            fresh = {row: self._fresh(students[row], number) for row in rows}
            for start in range(0, self.first, self.together):
                portion = {row: found[start : start + self.together] for row, found in fresh.items()}
                for row, labels in _ask(victim, portion).items():
                    students[row].note(portion[row], labels)
                yield best
            for _ in range(self.epochs):
                for row in rows:
                    students[row].learn()
                yield best
            tried = {row: self._crafted(students[row], victim, row) for row in rows}
            best = best.clone()
            for row, labels in _ask(victim, tried).items():
                best[row] = tried[row][0]
                fooled[row] = bool((labels == victim.goal[row]) == victim.targeted)
                students[row].note(tried[row], labels)
            yield best

    def _fresh(self, student: Student, number: int) -> Tensor:
        """What is labeled in a round: neighbors, then pictures away from their label and towards it in turn."""
        if number == 0:
            return student.neighbors(self.first)
        return student.beside(self.first, self.stride * (-1) ** number)

    def _students(self, victim: Victim, pixels: Tensor) -> tuple[list[Student], list[bool]]:
        """A small network for each picture, all begun alike, and whether a picture needs none."""
        import torch

        from perturber.methods.networks.student import Student

        with torch.no_grad():
            logits = victim.logits(pixels)
        seed = int(torch.randint(2**31 - 1, (), generator=victim.generator))
        labels = logits.argmax(1)
        students = [
            Student(picture, label, logits.shape[1], seed) for picture, label in zip(pixels, labels, strict=True)
        ]
        return students, [bool(hit) for hit in victim.fooled(logits)]

    def _crafted(self, student: Student, victim: Victim, row: int) -> Tensor:
        """The picture 1×3×H×W that PGD on the small network makes."""
        from perturber.methods.networks.victim import Victim

        local = Victim(student.network.logits, victim.goal[row][None], targeted=victim.targeted)
        descent = Pgd(norm=self.norm, epsilon=self.epsilon, steps=self.inner)
        return descent.after(local, student.picture[None], self.inner)


def _ask(victim: Victim, pictures: dict[int, Tensor]) -> dict[int, Tensor]:
    """The classes that the network puts first, for as many pictures of each row."""
    import torch

    with torch.no_grad():
        labels = victim.logits(torch.cat(list(pictures.values()))).argmax(1)
    parts = torch.split(labels, [len(found) for found in pictures.values()])
    return dict(zip(pictures, parts, strict=True))

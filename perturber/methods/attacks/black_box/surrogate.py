"""Surrogate black-box attack (Papernot et al., "Practical Black-Box Attacks against Machine Learning", 2017)."""

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
    """Train a small surrogate on the attacked network's labels around each picture, and attack it with PGD.

    Only the attacked network's top class is used: no gradient, no probability. In every round the
    surrogate learns from the pictures labeled so far, is attacked, and suggests which pictures to
    label next (algorithm 1). A picture that fools the network is finished. The attack ends when all
    do or after the last round.
    """

    title = "Surrogate (Black Box)"
    kind: Literal["surrogate"] = "surrogate"
    rounds: Annotated[int, Interval(ge=1, le=100), Control("Rounds")] = 4
    """Rounds of training and attacking the surrogate."""
    first: Annotated[int, Interval(ge=2, le=1000), Control("Pictures per Round")] = 16
    """Pictures labeled in each round: variations of the picture first, then those that the surrogate suggests."""
    stride: Annotated[float, Interval(ge=0, le=1), Control("Augmentation Step")] = 0.1
    """Step from a known picture to a new one, per pixel in [0, 1]: lambda of Jacobian-based augmentation."""
    epochs: Annotated[int, Interval(ge=1, le=1000), Control("Epochs")] = 10
    """Training epochs of the surrogate in each round."""
    inner: Annotated[int, Interval(ge=1, le=1000), Control("PGD Steps")] = 10
    """PGD steps on the surrogate."""
    together: Annotated[int, Interval(ge=1, le=1000), Control("Queries per Step")] = 4
    """Queries per attacked picture in one attack step."""

    @property
    def planned(self) -> int:
        """Steps of all rounds: queries, epochs and one attack in each."""
        return self.rounds * (-(-self.first // self.together) + self.epochs + 1)

    def steps_on(self, victim: Victim, pixels: Tensor) -> Iterator[Tensor]:
        """Yield the latest pictures; end when every picture fools the network or after the last round."""
        best = pixels
        students, fooled = self._create_students(victim, pixels)
        for number in range(self.rounds):
            rows = [row for row in range(len(pixels)) if not fooled[row]]
            if not rows:
                return
            fresh = {row: self._propose(students[row], number) for row in rows}
            for start in range(0, self.first, self.together):
                portion = {row: found[start : start + self.together] for row, found in fresh.items()}
                for row, labels in _ask(victim, portion).items():
                    students[row].note(portion[row], labels)
                yield best
            for _ in range(self.epochs):
                for row in rows:
                    students[row].learn()
                yield best
            tried = {row: self._craft(students[row], victim, row) for row in rows}
            best = best.clone()
            for row, labels in _ask(victim, tried).items():
                best[row] = tried[row][0]
                fooled[row] = bool((labels == victim.goal[row]) == victim.targeted)
                students[row].note(tried[row], labels)
            yield best

    def _propose(self, student: Student, number: int) -> Tensor:
        """Return the pictures to label: variations first, then steps away from and toward the label in turn."""
        if number == 0:
            return student.vary(self.first)
        return student.augment(self.first, self.stride * (-1) ** number)

    def _create_students(self, victim: Victim, pixels: Tensor) -> tuple[list[Student], list[bool]]:
        """Create one student per picture, all initialized alike, and tell which pictures fool the network already."""
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

    def _craft(self, student: Student, victim: Victim, row: int) -> Tensor:
        """Attack the surrogate with PGD. Return the picture, 1×3×H×W."""
        from perturber.methods.networks.victim import Victim

        local = Victim(student.network.logits, victim.goal[row][None], targeted=victim.targeted)
        descent = Pgd(norm=self.norm, epsilon=self.epsilon, steps=self.inner)
        return descent.after(local, student.picture[None], self.inner)


def _ask(victim: Victim, pictures: dict[int, Tensor]) -> dict[int, Tensor]:
    """Return the network's top classes of each row's pictures."""
    import torch

    with torch.no_grad():
        labels = victim.logits(torch.cat(list(pictures.values()))).argmax(1)
    parts = torch.split(labels, [len(found) for found in pictures.values()])
    return dict(zip(pictures, parts, strict=True))

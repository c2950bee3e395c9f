"""What all attacks have in common, and the ball that most of them stay in."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Self

from annotated_types import Interval

from perturber.core.parameters.parameter import Control
from perturber.core.session.attack import AttackMethod, Ball, Norm

if TYPE_CHECKING:
    from torch import Tensor

    from perturber.methods.networks.victim import Victim

TINY = 1e-12


class Iterative(AttackMethod):
    """An attack that goes step by step."""

    @abstractmethod
    def steps_on(self, victim: Victim, pixels: Tensor) -> Iterator[Tensor]:
        """The attacked pictures after each step, N×3×H×W in [0, 1].

        ``pixels`` are the pictures before, N×3×H×W in [0, 1]. An attack that knows no better picture
        any more ends; the others go on for as long as they are asked.
        """

    def after(self, victim: Victim, pixels: Tensor, steps: int) -> Tensor:
        """The pictures after so many steps, or after the last one where the attack ends before."""
        reached = pixels
        for picture in islice(self.steps_on(victim, pixels), steps):
            reached = picture
        return reached


class Bounded(Iterative):
    """An attack inside a ball around each picture."""

    norm: Annotated[Norm, Control("Norm")] = "l2"
    """How the size of the change is measured: over all pixels (l2), or at the pixel changed most (linf)."""
    epsilon: Annotated[float, Interval(ge=0, le=1000), Control("Epsilon")] = 3.0
    """Radius of the ball around each picture, for pixels in [0, 1]."""

    @property
    def ball(self) -> Ball:
        return Ball(self.norm, self.epsilon)

    def with_epsilon(self, epsilon: float) -> Self:
        """The attack with another radius."""
        return self.model_copy(update={"epsilon": epsilon})

    def project(self, change: Tensor, pixels: Tensor) -> Tensor:
        """The nearest change inside the ball, then clipped so that pixels + change stays in [0, 1]."""
        if self.norm == "linf":
            change = change.clamp(-self.epsilon, self.epsilon)
        else:
            change = change * (self.epsilon / lengths(change)).clamp(max=1)
        return (pixels + change).clamp(0, 1) - pixels

    def uphill(self, gradient: Tensor) -> Tensor:
        """The direction of length 1 that rises most: the sign for linf, the normalized gradient for l2."""
        return gradient.sign() if self.norm == "linf" else gradient / lengths(gradient)


def lengths(change: Tensor) -> Tensor:
    """The L2 norm of every picture, N×1×1×1, never zero."""
    found: Tensor = change.flatten(1).norm(dim=1)
    return found.clamp_min(TINY).reshape(-1, 1, 1, 1)

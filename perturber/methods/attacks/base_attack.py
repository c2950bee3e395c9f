"""Base classes of attacks: iterative ones, and those bounded by a norm ball."""

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
    """An attack that proceeds in steps."""

    @abstractmethod
    def steps_on(self, victim: Victim, pixels: Tensor) -> Iterator[Tensor]:
        """Yield the attacked pictures after each step, N×3×H×W in [0, 1].

        ``pixels`` are the unattacked pictures, N×3×H×W in [0, 1]. Attacks with a stopping criterion end;
        the others yield indefinitely.
        """

    def after(self, victim: Victim, pixels: Tensor, steps: int) -> Tensor:
        """Return the pictures after ``steps`` steps, or after the last step if the attack ends earlier."""
        reached = pixels
        for picture in islice(self.steps_on(victim, pixels), steps):
            reached = picture
        return reached


class Bounded(Iterative):
    """An attack that stays inside a norm ball around each picture."""

    norm: Annotated[Norm, Control("Norm")] = "l2"
    """Norm that measures the change: over all values (l2), or the largest change of a single value (linf)."""
    epsilon: Annotated[float, Interval(ge=0, le=1000), Control("Epsilon")] = 3.0
    """Radius of the norm ball around each picture, for pixels in [0, 1]."""

    @property
    def ball(self) -> Ball:
        return Ball(self.norm, self.epsilon)

    def with_epsilon(self, epsilon: float) -> Self:
        """Return a copy with another radius."""
        return self.model_copy(update={"epsilon": epsilon})

    def project(self, change: Tensor, pixels: Tensor) -> Tensor:
        """Project a change into the ball, then clip it so that pixels + change stays in [0, 1]."""
        if self.norm == "linf":
            change = change.clamp(-self.epsilon, self.epsilon)
        else:
            change = change * (self.epsilon / lengths(change)).clamp(max=1)
        return (pixels + change).clamp(0, 1) - pixels

    def uphill(self, gradient: Tensor) -> Tensor:
        """Return the unit step of steepest ascent: the gradient's sign for linf, the normalized gradient for l2."""
        return gradient.sign() if self.norm == "linf" else normalize_l2(gradient)


def lengths(change: Tensor) -> Tensor:
    """Return the L2 norm of each picture, N×1×1×1, at least `TINY`."""
    found: Tensor = change.flatten(1).norm(dim=1)
    return found.clamp_min(TINY).reshape(-1, 1, 1, 1)


def normalize_l2(gradient: Tensor) -> Tensor:
    """Return each picture's gradient, N×3×H×W, divided by its L2 norm; a zero gradient stays zero."""
    scaled = gradient / magnitude(gradient)
    return scaled / lengths(scaled)


def magnitude(gradient: Tensor) -> Tensor:
    """Return by what to divide each picture's gradient before it is normalized, N×1×1×1.

    1, or the largest value of a gradient whose squares underflow (L2 norm below `TINY`) or overflow.
    """
    largest = gradient.abs().amax((1, 2, 3), keepdim=True)
    length = gradient.flatten(1).norm(dim=1).reshape(-1, 1, 1, 1)
    extreme = ((length < TINY) & (largest > 0)) | (length.isinf() & largest.isfinite())
    return largest.where(extreme, largest.new_ones(()))

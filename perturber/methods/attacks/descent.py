"""Gradient steps inside a norm ball, the basis of PGD and its variants."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, ClassVar, Self

from annotated_types import Interval

from perturber.core.parameters.parameter import Control
from perturber.methods.attacks.base_attack import Bounded, lengths

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from perturber.methods.networks.victim import Victim


class Descent(Bounded):
    """Projected gradient descent; subclasses choose the gradient and the projection."""

    reach: ClassVar[float] = 2.5
    """Default length of all steps together, in units of epsilon: above 1 the edge can be reached and left again."""

    steps: Annotated[int, Interval(ge=0, le=10_000), Control("Steps")] = 20
    """Planned number of steps."""
    step: Annotated[float, Interval(ge=0, le=1000), Control("Step Length")] = 0.0
    """Length of a step, for pixels in [0, 1]; 0 derives it from epsilon and the number of steps."""
    random_start: Annotated[bool, Control("Random Start")] = False
    """Start at a random point in the ball instead of at the picture."""

    @property
    def length(self) -> float:
        return self.step or self.reach * self.epsilon / max(self.steps, 1)

    @property
    def has_fixed_length(self) -> bool:
        return self.step > 0

    @property
    def chosen_steps(self) -> int:
        return self.steps

    def with_epsilon(self, epsilon: float) -> Self:
        """Return a copy with another radius; a fixed step length scales with it."""
        made = super().with_epsilon(epsilon)
        if not self.step or not self.epsilon:
            return made
        return made.model_copy(update={"step": self.step * epsilon / self.epsilon})

    def steps_on(self, victim: Victim, pixels: Tensor) -> Iterator[Tensor]:
        """Yield the pictures after each step, indefinitely."""
        change = self.start(pixels, victim.generator)
        while True:
            change = self.move(change, victim.gradient(pixels + change), pixels)
            yield pixels + change

    def move(self, change: Tensor, gradient: Tensor, pixels: Tensor) -> Tensor:
        """Take one step uphill from ``pixels + change``, projected into the ball and [0, 1]."""
        return self.project(change + self.length * self.uphill(gradient), pixels)

    def start(self, pixels: Tensor, generator: torch.Generator | None) -> Tensor:
        """Return the initial change: zero, or random in the ball."""
        import torch

        if not self.random_start:
            return torch.zeros_like(pixels)
        drawn = torch.randn if self.norm == "l2" else torch.rand
        noise = drawn(pixels.shape, generator=generator).to(pixels)
        if self.norm == "linf":
            return self.project((2 * noise - 1) * self.epsilon, pixels)
        radius = torch.rand((len(pixels), 1, 1, 1), generator=generator).to(pixels)
        return self.project(noise / lengths(noise) * self.epsilon * radius, pixels)

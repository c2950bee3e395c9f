"""Steps uphill inside a ball, what PGD and its relatives are made of."""

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
    """Projected gradient descent; what is descended, and to where a change is projected, is up to the member."""

    reach: ClassVar[float] = 2.5
    """How far all steps together go by default, in units of epsilon: the edge can be reached and left again."""

    steps: Annotated[int, Interval(ge=0, le=10_000), Control("Steps")] = 20
    """How many steps are meant to be taken."""
    step: Annotated[float, Interval(ge=0, le=1000), Control("Step Length")] = 0.0
    """Length of a step; 0 is a share of epsilon that the number of steps decides."""
    random_start: Annotated[bool, Control("Random Start")] = False
    """Start anywhere in the ball instead of at the picture."""

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
        """The attack with another radius; a step length that is set grows along."""
        made = super().with_epsilon(epsilon)
        if not self.step or not self.epsilon:
            return made
        return made.model_copy(update={"step": self.step * epsilon / self.epsilon})

    def steps_on(self, victim: Victim, pixels: Tensor) -> Iterator[Tensor]:
        """Goes on for as long as it is asked."""
        change = self.start(pixels, victim.generator)
        while True:
            change = self.move(change, victim.gradient(pixels + change), pixels)
            yield pixels + change

    def move(self, change: Tensor, gradient: Tensor, pixels: Tensor) -> Tensor:
        """One step uphill from ``pixels + change``, inside the ball and inside [0, 1]."""
        return self.project(change + self.length * self.uphill(gradient), pixels)

    def start(self, pixels: Tensor, generator: torch.Generator | None) -> Tensor:
        """The change that is begun with."""
        import torch

        if not self.random_start:
            return torch.zeros_like(pixels)
        drawn = torch.randn if self.norm == "l2" else torch.rand
        noise = drawn(pixels.shape, generator=generator).to(pixels)
        if self.norm == "linf":
            return self.project((2 * noise - 1) * self.epsilon, pixels)
        radius = torch.rand((len(pixels), 1, 1, 1), generator=generator).to(pixels)
        return self.project(noise / lengths(noise) * self.epsilon * radius, pixels)

"""Projected gradient descent (Madry et al., "Towards Deep Learning Models Resistant to Adversarial Attacks", 2018)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

from annotated_types import Interval

from perturber.core.parameter import Control
from perturber.methods.attacks.base import Bounded, lengths

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from perturber.methods.victim import Logits, Victim


class Pgd(Bounded):
    """Steps along the gradient of the cross-entropy, each projected back into the ball and into [0, 1]."""

    title = "PGD"
    kind: Literal["pgd"] = "pgd"
    steps: Annotated[int, Interval(ge=0, le=10_000), Control("Steps")] = 20
    """How many steps are meant to be taken."""
    step: Annotated[float, Interval(ge=0, le=1000), Control("Step Length")] = 0.0
    """Length of a step; 0 is 2.5 · epsilon / steps, with which the edge can be reached and left again."""
    random_start: Annotated[bool, Control("Random Start")] = False
    """Start anywhere in the ball instead of at the picture."""

    @property
    def length(self) -> float:
        """The step that is taken, in units of pixels in [0, 1]."""
        return self.step or 2.5 * self.epsilon / max(self.steps, 1)

    def steps_on(self, victim: Victim, pixels: Tensor) -> Iterator[Tensor]:
        """Goes on for as long as it is asked."""
        change = self._start(pixels, victim.generator)
        while True:
            change = self.move(change, victim.gradient(pixels + change), pixels)
            yield pixels + change

    def run(self, logits: Logits, pixels: Tensor, targets: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Pictures that the network takes for anything but ``targets``, as far as the ball allows.

        ``pixels`` are N×3×H×W in [0, 1], ``targets`` N class numbers. Every picture is attacked by
        itself: the result does not depend on the batch it is in. ``generator`` (on the CPU) decides
        the random start.
        """
        from perturber.methods.victim import Victim

        if self.steps == 0:
            return pixels + self._start(pixels, generator)
        return self.after(Victim(logits, targets, generator=generator), pixels, self.steps)

    def move(self, change: Tensor, slope: Tensor, pixels: Tensor) -> Tensor:
        """One step uphill from ``pixels + change``, inside the ball and inside [0, 1]."""
        return self.project(change + self.length * self.uphill(slope), pixels)

    def _start(self, pixels: Tensor, generator: torch.Generator | None) -> Tensor:
        import torch

        if not self.random_start:
            return torch.zeros_like(pixels)
        drawn = torch.randn if self.norm == "l2" else torch.rand
        noise = drawn(pixels.shape, generator=generator).to(pixels)
        if self.norm == "linf":
            return self.project((2 * noise - 1) * self.epsilon, pixels)
        radius = torch.rand((len(pixels), 1, 1, 1), generator=generator).to(pixels)
        return self.project(noise / lengths(noise) * self.epsilon * radius, pixels)

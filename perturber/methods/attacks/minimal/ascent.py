"""Gradient ascent on a logit until the prediction changes.

x ← x + η·g/‖g‖₂ with g = ∂yⱼ/∂x, "until the prediction becomes class j" (the rule for fooling images
in Stanford's course CS231n, here with steps of fixed length).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

from annotated_types import Interval

from perturber.core.parameters.parameter import Control
from perturber.methods.attacks.base_attack import Iterative, lengths, magnitude

if TYPE_CHECKING:
    from torch import Tensor

    from perturber.methods.networks.victim import Victim


class Ascent(Iterative):
    """Steps of fixed length that raise the target's logit, or without a target lower that of the original class."""

    title = "Logit Ascent"
    kind: Literal["ascent"] = "ascent"
    rate: Annotated[float, Interval(ge=0, le=1000), Control("Learning Rate")] = 0.1
    """Length η of a step, as the L2 norm for pixels in [0, 1]."""

    def steps_on(self, victim: Victim, pixels: Tensor) -> Iterator[Tensor]:
        """Yield the pictures after each step; those that fool the network no longer change. End when all do."""
        sign = 1 if victim.targeted else -1
        while True:
            logits, ((_, gradient),) = victim.gradients(pixels, lambda given: [sign * victim.own(given)])
            fooled = victim.fooled(logits)
            if fooled.all():
                return
            gradient = gradient / magnitude(gradient)
            moved = (pixels + self.rate * gradient / lengths(gradient)).clamp(0, 1)
            pixels = moved.where(~fooled.reshape(-1, 1, 1, 1), pixels)
            yield pixels

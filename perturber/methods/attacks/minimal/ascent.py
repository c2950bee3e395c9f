"""Ascent of a logit along its normalized gradient, until the answer changes.

x ← x + η·g/‖g‖₂ with g = ∂yⱼ/∂x, "until the prediction becomes class j" (the rule for fooling pictures
of Stanford's course CS231n, here with the step of a fixed length).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

from annotated_types import Interval

from perturber.core.parameters.parameter import Control
from perturber.methods.attacks.base_attack import Iterative, lengths

if TYPE_CHECKING:
    from torch import Tensor

    from perturber.methods.networks.victim import Victim


class Ascent(Iterative):
    """Steps of one length up the target's logit, or down the original class's when there is no target."""

    title = "Logit Ascent"
    kind: Literal["ascent"] = "ascent"
    rate: Annotated[float, Interval(ge=0, le=1000), Control("Learning Rate")] = 0.1
    """Length η of a step, the L2 norm for pixels in [0, 1]."""

    def steps_on(self, victim: Victim, pixels: Tensor) -> Iterator[Tensor]:
        """Ends when every picture is taken for something else; those that are stay as they are."""
        sign = 1 if victim.targeted else -1
        while True:
            logits, ((_, gradient),) = victim.gradients(pixels, lambda given: [sign * victim.own(given)])
            fooled = victim.fooled(logits)
            if fooled.all():
                return
            moved = (pixels + self.rate * gradient / lengths(gradient)).clamp(0, 1)
            pixels = moved.where(~fooled.reshape(-1, 1, 1, 1), pixels)
            yield pixels

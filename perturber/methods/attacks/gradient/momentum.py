"""Iterated FGSM with momentum (Dong et al., "Boosting Adversarial Attacks with Momentum", 2018)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

from annotated_types import Interval

from perturber.core.parameters.parameter import Control
from perturber.core.session.attack import Norm
from perturber.methods.attacks.base_attack import TINY, magnitude
from perturber.methods.attacks.descent import Descent

if TYPE_CHECKING:
    from torch import Tensor

    from perturber.methods.networks.victim import Victim


class Momentum(Descent):
    """Steps along a decaying sum of gradients, each divided by its L1 norm (equations 6 and 7; equation 9 for l2)."""

    title = "Momentum FGSM"
    reach = 1.0
    kind: Literal["momentum"] = "momentum"
    norm: Annotated[Norm, Control("Norm")] = "linf"
    """Norm that measures the change: over all values (l2), or the largest change of a single value (linf)."""
    epsilon: Annotated[float, Interval(ge=0, le=1000), Control("Epsilon")] = 8 / 255
    """Radius of the norm ball around each picture, for pixels in [0, 1]."""
    steps: Annotated[int, Interval(ge=0, le=10_000), Control("Steps")] = 10
    """Planned number of steps."""
    decay: Annotated[float, Interval(ge=0, le=1), Control("Decay")] = 1.0
    """Share of the gradient sum that each step keeps; 0 is iterated FGSM."""

    def steps_on(self, victim: Victim, pixels: Tensor) -> Iterator[Tensor]:
        """Yield the pictures after each step, indefinitely."""
        change = self.start(pixels, victim.generator)
        speed = pixels * 0
        while True:
            speed = self.decay * speed + normalize_l1(victim.gradient(pixels + change))
            change = self.move(change, speed, pixels)
            yield pixels + change


def normalize_l1(gradient: Tensor) -> Tensor:
    """Divide each picture's gradient, N×3×H×W, by its L1 norm."""
    gradient = gradient / magnitude(gradient)
    total: Tensor = gradient.abs().flatten(1).sum(dim=1)
    return gradient / total.clamp_min(TINY).reshape(-1, 1, 1, 1)

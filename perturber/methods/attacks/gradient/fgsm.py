"""The fast gradient sign method (Goodfellow et al., "Explaining and Harnessing Adversarial Examples", 2015)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

from annotated_types import Interval

from perturber.core.parameters.parameter import Control
from perturber.core.session.attack import Norm
from perturber.methods.attacks.base_attack import Bounded

if TYPE_CHECKING:
    from torch import Tensor

    from perturber.methods.networks.victim import Victim


class Fgsm(Bounded):
    """One step from the picture to the edge of the ball: x + ε·sign(∇J), or x + ε·∇J/‖∇J‖₂ for l2."""

    title = "FGSM"
    kind: Literal["fgsm"] = "fgsm"
    norm: Annotated[Norm, Control("Norm")] = "linf"
    """Norm that measures the change: over all values (l2), or the largest change of a single value (linf)."""
    epsilon: Annotated[float, Interval(ge=0, le=1000), Control("Epsilon")] = 8 / 255
    """Length of the step, for pixels in [0, 1]."""

    @property
    def planned(self) -> int:
        """One step."""
        return 1

    def steps_on(self, victim: Victim, pixels: Tensor) -> Iterator[Tensor]:
        """Yield the pictures after the only step."""
        yield pixels + self.project(self.epsilon * self.uphill(victim.gradient(pixels)), pixels)

"""Iterated FGSM, the basic iterative method (Kurakin et al., "Adversarial Examples in the Physical World", 2017)."""

from __future__ import annotations

from typing import Annotated, Literal

from annotated_types import Interval

from perturber.core.parameters.parameter import Control
from perturber.core.session.attack import Norm
from perturber.methods.attacks.descent import Descent


class IteratedFgsm(Descent):
    """Small steps along the sign of the gradient, clipped to the ball and to [0, 1] (section 2.2).

    The paper takes min(ε + 4, 1.25·ε) steps of 1 for pixels in [0, 255], so that all steps together
    are 1.25·ε at most.
    """

    title = "Iterated FGSM"
    reach = 1.25
    kind: Literal["iterated_fgsm"] = "iterated_fgsm"
    norm: Annotated[Norm, Control("Norm")] = "linf"
    """How the size of the change is measured: over all pixels (l2), or at the pixel changed most (linf)."""
    epsilon: Annotated[float, Interval(ge=0, le=1000), Control("Epsilon")] = 8 / 255
    """Radius of the ball around each picture, for pixels in [0, 1]."""
    steps: Annotated[int, Interval(ge=0, le=10_000), Control("Steps")] = 10
    """How many steps are meant to be taken."""

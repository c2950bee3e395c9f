"""Iterated FGSM, the basic iterative method (Kurakin et al., "Adversarial Examples in the Physical World", 2017)."""

from __future__ import annotations

from typing import Annotated, Literal

from annotated_types import Interval

from perturber.core.parameters.parameter import Control
from perturber.core.session.attack import Norm
from perturber.methods.attacks.descent import Descent


class IteratedFgsm(Descent):
    """Small steps along the sign of the gradient, clipped to the ball and to [0, 1] (section 2.2).

    The paper takes min(ε + 4, 1.25·ε) steps of 1 for pixels in [0, 255], so all steps together
    reach at most 1.25·ε.
    """

    title = "Iterated FGSM"
    reach = 1.25
    kind: Literal["iterated_fgsm"] = "iterated_fgsm"
    norm: Annotated[Norm, Control("Norm")] = "linf"
    """Norm that measures the change: over all values (l2), or the largest change of a single value (linf)."""
    epsilon: Annotated[float, Interval(ge=0, le=1000), Control("Epsilon")] = 8 / 255
    """Radius of the norm ball around each picture, for pixels in [0, 1]."""
    steps: Annotated[int, Interval(ge=0, le=10_000), Control("Steps")] = 10
    """Planned number of steps."""

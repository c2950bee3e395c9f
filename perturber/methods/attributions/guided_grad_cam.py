"""Guided Grad-CAM (Selvaraju et al., "Grad-CAM", arXiv 1610.02391, section 3.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from perturber.methods.attributions.base_attribution import Direct, strongest
from perturber.methods.attributions.grad_cam import heat

if TYPE_CHECKING:
    from torch import Tensor

    from perturber.methods.networks.explained import Explained


class GuidedGradCam(Direct):
    """Product of guided backpropagation and Grad-CAM, maximum over red, green and blue."""

    title = "Guided Grad-CAM"
    layered = True
    kind: Literal["guided_grad_cam"] = "guided_grad_cam"

    def at_once(self, explained: Explained) -> Tensor:
        from perturber.methods.networks.guided import guided_gradient

        return strongest(heat(explained) * guided_gradient(explained))

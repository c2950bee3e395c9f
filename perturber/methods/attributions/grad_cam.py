"""Grad-CAM (Selvaraju et al., "Grad-CAM", arXiv 1610.02391)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from perturber.methods.attributions.base_attribution import Direct

if TYPE_CHECKING:
    from torch import Tensor

    from perturber.methods.networks.explained import Explained


class GradCam(Direct):
    """Where a layer's units that support the class are active: ReLU(Σ α_k A_k), α_k the mean of ∂z/∂A_k."""

    title = "Grad-CAM"
    cheap = True
    layered = True
    kind: Literal["grad_cam"] = "grad_cam"

    def at_once(self, explained: Explained) -> Tensor:
        return heat(explained)[0, 0]


def heat(explained: Explained) -> Tensor:
    """Return the Grad-CAM map at the picture's size, 1×1×H×W. Raises the errors of `Explained.layer_gradients`."""
    maps, gradient = explained.layer_gradients()
    weights = gradient.mean((2, 3), keepdim=True)  # equation 1
    return explained.enlarge((weights * maps).sum(1, keepdim=True).clamp_min(0))  # equation 2

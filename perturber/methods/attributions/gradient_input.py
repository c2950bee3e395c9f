"""Gradient × input (Shrikumar et al., "Not Just a Black Box", arXiv 1605.01713)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from perturber.methods.attributions.base_attribution import Direct

if TYPE_CHECKING:
    from torch import Tensor

    from perturber.methods.networks.explained import Explained


class GradientInput(Direct):
    """First-order contribution of each pixel to the class's logit, relative to black: Σ over colors of x · ∂z/∂x."""

    title = "Gradient × Input"
    cheap = True
    signed = True
    kind: Literal["gradient_input"] = "gradient_input"

    def at_once(self, explained: Explained) -> Tensor:
        return (explained.input_gradient() * explained.pixels)[0].sum(0)

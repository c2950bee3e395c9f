"""The gradient (Simonyan, Vedaldi and Zisserman, "Deep Inside Convolutional Networks", arXiv 1312.6034)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from perturber.methods.attributions.base_attribution import Direct, strongest

if TYPE_CHECKING:
    from torch import Tensor

    from perturber.methods.networks.explained import Explained


class Gradient(Direct):
    """How strongly the class's logit depends on each pixel: |∂z/∂x|, maximum over red, green and blue."""

    title = "Gradient"
    cheap = True
    kind: Literal["gradient"] = "gradient"

    def at_once(self, explained: Explained) -> Tensor:
        return strongest(explained.input_gradient())

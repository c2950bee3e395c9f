"""Guided backpropagation (Springenberg et al., "Striving for Simplicity", arXiv 1412.6806)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from perturber.methods.attributions.base_attribution import Direct, strongest

if TYPE_CHECKING:
    from torch import Tensor

    from perturber.methods.networks.explained import Explained


class GuidedBackprop(Direct):
    """The gradient with ReLUs that pass only positive gradients back, maximum over red, green and blue.

    Sharp, but almost independent of the class and the upper layers: it shows edges that the network
    sees rather than reasons for its decision (Adebayo et al. 2018).
    """

    title = "Guided Backpropagation"
    kind: Literal["guided_backprop"] = "guided_backprop"

    def at_once(self, explained: Explained) -> Tensor:
        from perturber.methods.networks.guided import guided_gradient

        return strongest(guided_gradient(explained))

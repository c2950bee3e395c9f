"""PGD that changes only the object, or only what is around it.

As in Xiao et al., "Noise or Signal: The Role of Image Backgrounds in Object Recognition", 2021, whose strongest
backgrounds are searched for among photos; here the mask comes from the renderer and the background is computed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from perturber.core.errors import InputError
from perturber.core.parameters.parameter import Control
from perturber.methods.attacks.descent import Descent

if TYPE_CHECKING:
    from torch import Tensor

    from perturber.methods.networks.victim import Victim

COVERED = 0.5
"""A pixel of which the object covers at least this share is the object's."""


class Masked(Descent):
    """PGD on some of the pixels; the others stay exactly as they are."""

    title = "PGD on Object or Background"
    kind: Literal["masked"] = "masked"
    masked: ClassVar[bool] = True
    region: Annotated[Literal["object", "background"], Control("Region")] = "object"
    """Which pixels may change."""

    def steps_on(self, victim: Victim, pixels: Tensor) -> Iterator[Tensor]:
        """Goes on for as long as it is asked. Raises InputError when no picture shows the region."""
        region = self._region(victim.mask)
        change = self.start(pixels, victim.generator) * region
        while True:
            change = self.move(change, victim.gradient(pixels + change) * region, pixels)
            yield pixels + change

    def _region(self, mask: Tensor | None) -> Tensor:
        """N×1×H×W: which pixels may change."""
        if mask is None:
            raise InputError("attack.method", "it is not known where the object is", "a 3D scene")
        region = mask >= COVERED
        if self.region == "background":
            region = ~region
        if not region.any():
            raise InputError("attack.method.region", f"the frame shows no {self.region}")
        return region

"""PGD that changes only the object, or only the background.

As in Xiao et al., "Noise or Signal: The Role of Image Backgrounds in Object Recognition", 2021, whose strongest
backgrounds are chosen among photos; here the mask comes from the renderer and the background is optimized.
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
"""Coverage from which a pixel counts as part of the object."""


class Masked(Descent):
    """PGD on some of the pixels; all others stay unchanged."""

    title = "PGD on Object or Background"
    kind: Literal["masked"] = "masked"
    masked: ClassVar[bool] = True
    region: Annotated[Literal["object", "background"], Control("Region")] = "object"
    """Region that may change."""

    def steps_on(self, victim: Victim, pixels: Tensor) -> Iterator[Tensor]:
        """Yield the pictures after each step, indefinitely. Raises InputError when no picture shows the region."""
        region = self._region(victim.mask)
        change = self.start(pixels, victim.generator) * region
        while True:
            change = self.move(change, victim.gradient(pixels + change) * region, pixels)
            yield pixels + change

    def _region(self, mask: Tensor | None) -> Tensor:
        """Return which pixels may change, N×1×H×W bools."""
        if mask is None:
            raise InputError("attack.method", "the position of the object is unknown", "a 3D scene")
        region = mask >= COVERED
        if self.region == "background":
            region = ~region
        if not region.any():
            raise InputError("attack.method.region", f"the frame shows no {self.region}")
        return region

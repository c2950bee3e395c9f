"""PGD whose change holds only low or only high frequencies, for one picture or for many at once.

After Guo, Frank and Weinberger, "Low Frequency Adversarial Perturbation", 2019, and Sharma, Ding and Brubaker, "On the
Effectiveness of Low Frequency Perturbations", 2019, here by a radial cutoff in the Fourier domain; one change for many
pictures as in Moosavi-Dezfooli et al., "Universal Adversarial Perturbations", 2017, found by the gradient steps of
Shafahi et al., "Universal Adversarial Training", 2020.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

from annotated_types import Interval

from perturber.core.parameters.parameter import Control
from perturber.methods.attacks.base_attack import TINY, lengths
from perturber.methods.attacks.descent import Descent

if TYPE_CHECKING:
    from torch import Tensor

    from perturber.methods.networks.victim import Victim

ROUNDS = 3
"""How often a change is projected to the band, the ball and [0, 1] in turn, to come near to what all three hold."""
AT_ONCE = 16
"""Pictures whose gradients are computed together for a universal change."""


class Band(Descent):
    """PGD with the change kept in a band of frequencies.

    The change is band-limited and inside the ball; it leaves the band only where it is cut at black
    and white (a universal one only as it is added to each picture).
    """

    title = "PGD in a Frequency Band"
    kind: Literal["band"] = "band"
    band: Annotated[Literal["low", "high"], Control("Band")] = "low"
    """Change what lies up to the cutoff (low), or only what lies above it (high)."""
    cutoff: Annotated[float, Interval(ge=0, le=512), Control("Cutoff", unit="cycles per picture")] = 16.0
    """Radial frequency of the cutoff in cycles per picture; pictures of 224 pixels hold up to 112 along an axis."""
    universal: Annotated[bool, Control("Universal")] = False
    """One change for all pictures that are attacked together: it follows the sum of their gradients, each of length 1.

    This is the one case in which a picture's attack depends on the others of its batch.
    """

    @property
    def is_universal(self) -> bool:
        return self.universal

    def steps_on(self, victim: Victim, pixels: Tensor) -> Iterator[Tensor]:
        """Goes on for as long as it is asked."""
        if not self.universal:
            yield from super().steps_on(victim, pixels)
            return
        change = self._inside(self.start(pixels[:1], victim.generator))
        while True:
            gradient = self._common_gradient(victim, (pixels + change).clamp(0, 1))
            change = self._inside(change + self.length * self.uphill(gradient))
            yield (pixels + change).clamp(0, 1)

    def project(self, change: Tensor, pixels: Tensor) -> Tensor:
        """A change near to the given one inside the ball and [0, 1], in the band but for what was cut in the end."""
        for _ in range(ROUNDS):
            change = (pixels + self._inside(change)).clamp(0, 1) - pixels
        return change

    def uphill(self, gradient: Tensor) -> Tensor:
        """The direction of length 1 that rises most within the band."""
        return super().uphill(self.passed(gradient))

    def passed(self, change: Tensor) -> Tensor:
        """What of N×3×H×W lies in the band."""
        import torch

        height, width = change.shape[-2:]
        down = torch.fft.fftfreq(height, 1 / height, device=change.device)[:, None]
        right = torch.fft.rfftfreq(width, 1 / width, device=change.device)
        low = torch.hypot(down, right) <= self.cutoff
        kept = low if self.band == "low" else ~low
        found: Tensor = torch.fft.irfft2(torch.fft.rfft2(change) * kept, s=(height, width))
        return found

    def _inside(self, change: Tensor) -> Tensor:
        """The change in the band, made smaller as a whole where it leaves the ball: so it stays in the band."""
        change = self.passed(change)
        size = change.abs().amax((1, 2, 3), keepdim=True) if self.norm == "linf" else lengths(change)
        return change * (self.epsilon / size.clamp_min(TINY)).clamp(max=1)

    def _common_gradient(self, victim: Victim, pixels: Tensor) -> Tensor:
        """The sum of the pictures' gradients, 1×3×H×W."""
        import torch

        total = torch.zeros_like(pixels[:1])
        for rows in torch.split(torch.arange(len(pixels), device=pixels.device), AT_ONCE):
            part = victim.part(rows)
            gradient = part.gradient(pixels[rows])
            victim.queries += part.queries
            total += (gradient / lengths(gradient)).sum(0, keepdim=True)
        return total

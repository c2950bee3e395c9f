"""PGD restricted to low or high frequencies, for single pictures or as one universal change.

After Guo, Frank and Weinberger, "Low Frequency Adversarial Perturbation", 2019, and Sharma, Ding and Brubaker, "On the
Effectiveness of Low Frequency Perturbations", 2019, here with a radial cutoff in the Fourier domain; universal changes
as in Moosavi-Dezfooli et al., "Universal Adversarial Perturbations", 2017, found by the gradient steps of
Shafahi et al., "Universal Adversarial Training", 2020.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

from annotated_types import Interval

from perturber.core.parameters.parameter import Control
from perturber.methods.attacks.base_attack import TINY, lengths, normalize_l2
from perturber.methods.attacks.descent import Descent

if TYPE_CHECKING:
    from torch import Tensor

    from perturber.methods.networks.victim import Victim

ROUNDS = 3
"""Number of alternating projections onto the band, the ball and [0, 1], to approximate their intersection."""
AT_ONCE = 16
"""Pictures per batch when the gradients of a universal change are computed."""


class Band(Descent):
    """PGD whose change is limited to a band of frequencies.

    The change is band-limited and inside the ball. It leaves the band only where it is clipped at black
    and white (a universal change only when it is added to a picture).
    """

    title = "PGD in a Frequency Band"
    kind: Literal["band"] = "band"
    band: Annotated[Literal["low", "high"], Control("Band")] = "low"
    """Change frequencies up to the cutoff (low) or above it (high)."""
    cutoff: Annotated[float, Interval(ge=0, le=512), Control("Cutoff", unit="cycles per picture")] = 16.0
    """Radial cutoff frequency in cycles per picture; pictures of 224 pixels hold up to 112 along an axis."""
    universal: Annotated[bool, Control("Universal")] = False
    """One change for all pictures attacked together, along the sum of their normalized gradients.

    This is the only case in which a picture's attack depends on the rest of its batch.
    """

    @property
    def is_universal(self) -> bool:
        return self.universal

    def steps_on(self, victim: Victim, pixels: Tensor) -> Iterator[Tensor]:
        """Yield the pictures after each step, indefinitely."""
        if not self.universal:
            yield from super().steps_on(victim, pixels)
            return
        change = self._inside(self.start(pixels[:1], victim.generator))
        while True:
            gradient = self._common_gradient(victim, (pixels + change).clamp(0, 1))
            change = self._inside(change + self.length * self.uphill(gradient))
            yield (pixels + change).clamp(0, 1)

    def project(self, change: Tensor, pixels: Tensor) -> Tensor:
        """Return a nearby change in the band, the ball and [0, 1]; only the final clipping may leave the band."""
        for _ in range(ROUNDS):
            change = (pixels + self._inside(change)).clamp(0, 1) - pixels
        return change

    def uphill(self, gradient: Tensor) -> Tensor:
        """Return the unit step of steepest ascent within the band."""
        return super().uphill(self.band_limit(gradient))

    def band_limit(self, change: Tensor) -> Tensor:
        """Return the part of a change N×3×H×W that lies in the band."""
        import torch

        height, width = change.shape[-2:]
        down = torch.fft.fftfreq(height, 1 / height, device=change.device)[:, None]
        right = torch.fft.rfftfreq(width, 1 / width, device=change.device)
        low = torch.hypot(down, right) <= self.cutoff
        kept = low if self.band == "low" else ~low
        found: Tensor = torch.fft.irfft2(torch.fft.rfft2(change) * kept, s=(height, width))
        return found

    def _inside(self, change: Tensor) -> Tensor:
        """Band-limit the change and scale it into the ball; scaling, unlike clipping, keeps it in the band."""
        change = self.band_limit(change)
        size = change.abs().amax((1, 2, 3), keepdim=True) if self.norm == "linf" else lengths(change)
        return change * (self.epsilon / size.clamp_min(TINY)).clamp(max=1)

    def _common_gradient(self, victim: Victim, pixels: Tensor) -> Tensor:
        """Return the sum of the pictures' normalized gradients, 1×3×H×W."""
        import torch

        total = torch.zeros_like(pixels[:1])
        for rows in torch.split(torch.arange(len(pixels), device=pixels.device), AT_ONCE):
            part = victim.part(rows)
            gradient = part.gradient(pixels[rows])
            victim.absorb(part, rows)
            total += normalize_l2(gradient).sum(0, keepdim=True)
        return total

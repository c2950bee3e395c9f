"""SmoothGrad (Smilkov et al., "SmoothGrad: removing noise by adding noise", arXiv 1706.03825)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

from annotated_types import Interval

from perturber.core.parameters.parameter import Control
from perturber.methods.attributions.base_attribution import Attribution, AttributionStep, strongest

if TYPE_CHECKING:
    from torch import Tensor

    from perturber.methods.networks.explained import Explained

HIGHEST = 2**31
"""Upper bound of the noise seeds, exclusive."""


class SmoothGrad(Attribution):
    """Mean gradient over noisy copies of the picture, then its magnitude, maximum over red, green and blue."""

    title = "SmoothGrad"
    kind: Literal["smooth_grad"] = "smooth_grad"
    samples: Annotated[int, Interval(ge=1, le=1000), Control("Samples")] = 32
    """Number of noisy copies."""
    noise: Annotated[float, Interval(ge=0, le=1), Control("Noise")] = 0.15
    """Standard deviation of the noise, for pixels in [0, 1]."""

    def steps_on(self, explained: Explained) -> Iterator[AttributionStep]:
        """Yield the map of the mean gradient after every batch of copies."""
        import torch

        total, done = torch.zeros_like(explained.pixels), 0
        while done < self.samples:
            count = min(explained.batch, self.samples - done)
            mean = explained.gradients(self.add_noise(explained, count)).sum(0) / count
            total += count * mean
            done += count
            yield AttributionStep(done, self.samples, strongest(total / done))

    def add_noise(self, explained: Explained, count: int) -> Tensor:
        """Return copies of the picture with independent Gaussian noise, count×3×H×W, not clipped to [0, 1]."""
        import torch

        device = explained.pixels.device
        seed = int(torch.randint(HIGHEST, (), generator=explained.generator))
        copies = explained.pixels.repeat(count, 1, 1, 1)
        generator = torch.Generator(device).manual_seed(seed)
        return copies + torch.normal(0.0, torch.full_like(copies, self.noise), generator=generator)

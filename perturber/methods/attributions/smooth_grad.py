"""SmoothGrad (Smilkov et al., "SmoothGrad: removing noise by adding noise", arXiv 1706.03825)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

from annotated_types import Interval

from perturber.core.parameters.parameter import Control
from perturber.methods.attributions.base_attribution import Attribution, AttributionStep, importing, strongest

if TYPE_CHECKING:
    from perturber.methods.networks.explained import Explained

HIGHEST = 2**31


class SmoothGrad(Attribution):
    """The gradient's mean over noisy copies of the picture, then as for the gradient."""

    title = "SmoothGrad"
    kind: Literal["smooth_grad"] = "smooth_grad"
    samples: Annotated[int, Interval(ge=1, le=1000), Control("Samples")] = 32
    """Noisy copies."""
    noise: Annotated[float, Interval(ge=0, le=1), Control("Noise")] = 0.15
    """Standard deviation of the noise, for pixels in [0, 1]."""

    def steps_on(self, explained: Explained) -> Iterator[AttributionStep]:
        """Shows the mean so far after every step."""
        for _ in importing("captum.attr"):
            yield AttributionStep(0, self.samples)
        import torch
        from captum.attr import NoiseTunnel, Saliency

        tunnel, total, done = NoiseTunnel(Saliency(explained.logits)), torch.zeros_like(explained.pixels), 0
        devices = [explained.pixels.device] if explained.pixels.device.type == "cuda" else []
        while done < self.samples:
            count = min(explained.batch, self.samples - done)
            seed = int(torch.randint(HIGHEST, (), generator=explained.generator))
            # Captum draws from torch's own generator, which is left as it was.
            with torch.random.fork_rng(devices), torch.inference_mode(False):
                torch.manual_seed(seed)
                mean = tunnel.attribute(
                    explained.pixels.detach().clone(),
                    nt_samples=count,
                    stdevs=self.noise,
                    target=explained.output,
                    abs=False,
                )
            total += count * mean
            done += count
            yield AttributionStep(done, self.samples, strongest(total / done))

"""Spatial frequencies of a network's input gradient."""

from __future__ import annotations

from typing import ClassVar, Literal

import torch
from torch import Tensor

from perturber.methods.networks.victim import gradient
from perturber.training.data.rendered_pictures import Progress
from perturber.training.measures.base_measure import Count, Measure, Values, batches, logits_of, pixels_of
from perturber.training.measures.material import Material, MeasuredCheckpoint

NYQUIST = 0.5
"""Highest frequency of a picture's grid, in cycles per pixel."""
LOW = NYQUIST / 8


class GradientFrequency(Measure):
    """Share of low frequencies in the input gradient."""

    kind: Literal["frequency"] = "frequency"
    rank: ClassVar[int] = 4
    pictures: Count = 100
    title: ClassVar[str] = "Low frequencies in the input gradient"
    about: ClassVar[str] = (
        "Σ|G(f)|² over 0 < |f| < 1/16 cycles per pixel (an eighth of Nyquist) divided by Σ|G(f)|² over all f ≠ 0, "
        "where G is the 2-D DFT of the gradient of the cross-entropy with respect to the pixels, summed over the three "
        "colors and averaged over pictures. Adversarial training raises it, stylized pictures do not (Sietzen, "
        "2022, sections 4.1 and 4.4, after Tsipras et al., 2019). White noise would have 0.012."
    )
    sets: ClassVar[tuple[str, ...]] = ("plain",)

    def run(self, subject: MeasuredCheckpoint, material: Material, progress: Progress) -> Values:
        chosen = material.chosen("plain", self.pictures)
        network, shares = subject.network, []
        for part in batches(len(chosen.targets)):
            targets = torch.from_numpy(chosen.targets[part]).to(network.device)
            pixels = pixels_of(network, chosen.pixels[part])
            shares.append(low_share(gradient(lambda at: logits_of(network, at), pixels, targets)))
            progress(part.stop, len(chosen.targets))
        found = torch.cat(shares)
        found = found[found.isfinite()]  # a network that does not depend on the picture has a zero gradient
        return {"low": float(found.mean())} if len(found) else {}


def low_share(gradients: Tensor) -> Tensor:
    """Return the share of energy below an eighth of Nyquist, without the mean, of N×3×H×W gradients; N float64.

    NaN where a gradient is zero.
    """
    energy = torch.fft.fft2(gradients.cpu().double()).abs().square().sum(1)
    rows, columns = (torch.fft.fftfreq(size, dtype=torch.float64) for size in gradients.shape[2:])
    radius = torch.hypot(rows[:, None], columns[None, :])
    energy[:, 0, 0] = 0
    low: Tensor = energy[:, radius < LOW].sum(1) / energy.sum((1, 2))
    return low

"""Do units still mean the same as in the reference network?"""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from perturber.nets.architectures.architecture import PRE
from perturber.nets.architectures.network import Network
from perturber.training.data.rendered_pictures import Progress
from perturber.training.measures.base_measure import Count, Measure, Values, batches, pixels_of
from perturber.training.measures.material import Material, MeasuredCheckpoint

SEED = 0
STILL = 1e-12
"""A variance below this share of the mean square is rounding."""


class Activations(Measure):
    """Correlation of activations with the reference network's, block by block."""

    kind: Literal["activations"] = "activations"
    rank: ClassVar[int] = 8
    pictures: Count = 100
    positions: Count = 196
    """Positions of a map that are compared in every picture: drawn once for each picture and block."""
    title: ClassVar[str] = "Activation correlation"
    about: ClassVar[str] = (
        "Pearson correlation of a channel's activations before its ReLU with those of the same channel in the "
        "reference network, over pictures and positions, averaged over the channels of a block. Sietzen, 2022, figure "
        "4.6, correlates all channels of a block as one long vector, which also rewards equal means of channels; "
        "here each channel has to agree by itself. Channels that never change count as 0."
    )
    sets: ClassVar[tuple[str, ...]] = ("plain",)
    aligned: ClassVar[bool] = True
    share: ClassVar[bool] = False

    def run(self, subject: MeasuredCheckpoint, material: Material, progress: Progress) -> Values:
        chosen = material.chosen("plain", self.pictures)
        one, other = material.reference.network, subject.network
        taps = [tap + PRE * (tap in one.architecture.before) for tap in one.taps]
        sums = {tap: Moments() for tap in taps}
        rng = np.random.default_rng(SEED)
        for part in batches(len(chosen.targets)):
            pixels = pixels_of(one, chosen.pixels[part])
            seen = [_kept(network, pixels, taps) for network in (one, other)]
            for tap in taps:
                where = _places(seen[0][tap], self.positions, rng)
                sums[tap].add(*(_picked(answer[tap], where) for answer in seen))
            progress(part.stop, len(chosen.targets))
        return {tap.removesuffix(PRE): float(sums[tap].correlations().mean()) for tap in taps}


class Moments:
    """Sums from which correlations of columns follow."""

    def __init__(self) -> None:
        self.count = 0
        self.sums: NDArray[np.float64] | float = 0.0

    def add(self, one: NDArray[np.float64], other: NDArray[np.float64]) -> None:
        """Take in rows of samples, both N×channels."""
        self.count += len(one)
        self.sums = self.sums + np.stack(
            [one.sum(0), other.sum(0), (one * one).sum(0), (other * other).sum(0), (one * other).sum(0)]
        )

    def correlations(self) -> NDArray[np.float64]:
        """Pearson's r of every column; 0 where one of the two does not vary."""
        one, other, ones, others, both = np.asarray(self.sums) / self.count
        spreads = ones - one**2, others - other**2
        varies = (spreads[0] > STILL * ones) & (spreads[1] > STILL * others)
        spread = np.sqrt(np.where(varies, spreads[0] * spreads[1], 1))
        return np.where(varies, (both - one * other) / spread, 0.0)


def _kept(network: Network, pixels: Tensor, taps: list[str]) -> dict[str, Tensor]:
    with torch.inference_mode():
        return network.run(pixels, keep=taps).activations


def _places(maps: Tensor, count: int, rng: np.random.Generator) -> Tensor:
    """Numbers of the positions to look at in each of N maps, N×count or all when there are fewer."""
    there = maps.shape[2] * maps.shape[3]
    drawn = [rng.permutation(there)[:count] for _ in range(len(maps))]
    return torch.from_numpy(np.stack(drawn))


def _picked(maps: Tensor, where: Tensor) -> NDArray[np.float64]:
    """The values of N×C×H×W maps at the places, as samples×C."""
    flat = maps.flatten(2).transpose(1, 2).cpu()
    found: NDArray[np.float64] = flat[torch.arange(len(flat))[:, None], where].flatten(0, 1).double().numpy()
    return found

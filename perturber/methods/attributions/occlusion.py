"""Occlusion (Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks", arXiv 1311.2901)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import TYPE_CHECKING, Annotated, Literal

from annotated_types import Interval

from perturber.core.parameters.parameter import Control
from perturber.methods.attributions.base_attribution import Attribution, AttributionStep

if TYPE_CHECKING:
    from perturber.methods.networks.explained import Explained

Place = tuple[slice, slice]


class Occlusion(Attribution):
    """Drop of the class's logit when a window covers a pixel, averaged over all windows that cover it."""

    title = "Occlusion"
    signed = True
    kind: Literal["occlusion"] = "occlusion"
    window: Annotated[int, Interval(ge=2, le=224), Control("Window", unit="px")] = 40
    """Side of the occluding window."""
    stride: Annotated[int, Interval(ge=1, le=224), Control("Stride", unit="px")] = 16
    """Distance between windows, at most their side."""
    baseline: Annotated[Literal["black", "grey", "blur"], Control("Baseline")] = "grey"
    """Content of the window."""

    def places(self, size: tuple[int, int]) -> list[Place]:
        """Return the window positions, row by row; the last ones are cut off at the picture's edge."""
        stride = min(self.stride, self.window)
        tops, lefts = (range(0, max(length - self.window, 0) + stride, stride) for length in size)
        return [
            (slice(top, top + self.window), slice(left, left + self.window))
            for top, left in product(tops, lefts)
            if top < size[0] and left < size[1]
        ]

    def steps_on(self, explained: Explained) -> Iterator[AttributionStep]:
        """Yield one step per window, with a map after every row of windows."""
        import torch

        from perturber.methods.networks.explained import baseline

        pixels = explained.pixels
        base, places = baseline(pixels, self.baseline), self.places(explained.size)
        whole = explained.scores(pixels)
        lost, times = (torch.zeros(explained.size, device=pixels.device) for _ in range(2))
        yield AttributionStep(1, 1 + len(places))
        for start in range(0, len(places), explained.batch):
            now = places[start : start + explained.batch]
            covered = pixels.repeat(len(now), 1, 1, 1)
            for number, place in enumerate(now):
                covered[number, :, *place] = base[0, :, *place]
            for place, score in zip(now, explained.scores(covered), strict=True):
                lost[place] += whole[0] - score
                times[place] += 1
            done = start + len(now)
            row = done == len(places) or places[done][0] != now[-1][0]
            yield AttributionStep(1 + done, 1 + len(places), lost / times.clamp_min(1) if row else None)

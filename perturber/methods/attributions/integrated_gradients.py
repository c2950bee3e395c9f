"""Integrated Gradients (Sundararajan et al., "Axiomatic Attribution for Deep Networks", arXiv 1703.01365)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from annotated_types import Interval

from perturber.core.parameters.parameter import Control
from perturber.methods.attributions.base_attribution import Attribution, AttributionStep

if TYPE_CHECKING:
    from perturber.methods.networks.explained import Explained


class IntegratedGradients(Attribution):
    """Contribution of each pixel to the class's logit along the path from a baseline to the picture.

    Summed over colors; all values add up to the difference between the two logits. The path integral is
    computed by Gauss-Legendre quadrature.
    """

    title = "Integrated Gradients"
    signed = True
    kind: Literal["integrated_gradients"] = "integrated_gradients"
    baseline: Annotated[Literal["black", "grey", "blur"], Control("Baseline")] = "black"
    """Picture that represents the absence of any object."""
    steps: Annotated[int, Interval(ge=2, le=500), Control("Steps")] = 32
    """Points on the path where the gradient is computed."""

    def steps_on(self, explained: Explained) -> Iterator[AttributionStep]:
        """Yield the estimate from the points so far, which are visited spread over the whole path."""
        import torch

        from perturber.methods.networks.explained import baseline

        points, weights = gauss_legendre(self.steps)
        order = sorted(range(self.steps), key=lambda number: f"{number:09b}"[::-1])
        base = baseline(explained.pixels, self.baseline)
        way, total, weight = explained.pixels - base, torch.zeros_like(base), 0.0
        for start in range(0, self.steps, explained.batch):
            chosen = order[start : start + explained.batch]
            shares = torch.tensor([weights[number] for number in chosen], device=way.device).view(-1, 1, 1, 1)
            gradients = explained.gradients(torch.cat([base + points[number] * way for number in chosen]))
            total += (gradients * shares).sum(0) * way
            weight += sum(weights[number] for number in chosen)
            done = start + len(chosen)
            yield AttributionStep(done, self.steps, total[0].sum(0) / (weight if done < self.steps else 1.0))


def gauss_legendre(count: int) -> tuple[list[float], list[float]]:
    """Return ascending points in [0, 1] and their weights (sum 1), exact for polynomials below degree 2·count."""
    points, weights = np.polynomial.legendre.leggauss(count)  # for [-1, 1]
    return (0.5 * (1 + points)).tolist(), (0.5 * weights).tolist()

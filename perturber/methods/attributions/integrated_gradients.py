"""Integrated Gradients (Sundararajan et al., "Axiomatic Attribution for Deep Networks", arXiv 1703.01365)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

from annotated_types import Interval

from perturber.core.parameters.parameter import Control
from perturber.methods.attributions.base_attribution import Attribution, AttributionStep, importing

if TYPE_CHECKING:
    from perturber.methods.networks.explained import Explained


class IntegratedGradients(Attribution):
    """What each pixel adds to the class's logit on the way from a baseline to the picture, summed over colors.

    All values add up to the difference of the logits of the two. Gauss-Legendre quadrature.
    """

    title = "Integrated Gradients"
    signed = True
    kind: Literal["integrated_gradients"] = "integrated_gradients"
    baseline: Annotated[Literal["black", "grey", "blur"], Control("Baseline")] = "black"
    """The picture that stands for nothing."""
    steps: Annotated[int, Interval(ge=2, le=500), Control("Steps")] = 32
    """Points on the way where the gradient is taken."""

    def steps_on(self, explained: Explained) -> Iterator[AttributionStep]:
        """Shows after every step what the points so far say; they come spread over the whole way."""
        for _ in importing("captum.attr"):
            yield AttributionStep(0, self.steps)
        import torch
        from captum.attr import IntegratedGradients as Captum
        from captum.attr._utils.approximation_methods import approximation_parameters

        from perturber.methods.networks.explained import baseline

        sizes, alphas = (made(self.steps) for made in approximation_parameters("gausslegendre"))
        order = sorted(range(self.steps), key=lambda number: f"{number:09b}"[::-1])
        integral, total, weight = Captum(explained.logits), torch.zeros_like(explained.pixels), 0.0
        for start in range(0, self.steps, explained.batch):
            points = order[start : start + explained.batch]
            part = [sizes[point] for point in points], [alphas[point] for point in points]
            with torch.inference_mode(False):
                at = explained.pixels.detach().clone()
                base = baseline(at, self.baseline)
                total += integral._attribute(
                    (at,), (base,), explained.output, n_steps=len(points), step_sizes_and_alphas=part
                )[0]
            weight += sum(part[0])
            done = start + len(points)
            yield AttributionStep(done, self.steps, total[0].sum(0) / (weight if done < self.steps else 1.0))

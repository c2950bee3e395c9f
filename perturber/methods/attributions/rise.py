"""RISE (Petsiuk, Das and Saenko, "RISE: Randomized Input Sampling for Explanation", arXiv 1806.07421)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

from annotated_types import Interval

from perturber.core.parameters.parameter import Control
from perturber.methods.attributions.base_attribution import Attribution, AttributionStep

if TYPE_CHECKING:
    from torch import Tensor

    from perturber.methods.networks.explained import Explained

TINY = 1e-6
SHOWN = 16
"""Masks between two maps that are shown."""


class Rise(Attribution):
    """How much more probable the class is when a pixel can be seen, over many random masks. A black box suffices.

    S(λ) = Σ f(x ⊙ M) · M(λ) / Σ M(λ) − mean of f(x ⊙ M): the paper's map (equation 6) less its level, so that
    a pixel of no importance has 0. Where the paper divides by the expected Σ M(λ), this divides by the
    real one: chance that let a pixel be seen more often does not count for it.
    """

    title = "RISE"
    signed = True
    kind: Literal["rise"] = "rise"
    masks: Annotated[int, Interval(ge=1, le=20_000), Control("Masks")] = 1000
    """How many masks."""
    cells: Annotated[int, Interval(ge=2, le=32), Control("Cells")] = 7
    """Cells of a mask along each side, before it is enlarged and shifted."""
    share: Annotated[float, Interval(ge=0.05, le=0.95), Control("Visible Share")] = 0.5
    """Probability p that a cell is visible."""
    baseline: Annotated[Literal["black", "grey", "blur"], Control("Baseline")] = "grey"
    """What is seen where the mask is not."""

    def steps_on(self, explained: Explained) -> Iterator[AttributionStep]:
        """Shows the map so far now and then."""
        import torch

        from perturber.methods.networks.explained import baseline

        pixels, done = explained.pixels, 0
        base = baseline(pixels, self.baseline)
        weighted, seen = (torch.zeros(explained.size, device=pixels.device) for _ in range(2))
        level = torch.zeros((), device=pixels.device)
        while done < self.masks:
            count = min(explained.batch, self.masks - done)
            masks = torch.cat([self.mask(explained) for _ in range(count)])
            believed = explained.probabilities(base + masks * (pixels - base)).clone()
            weighted += (believed.view(-1, 1, 1) * masks[:, 0]).sum(0)
            seen += masks[:, 0].sum(0)
            level += believed.sum()
            before, done = done, done + count
            shown = done == self.masks or done // SHOWN > before // SHOWN
            yield AttributionStep(done, self.masks, weighted / seen.clamp_min(TINY) - level / done if shown else None)

    def mask(self, explained: Explained) -> Tensor:
        """A random mask, 1×1×H×W in [0, 1]: a coarse grid, enlarged to one cell more, and cut out anywhere."""
        import torch
        from torch.nn.functional import interpolate

        generator, size = explained.generator, explained.size
        grid = torch.rand((1, 1, self.cells, self.cells), generator=generator) < self.share
        cell = [-(-length // self.cells) for length in size]
        enlarged = interpolate(grid.float(), [(self.cells + 1) * c for c in cell], mode="bilinear")
        top, left = (int(torch.randint(c, (), generator=generator)) for c in cell)
        return enlarged[:, :, top : top + size[0], left : left + size[1]].to(explained.pixels)

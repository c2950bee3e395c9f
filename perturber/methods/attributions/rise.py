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
"""Number of masks between two intermediate maps."""


class Rise(Attribution):
    """How much a visible pixel raises the class's probability, over many random masks (black box).

    S(λ) = Σ f(x ⊙ M) · M(λ) / Σ M(λ) − mean of f(x ⊙ M): the paper's map (equation 6) minus its mean level, so
    that an irrelevant pixel has 0. The paper divides by the expected Σ M(λ), this by the actual one, so that
    pixels that happen to be visible more often gain nothing.
    """

    title = "RISE"
    signed = True
    kind: Literal["rise"] = "rise"
    masks: Annotated[int, Interval(ge=1, le=20_000), Control("Masks")] = 1000
    """Number of random masks."""
    cells: Annotated[int, Interval(ge=2, le=32), Control("Cells")] = 7
    """Cells along each side of a mask, before it is enlarged and shifted."""
    share: Annotated[float, Interval(ge=0.05, le=0.95), Control("Visible Share")] = 0.5
    """Probability p that a cell is visible."""
    baseline: Annotated[Literal["black", "grey", "blur"], Control("Baseline")] = "grey"
    """Content of masked pixels."""

    def steps_on(self, explained: Explained) -> Iterator[AttributionStep]:
        """Yield one step per batch of masks, with an intermediate map about every `SHOWN` masks."""
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
        """Draw a mask, 1×1×H×W in [0, 1]: a coarse random grid, enlarged and cropped at a random place."""
        import torch
        from torch.nn.functional import interpolate

        generator, size = explained.generator, explained.size
        grid = torch.rand((1, 1, self.cells, self.cells), generator=generator) < self.share
        cell = [-(-length // self.cells) for length in size]
        enlarged = interpolate(grid.float(), [(self.cells + 1) * c for c in cell], mode="bilinear")
        top, left = (int(torch.randint(c, (), generator=generator)) for c in cell)
        return enlarged[:, :, top : top + size[0], left : left + size[1]].to(explained.pixels)

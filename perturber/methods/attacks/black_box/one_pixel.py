"""One-pixel attack (Su, Vargas and Sakurai, "One Pixel Attack for Fooling Deep Neural Networks", 2019)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

from annotated_types import Interval

from perturber.core.parameters.parameter import Control
from perturber.methods.attacks.base_attack import Iterative

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray
    from torch import Tensor

    from perturber.methods.networks.victim import Victim
    from perturber.methods.search.evolution import Evolution

GENES = 5
"""Values per pixel: row, column, red, green and blue, all in [0, 1]."""
SUCCESS = 1e6
"""Bonus of a candidate that fools the network, added to its loss; larger than any loss."""


class OnePixel(Iterative):
    """Search for a few pixels and their colors by differential evolution, using only the network's outputs.

    Each step evaluates some of the candidates and yields the best so far. A picture that fools the network
    no longer changes. The attack ends when every picture fools it or after the last generation.
    """

    title = "One Pixel (Black Box)"
    kind: Literal["one_pixel"] = "one_pixel"
    count: Annotated[int, Interval(ge=1, le=100), Control("Pixels")] = 1
    """Number of pixels that may change."""
    generations: Annotated[int, Interval(ge=1, le=10_000), Control("Generations")] = 20
    """Generations of the evolution. The paper uses 100."""
    population: Annotated[int, Interval(ge=5, le=2000), Control("Population")] = 100
    """Candidates per generation. The paper uses 400."""
    together: Annotated[int, Interval(ge=1, le=2000), Control("Queries per Step")] = 5
    """Candidates evaluated per picture in one attack step."""

    @property
    def planned(self) -> int:
        """Steps of all generations and of the initial population."""
        return (self.generations + 1) * -(-self.population // self.together)

    def steps_on(self, victim: Victim, pixels: Tensor) -> Iterator[Tensor]:
        """Yield the best pictures so far; end when every picture fools the network or after the last generation."""
        searches = self._start_searches(victim.generator, len(pixels))
        try:
            yield from self._hunt(victim, pixels, searches)
        finally:
            for search in searches:
                search.close()

    def paint(self, picture: Tensor, genes: NDArray[np.float64]) -> Tensor:
        """Return the pictures of S candidates, S×3×H×W. ``picture`` is 3×H×W, ``genes`` are S × 5·count."""
        import torch

        height, width = picture.shape[1:]
        found = torch.from_numpy(genes).to(picture).reshape(len(genes), self.count, GENES)
        painted = picture.expand(len(genes), *picture.shape).clone()
        rows = (found[..., 0] * height).long().clamp(0, height - 1)
        columns = (found[..., 1] * width).long().clamp(0, width - 1)
        which = torch.arange(len(genes), device=picture.device)[:, None]
        painted[which, :, rows, columns] = found[..., 2:]
        return painted

    def _hunt(self, victim: Victim, pixels: Tensor, searches: list[Evolution]) -> Iterator[Tensor]:
        """Run all searches side by side, evaluating a portion of each generation per step."""
        best, rows = pixels, list(range(len(pixels)))
        worth, hit = _score(victim, pixels[:, None], rows)
        reached, fooled = worth[:, 0].tolist(), hit[:, 0].tolist()
        while rows := [row for row in rows if not fooled[row] and searches[row].waiting is not None]:
            losses: dict[int, list[float]] = {row: [] for row in rows}
            for start in range(0, self.population, self.together):
                rows = [row for row in rows if not fooled[row]]
                if not rows:
                    break
                tried = self._portion(pixels, searches, rows, start)
                worth, hit = _score(victim, tried, rows)
                best = best.clone()
                for number, row in enumerate(rows):
                    losses[row].extend((-worth[number]).tolist())
                    lead = int(worth[number].argmax())
                    if float(worth[number, lead]) > reached[row]:
                        reached[row], fooled[row] = float(worth[number, lead]), bool(hit[number, lead])
                        best[row] = tried[number, lead]
                yield best
            for row in rows:
                if not fooled[row]:
                    searches[row].answer(losses[row])

    def _portion(self, pixels: Tensor, searches: list[Evolution], rows: list[int], start: int) -> Tensor:
        """Return a portion of the waiting candidates of each of R searches, R×S×3×H×W."""
        import torch

        found = []
        for row in rows:
            waiting = searches[row].waiting
            assert waiting is not None  # finished searches are left out
            found.append(self.paint(pixels[row], waiting[start : start + self.together]))
        return torch.stack(found)

    def _start_searches(self, generator: torch.Generator, number: int) -> list[Evolution]:
        """Start a search per picture, all from the same candidates: random places, colors around gray (section 3.3)."""
        import numpy as np
        import torch

        from perturber.methods.search.evolution import Evolution

        seed = int(torch.randint(2**31 - 1, (), generator=generator))
        rng = np.random.default_rng(seed)
        first = rng.random((self.population, self.count, GENES))
        first[..., 2:] = rng.normal(0.5, 0.5, first[..., 2:].shape).clip(0, 1)
        first = first.reshape(self.population, -1)
        return [Evolution(first, self.generations, np.random.default_rng(seed)) for _ in range(number)]


def _score(victim: Victim, tried: Tensor, rows: list[int]) -> tuple[Tensor, Tensor]:
    """Return each candidate's score, R×S (higher is better), and whether it fools the network, R×S bools.

    ``tried`` are S candidates of each of R pictures, R×S×3×H×W.
    """
    import torch

    count = tried.shape[1]
    asked = victim.part(torch.tensor(rows, device=tried.device).repeat_interleave(count))
    with torch.no_grad():
        logits = asked.logits(tried.flatten(0, 1))
        hit = asked.fooled(logits)
        worth = asked.loss_of(logits).double() + SUCCESS * hit
    victim.queries += asked.queries
    return worth.reshape(-1, count).cpu(), hit.reshape(-1, count).cpu()

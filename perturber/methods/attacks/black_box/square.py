"""Square Attack (Andriushchenko, Croce, Flammarion and Hein, "Square Attack: a query-efficient black-box adversarial
attack via random search", 2020). It uses only the network's logits, no gradient."""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt
from typing import TYPE_CHECKING, Annotated, Literal

from annotated_types import Interval

from perturber.core.parameters.parameter import Control
from perturber.methods.attacks.base_attack import TINY, Bounded, lengths

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from perturber.methods.networks.victim import Victim

HALVED = (0.001, 0.005, 0.02, 0.1, 0.2, 0.4, 0.6, 0.8)
"""Shares of the queries after which the area of the squares is halved (section 5 and appendix B)."""
TILES = 5
"""Tiles along each side of the L2 attack's initial change."""
SMALLEST = 3
"""Side of the L2 attack's smallest square, in pixels."""


class Square(Bounded):
    """Change one random square at a time, and keep each change that makes the network less sure.

    A picture that fools the network no longer changes. The attack ends when every picture fools it or
    the queries are used up. All pictures get the same squares, so no result depends on the batch.
    """

    title = "Square (Black Box)"
    kind: Literal["square"] = "square"
    queries: Annotated[int, Interval(ge=1, le=100_000), Control("Queries")] = 2000
    """Queries allowed per picture; also sets how fast the squares shrink."""
    together: Annotated[int, Interval(ge=1, le=100), Control("Queries per Step")] = 4
    """Squares tried one after another in one attack step."""
    area: Annotated[float, Interval(ge=0.0001, le=1), Control("First Area")] = 0.05
    """Share of the picture covered by the first square. The paper uses 0.05 for linf, 0.1 for l2."""

    @property
    def planned(self) -> int:
        """Steps until the queries are used up."""
        return -(-self.queries // self.together) + 1

    def steps_on(self, victim: Victim, pixels: Tensor) -> Iterator[Tensor]:
        """Yield the best pictures so far; end when every picture fools the network or the queries are used up."""
        change = self._start(victim, pixels)
        losses, open_ = _judge(victim, pixels + change)
        for query in range(1, self.queries):
            if (query - 1) % self.together == 0:
                yield pixels + change
            side = self.side(query, *pixels.shape[-2:])
            tried = self._propose(change, pixels, side, victim.generator)
            rows = open_.nonzero().flatten()
            if not len(rows):
                break
            found, still = _judge(victim, (pixels + tried)[rows], rows)
            kept = rows[(found < losses[rows]) | ~still]
            change[kept] = tried[kept]
            losses[rows] = found.minimum(losses[rows])
            open_[rows] = still
        yield pixels + change

    def side(self, query: int, height: int, width: int) -> int:
        """Return the side of the square tried at a query, in pixels."""
        halvings = sum(query > share * self.queries for share in HALVED)
        side = round(sqrt(self.area / 2**halvings * height * width))
        largest = min(height, width)
        if self.norm == "linf":
            return max(1, min(side, largest))
        return min(max(side, SMALLEST) | 1, (largest - 1) | 1)  # odd, because the pattern has a center

    def _start(self, victim: Victim, pixels: Tensor) -> Tensor:
        """Return the initial change, with random signs: stripes one pixel wide (linf) or tiles of the L2 pattern."""
        import torch

        _, channels, height, width = pixels.shape
        generator = victim.generator
        if self.norm == "linf":
            signs = _draw_signs((1, channels, 1, width), generator, pixels)
            return self.project((signs * self.epsilon).expand_as(pixels), pixels)
        change = torch.zeros((1, channels, height, width))
        side = max(min(height, width) // TILES, 1)
        for top in range((height - side * TILES) // 2, height - side + 1, side):
            for left in range((width - side * TILES) // 2, width - side + 1, side):
                tile = _draw_pattern(side, generator) * _draw_signs((channels, 1, 1), generator, change)
                change[0, :, top : top + side, left : left + side] = tile
        change = change.to(pixels)
        return self.project((change / lengths(change) * self.epsilon).expand_as(pixels), pixels)

    def _propose(self, change: Tensor, pixels: Tensor, side: int, generator: torch.Generator) -> Tensor:
        """Add another square to the change, projected into the ball and [0, 1]."""
        channels = pixels.shape[1]
        window = _draw_window(pixels, side, generator)
        if self.norm == "linf":
            tried = change.clone()
            tried[window] = _draw_signs((channels, 1, 1), generator, pixels) * self.epsilon
            return self.project(tried, pixels)
        pattern = _draw_pattern(side, generator).to(pixels) * _draw_signs((channels, 1, 1), generator, pixels)
        return self.project(self._move_square(change, pattern, window, _draw_window(pixels, side, generator)), pixels)

    def _move_square(self, change: Tensor, pattern: Tensor, to: _Window, source: _Window) -> Tensor:
        """Clear ``source`` and spend its norm, and what is left of the ball, on the pattern at ``to`` (algorithm 3)."""
        import torch

        unused = (self.epsilon**2 - lengths(change).square()).clamp_min(0) / change.shape[1]
        both = torch.zeros_like(change[:1, :1])
        both[to] = both[source] = 1
        held = (change * both).square().sum((2, 3), keepdim=True)
        old = change[to]
        new = pattern + old / _sizes(old)
        moved = change.clone()
        moved[source] = 0
        moved[to] = new / _sizes(new) * (held + unused).sqrt()
        return moved


_Window = tuple[slice, slice, slice, slice]


def _judge(victim: Victim, pixels: Tensor, rows: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Return N losses, lower for a better attack, and which of the N pictures do not fool the network yet.

    The loss is the margin of the original class (section 3.1), or the cross-entropy of the target.
    """
    import torch

    asked = victim if rows is None else victim.part(rows)
    with torch.no_grad():
        logits = asked.logits(pixels)
        if asked is not victim:
            victim.queries += asked.queries
        if asked.targeted:
            return -asked.loss_of(logits), ~asked.fooled(logits)
        goal = asked.goal[:, None]
        others = logits.scatter(1, goal, -torch.inf).amax(1)
        return logits.gather(1, goal)[:, 0] - others, ~asked.fooled(logits)


def _draw_window(pixels: Tensor, side: int, generator: torch.Generator) -> _Window:
    """Draw a square window at a random place."""
    import torch

    height, width = pixels.shape[-2:]
    top = int(torch.randint(height - side + 1, (), generator=generator))
    left = int(torch.randint(width - side + 1, (), generator=generator))
    return slice(None), slice(None), slice(top, top + side), slice(left, left + side)


def _draw_signs(shape: tuple[int, ...], generator: torch.Generator, like: Tensor) -> Tensor:
    """Draw random signs, 1 or -1, on the CPU."""
    import torch

    return (torch.randint(2, shape, generator=generator) * 2 - 1).to(like)


def _draw_pattern(side: int, generator: torch.Generator) -> Tensor:
    """Return the L2 attack's pattern, of L2 norm 1: a hill beside or above a valley (section 3.4)."""
    import torch

    first = side // 2
    pattern = torch.cat([_hill(first, side), -_hill(side - first, side)])
    pattern = pattern / pattern.norm().clamp_min(TINY)
    upright: Tensor = pattern.T
    return upright if int(torch.randint(2, (), generator=generator)) else pattern


def _hill(height: int, width: int) -> Tensor:
    """Return a sum of squares around the center; the k-th from the inside is 1 / k² high (equation 2)."""
    import torch

    down = (torch.arange(height) - height // 2).abs()[:, None]
    right = (torch.arange(width) - width // 2).abs()
    outermost = max(height, width) // 2
    sums = torch.tensor([sum(1 / (k + 1) ** 2 for k in range(d, outermost + 1)) for d in range(outermost + 1)])
    found: Tensor = sums[torch.maximum(down, right)]
    return found


def _sizes(change: Tensor) -> Tensor:
    """Return the L2 norm of each picture's channels, N×C×1×1, at least `TINY`."""
    found: Tensor = change.flatten(2).norm(dim=2)
    return found.clamp_min(TINY)[..., None, None]

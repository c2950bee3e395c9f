"""Success against epsilon, and the smallest epsilon that fools the network, for each picture.

Accuracy against epsilon as in Madry et al., "Towards Deep Learning Models Resistant to Adversarial Attacks", 2018. An
attack inside a smaller ball also lies inside every larger one, so the best result so far counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import cast

import torch
from torch import Tensor

from perturber.core.session.attack import Norm
from perturber.methods.attacks.base_attack import Bounded, Iterative
from perturber.methods.networks.victim import Victim

Victims = Callable[[Tensor], Victim]
"""Creates the victim of some of N pictures from their numbers; every call starts with the same random numbers."""
HALVINGS = 10
"""Halvings below the smallest size of the curve after which the bisection stops."""


def walk_steps(method: Iterative, victim: Victim, pixels: Tensor) -> Iterator[Tensor]:
    """Yield the pictures N×3×H×W after each planned step."""
    return islice(method.steps_on(victim, pixels), method.planned)


def distances(change: Tensor, norm: Norm) -> Tensor:
    """Return the sizes of N changes N×3×H×W, in float64."""
    flat = change.flatten(1).double()
    return cast(Tensor, flat.norm(dim=1)) if norm == "l2" else flat.abs().amax(1)


def changed(before: Tensor, after: Tensor) -> Tensor:
    """Return which of N pictures differ, N bools. A prediction that flips without a change is no success."""
    return (before != after).flatten(1).any(1)


def doublings(high: float, points: int) -> tuple[float, ...]:
    """Return sizes up to ``high``, each twice the previous one."""
    return tuple(high / 2 ** (points - 1 - number) for number in range(points))


@dataclass(frozen=True, eq=False)
class Point:
    """Results of attacking N pictures at one epsilon."""

    epsilon: float
    fooled: Tensor
    """N bools."""
    probability: Tensor
    """Probability of the goal class, N."""


class StrengthSearch:
    """A step-by-step search for the smallest successful attack on each of N pictures.

    ``pixels`` are N×3×H×W in [0, 1]. `curve` and `bisect` yield after every attack step; results so far can
    be read at any time. ``thorough`` attacks every picture at every size of the curve; otherwise a
    picture is not attacked again at a larger size once it has fooled the network. ``unfooled`` says that no
    picture fools the network without an attack.
    """

    def __init__(
        self, method: Bounded, victims: Victims, pixels: Tensor, *, thorough: bool = False, unfooled: bool = False
    ) -> None:
        self._method, self._victims, self._pixels, self._thorough = method, victims, pixels, thorough
        victim = victims(torch.arange(len(pixels), device=pixels.device))
        with torch.no_grad():
            logits = victim.logits(pixels)
        fooled = victim.fooled(logits) & (not unfooled)
        self._loss = victim.loss_of(logits)
        self.smallest = torch.full((len(pixels),), torch.inf, dtype=torch.float64, device=pixels.device)
        """Smallest sizes known to suffice, N; infinite where none is known."""
        self.smallest[fooled] = 0
        self.failed = torch.zeros_like(self.smallest)
        """Largest sizes below `smallest` known not to suffice, N."""
        self.points = [Point(0.0, fooled, _probability(victim, logits))]
        """The curve so far; its first point is without an attack."""
        self.queries = victim.queries
        """Pictures that the network has evaluated so far."""
        self.attacks = 0
        """Number of finished attacks."""
        self.flat = torch.zeros_like(fooled)
        """Whether every gradient of a picture's attacks so far was zero, N bools."""
        self._steerable = torch.zeros_like(fooled)

    def curve(self, sizes: Sequence[float]) -> Iterator[None]:
        """Attack at each size, smallest first."""
        everyone = torch.ones_like(self.smallest, dtype=torch.bool)
        for epsilon in sorted(sizes):
            before = self.points[-1]
            probability = before.probability.clone()
            rows = (everyone if self._thorough else self.smallest.isinf()).nonzero().flatten()
            yield from self._attack(epsilon, rows, probability)
            self.points.append(Point(epsilon, self.smallest <= epsilon, probability))

    def bisect(self, precision: float) -> Iterator[None]:
        """Bisect the smallest size of every picture that the curve's attacks could fool.

        The size found then exceeds one that failed by at most the share ``precision``.
        """
        floor = min((point.epsilon for point in self.points[1:]), default=0.0) / 2**HALVINGS
        while True:
            low, high = self.failed, self.smallest
            open_ = high.isfinite() & (high > low * (1 + precision)) & (high > floor)
            if not open_.any():
                return
            middle = torch.where(low > 0, (low * high).sqrt(), high / 2)
            epsilon = float(middle[open_][0])
            yield from self._attack(epsilon, (open_ & (middle == epsilon)).nonzero().flatten())

    def _attack(self, epsilon: float, rows: Tensor, probability: Tensor | None = None) -> Iterator[None]:
        """Attack some of the pictures, record the results, and update ``probability`` in place with the best so far."""
        if not len(rows):
            return
        victim, reached = self._victims(rows), self._pixels[rows]
        for picture in walk_steps(self._method.with_epsilon(epsilon), victim, self._pixels[rows]):
            reached = picture
            yield
        with torch.no_grad():
            logits = victim.logits(reached)
        self.queries, self.attacks = self.queries + victim.queries, self.attacks + 1
        fooled, loss = victim.fooled(logits) & changed(self._pixels[rows], reached), victim.loss_of(logits)
        self._steerable[rows] |= ~victim.flat
        self.flat[rows] = ~self._steerable[rows]
        better = loss > self._loss[rows]
        if probability is not None:
            probability[rows[better]] = _probability(victim, logits)[better]
            self._loss[rows[better]] = loss[better]
        self.smallest[rows] = torch.where(fooled, self.smallest[rows].clamp(max=epsilon), self.smallest[rows])
        failed = ~fooled & (epsilon < self.smallest[rows])
        self.failed[rows] = torch.where(failed, self.failed[rows].clamp(min=epsilon), self.failed[rows])


def minimal_epsilon(
    method: Bounded, victims: Victims, pixels: Tensor, high: float, *, precision: float = 0.05, points: int = 8
) -> Tensor:
    """Return each picture's smallest fooling epsilon up to ``high``, N values in float64; infinite where none fools."""
    search = StrengthSearch(method, victims, pixels)
    for _ in search.curve(doublings(high, points)):
        pass
    for _ in search.bisect(precision):
        pass
    return search.smallest


def curve(method: Bounded, victims: Victims, pixels: Tensor, sizes: Sequence[float]) -> list[Point]:
    """Return results on N pictures without an attack and at each size, in ascending order."""
    search = StrengthSearch(method, victims, pixels)
    for _ in search.curve(sizes):
        pass
    return search.points


def transfer(method: Iterative, victims: Mapping[str, Victims], pixels: Tensor) -> dict[tuple[str, str], Tensor]:
    """Return which of N pictures attacked on one network fool another: N bools by (attacked, judging)."""
    everyone = torch.arange(len(pixels), device=pixels.device)
    found = {}
    for attacked, made in victims.items():
        picture = method.after(made(everyone), pixels, method.planned)
        for judging, other in victims.items():
            judge = other(everyone)
            with torch.no_grad():
                found[attacked, judging] = judge.fooled(judge.logits(picture)) & changed(pixels, picture)
    return found


def _probability(victim: Victim, logits: Tensor) -> Tensor:
    """Return the probability of the goal class, N."""
    return logits.softmax(1).gather(1, victim.goal[:, None])[:, 0]

"""Targeted fast adaptive boundary attack (Croce and Hein, "Minimally Distorted Adversarial Examples …", 2020)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

from annotated_types import Interval

from perturber.core.parameters.parameter import Control
from perturber.core.session.attack import Norm
from perturber.methods.attacks.base_attack import TINY, Bounded
from perturber.methods.attacks.rivals import find_rivals

if TYPE_CHECKING:
    from torch import Tensor

    from perturber.methods.networks.victim import Victim

BACK = 0.9
"""Share β of the change that remains when a picture that fools the network moves back toward the original."""
BIAS = 0.1
"""Largest share α of the step that starts at the original picture."""
SEARCHES = 3
"""Number of steps of the final search between the original picture and the best one."""
NEWTON, CLOSE = 50, 1e-6
"""Most iterations of the projection onto a hyperplane, and the relative distance at which it ends."""


class Fab(Bounded):
    """Find the smallest change by projections onto the boundaries to the most likely other classes.

    Each boundary is linearized, and the projection keeps pixels in [0, 1] (algorithm 1, targeted). One step is
    one step toward each class. A picture whose smallest known change exceeds epsilon is returned unchanged.
    """

    title = "FAB"
    kind: Literal["fab"] = "fab"
    steps: Annotated[int, Interval(ge=1, le=10_000), Control("Steps")] = 100
    """Number of steps toward each class. The last one also searches the line to the original picture."""
    classes: Annotated[int, Interval(ge=1, le=1000), Control("Classes")] = 9
    """Number of classes to move toward: those with the highest logits besides the original one."""
    overshoot: Annotated[float, Interval(ge=1, le=10), Control("Overshoot")] = 1.05
    """Factor η by which a step overshoots the linearized boundary."""

    @property
    def chosen_steps(self) -> int:
        return self.steps

    def steps_on(self, victim: Victim, pixels: Tensor) -> Iterator[Tensor]:
        """Yield the pictures with the smallest changes so far that fool the network; end after the last step."""
        left, reached = find_rivals(victim, pixels, self.classes)
        nearest = _Nearest(self.norm, victim, pixels)
        points = [pixels] * reached.shape[1]
        for number in range(1, self.steps + 1):
            for row, (at, to) in enumerate(zip(points, reached.unbind(1), strict=True)):
                moved = self._move(victim, pixels, at, left, to)
                _, fooled = nearest.note(moved)
                points[row] = (pixels + BACK * (moved - pixels)).where(fooled.reshape(-1, 1, 1, 1), moved)
            if number == self.steps:
                nearest.search()
            yield nearest.inside(self.epsilon)

    def _move(self, victim: Victim, pixels: Tensor, at: Tensor, left: Tensor, reached: Tensor) -> Tensor:
        """Return the next points: projections of the last points and the originals onto the boundary, mixed."""

        def gap_of(logits: Tensor) -> Tensor:
            return (logits.gather(1, reached[:, None]) - logits.gather(1, left[:, None]))[:, 0]

        gap, normal = victim.value_and_gradient(at, gap_of)
        there = gap + (normal * (pixels - at)).flatten(1).sum(1)
        on = project_onto_plane(at, normal, gap, self.norm)
        off = project_onto_plane(pixels, normal, there, self.norm)
        near, far = sizes_of(on, self.norm), sizes_of(off, self.norm)
        share = (near / (near + far).clamp_min(TINY)).clamp(max=BIAS).reshape(-1, 1, 1, 1)
        mixed = (1 - share) * (at + self.overshoot * on) + share * (pixels + self.overshoot * off)
        return mixed.clamp(0, 1)


def sizes_of(change: Tensor, norm: Norm) -> Tensor:
    """Return the norms of N changes, N×3×H×W."""
    flat = change.flatten(1)
    found: Tensor = flat.abs().amax(1) if norm == "linf" else flat.norm(dim=1)
    return found


def project_onto_plane(pixels: Tensor, normal: Tensor, gap: Tensor, norm: Norm) -> Tensor:
    """Return the smallest changes of N pictures, N×3×H×W, to the planes where gap + ⟨normal, change⟩ = 0, in [0, 1].

    Where the cube [0, 1] does not meet the plane, the change leads to the nearest corner. All coordinates move
    at their own rate until they meet black or white. The gain ⟨normal, change⟩ is then concave and piecewise linear
    in the time, so Newton's iteration from 0 approaches the solution from one side and ends on it.
    """
    import torch

    toward = -gap.sign().reshape(-1, 1, 1, 1) * normal.sign()
    scale = normal.abs().amax((1, 2, 3)).clamp_min(torch.finfo(normal.dtype).tiny)  # squares may underflow
    steepness, gap = normal.abs().flatten(1) / scale[:, None], gap / scale
    room = torch.where(toward > 0, 1 - pixels, pixels).flatten(1)
    rate = steepness if norm == "l2" else (steepness > 0).to(steepness)
    wanted, time = gap.abs(), torch.zeros_like(gap)
    for _ in range(NEWTON):
        moved = (time[:, None] * rate).minimum(room)
        missing = wanted - (steepness * moved).sum(1)
        speed = (steepness * rate * (moved < room)).sum(1)
        open_ = (missing > CLOSE * wanted) & (speed > 0)
        if not open_.any():
            break
        time = torch.where(open_, time + missing / speed.clamp_min(TINY), time)
    moved = (time[:, None] * rate).minimum(room)
    return toward * moved.reshape(pixels.shape)


class _Nearest:
    """The smallest changes known to fool the network, for each of N pictures."""

    def __init__(self, norm: Norm, victim: Victim, pixels: Tensor) -> None:
        self._norm, self._victim, self._originals = norm, victim, pixels
        self._before, fooled = self._judge(pixels)
        self._size = self._before.new_full((len(pixels),), float("inf")).where(~fooled, 0.0)
        self._pixels, self._gap = pixels, self._before

    def note(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """Record new pictures; return their gaps, N differences of logits, and which of them fool the network."""
        gap, fooled = self._judge(pixels)
        size = sizes_of(pixels - self._originals, self._norm)
        smaller = fooled & (size < self._size)
        self._pixels = pixels.where(smaller.reshape(-1, 1, 1, 1), self._pixels)
        self._size, self._gap = size.where(smaller, self._size), gap.where(smaller, self._gap)
        return gap, fooled

    def search(self) -> None:
        """Search the lines to the originals for smaller changes, by linear interpolation of the gap (final search)."""
        change = self._pixels - self._originals  # zero where nothing is known
        low, high = self._gap * 0, self._gap * 0 + 1  # shares of the change
        low_gap, high_gap = self._before, self._gap
        for _ in range(SEARCHES):
            share = low + (high - low) * (-low_gap / (high_gap - low_gap).clamp_min(TINY)).clamp(0, 1)
            tried = self._originals + share.reshape(-1, 1, 1, 1) * change
            gap, fooled = self.note(tried)
            high, high_gap = share.where(fooled, high), gap.where(fooled, high_gap)
            low, low_gap = low.where(fooled, share), low_gap.where(fooled, gap)

    def inside(self, epsilon: float) -> Tensor:
        """Return the pictures whose change is at most ``epsilon``, and the originals of the others."""
        return self._pixels.where((self._size <= epsilon).reshape(-1, 1, 1, 1), self._originals)

    def _judge(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """Return how far N pictures lie beyond the boundary, as differences of logits, and which fool the network."""
        import torch

        with torch.no_grad():
            logits = self._victim.logits(pixels)
        margin = self._victim.margin(logits)
        return margin if self._victim.targeted else -margin, self._victim.fooled(logits)

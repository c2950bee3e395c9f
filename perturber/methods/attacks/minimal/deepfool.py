"""DeepFool (Moosavi-Dezfooli et al., "DeepFool: a Simple and Accurate Method to Fool Deep Neural Networks", 2016)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Literal

from annotated_types import Interval

from perturber.core.parameters.parameter import Control
from perturber.methods.attacks.base_attack import Iterative, lengths, magnitude

if TYPE_CHECKING:
    from torch import Tensor

    from perturber.methods.networks.victim import Victim

NUDGE = 1e-4
"""L2 length added to every step, so that a boundary is crossed even when the gap is zero."""


class DeepFool(Iterative):
    """Steps to the nearest decision boundary of the network linearized at the picture (algorithm 2, for L2).

    With a target there is one boundary: between the target and the best other class.
    """

    title = "DeepFool"
    kind: Literal["deepfool"] = "deepfool"
    candidates: Annotated[int, Interval(ge=1, le=1000), Control("Candidates")] = 4
    """Number of classes considered: those with the highest logits besides the original one. The paper uses 9."""
    overshoot: Annotated[float, Interval(ge=0, le=10), Control("Overshoot")] = 0.02
    """Share by which the sum of all steps overshoots the boundary."""

    @property
    def planned(self) -> int:
        """Fifty steps; an attack that has not succeeded by then rarely does."""
        return 50

    def steps_on(self, victim: Victim, pixels: Tensor) -> Iterator[Tensor]:
        """Yield the pictures after each step; those that fool the network no longer change. End when all do."""
        total, at = pixels * 0, pixels
        while True:
            logits, boundaries = victim.gradients(at, lambda given: self._gaps(victim, given))
            fooled = victim.fooled(logits).reshape(-1, 1, 1, 1)
            if fooled.all():
                return
            total = total + nearest(boundaries)
            at = at.where(fooled, (pixels + (1 + self.overshoot) * total).clamp(0, 1))
            yield at

    def _gaps(self, victim: Victim, logits: Tensor) -> Sequence[Tensor]:
        """Return differences of logits, N each, that are zero at the boundaries and positive beyond them."""
        if victim.targeted:
            return [victim.margin(logits)]
        goal = victim.goal[:, None]
        others = logits.detach().scatter(1, goal, float("-inf"))
        best = others.topk(min(self.candidates, others.shape[1] - 1), dim=1).indices
        return (logits.gather(1, best) - logits.gather(1, goal)).unbind(1)


def nearest(boundaries: Iterable[tuple[Tensor, Tensor]]) -> Tensor:
    """Return the step r = |f|·w/‖w‖₂² to the boundary with the smallest |f|/‖w‖₂ (equations 8 and 9), N×3×H×W.

    Each boundary consists of its gaps f (N) and their gradients w (N×3×H×W).
    """
    step: Tensor | None = None
    least: Tensor | None = None
    for gap, given in boundaries:
        scale = magnitude(given)
        gradient = given / scale
        length = lengths(gradient)
        distance = gap.abs().reshape(-1, 1, 1, 1) / scale / length
        taken = (distance + NUDGE) / length * gradient
        if step is None or least is None:
            step, least = taken, distance
        else:
            step, least = taken.where(distance < least, step), distance.minimum(least)
    assert step is not None  # there are at least two classes
    return step

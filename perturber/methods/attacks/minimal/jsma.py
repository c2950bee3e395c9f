"""The saliency map attack (Papernot et al., "The Limitations of Deep Learning in Adversarial Settings", 2016)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

from annotated_types import Interval

from perturber.core.parameters.parameter import Control
from perturber.methods.attacks.base_attack import Iterative

if TYPE_CHECKING:
    from torch import Tensor

    from perturber.methods.networks.victim import Victim


class Jsma(Iterative):
    """Change few values by much: those that most raise the target's logit and lower the sum of all others.

    Without a target, those that most lower the original logit and raise the others (Wiyatno and Xu, "Maximal
    Jacobian-based Saliency Map Attack", 2018). A value is one channel of one pixel.
    """

    title = "Saliency Map"
    kind: Literal["jsma"] = "jsma"
    theta: Annotated[float, Interval(ge=-1, le=1), Control("Change")] = 1.0
    """Amount added to a value, for pixels in [0, 1]; negative to darken."""
    gamma: Annotated[float, Interval(ge=0, le=1), Control("Share of Values")] = 0.1
    """Maximum number of changes, as a share of all values."""
    width: Annotated[int, Interval(ge=1, le=100_000), Control("Values per Step")] = 100
    """Values changed per step. The paper uses 1 or 2, which is slow for large pictures."""

    def steps_on(self, victim: Victim, pixels: Tensor) -> Iterator[Tensor]:
        """Yield the pictures after each step; end when each fools the network or can no longer be changed."""
        count = pixels[0].numel()
        left = victim.goal * 0 + int(self.gamma * count)
        rank = victim.goal.new_ones(min(self.width, count)).cumsum(0)
        toward = (1 if self.theta > 0 else -1) * (1 if victim.targeted else -1)
        while True:
            logits, ((_, own), (_, rest)) = victim.gradients(pixels, lambda given: _own_and_rest(victim, given))
            room = pixels < 1 if self.theta > 0 else pixels > 0
            best, index = (saliency(toward * own, toward * rest) * room).flatten(1).topk(len(rank), dim=1)
            taken = (best > 0) & (rank <= left[:, None]) & ~victim.fooled(logits)[:, None]
            if not taken.any():
                return
            change = (pixels * 0).flatten(1).scatter(1, index, self.theta * taken.to(pixels))
            left = left - taken.sum(1)
            pixels = (pixels + change.reshape(pixels.shape)).clamp(0, 1)
            yield pixels


def saliency(wanted: Tensor, unwanted: Tensor) -> Tensor:
    """Return the saliency map of equation 8, never negative, from the gradients of the logits to raise and to lower."""
    return wanted.clamp_min(0) * (-unwanted).clamp_min(0)


def _own_and_rest(victim: Victim, logits: Tensor) -> tuple[Tensor, Tensor]:
    own = victim.own(logits)
    return own, logits.sum(1) - own

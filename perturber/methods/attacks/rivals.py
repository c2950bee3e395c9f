"""The pairs of classes between which targeted attacks move."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

    from perturber.methods.networks.victim import Victim


def find_rivals(victim: Victim, pixels: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Return the classes to leave (N) and those to reach (N×K, the most likely first), for N pictures.

    Untargeted: from the victim's classes to the ``count`` others with the highest logits. With a target (K = 1): from
    the most likely other class to the target.
    """
    import torch

    with torch.no_grad():
        logits = victim.logits(pixels)
    others = logits.scatter(1, victim.goal[:, None], -torch.inf)
    if victim.targeted:
        return others.argmax(1), victim.goal[:, None]
    return victim.goal, others.topk(min(count, others.shape[1] - 1), dim=1).indices

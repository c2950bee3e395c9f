"""Difference of logits ratio (Croce and Hein, "Reliable Evaluation of Adversarial Robustness …", 2020)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perturber.core.errors import InputError

if TYPE_CHECKING:
    from torch import Tensor

    from perturber.methods.networks.victim import Victim


class LogitsRatio:
    """The DLR loss of a victim: a function of logits, N×classes → N, that is invariant to shifting and scaling them.

    Untargeted it is −(z_y − max z_i) / (z_π1 − z_π3), i ≠ y (equation 6); with a target t it is
    −(z_y − z_t) / (z_π1 − (z_π3 + z_π4) / 2) (equation 7), where y is the best class besides the target at the first
    call, and π orders the logits. A denominator of 0 is replaced by 1.
    """

    def __init__(self, victim: Victim) -> None:
        self._victim = victim
        self._original: Tensor | None = None

    def __call__(self, logits: Tensor) -> Tensor:
        """Return N losses, higher for a better attack. Raises InputError for a network with too few classes."""
        import torch

        victim, needed = self._victim, 4 if self._victim.targeted else 3
        if logits.shape[1] < needed:
            problem = f"dlr compares {needed} classes, and the network has {logits.shape[1]}"
            raise InputError("attack.method.loss", problem, "ce")
        if not victim.targeted:
            sorted_ = logits.topk(needed, dim=1).values
            return -victim.margin(logits) / _nonzero(sorted_[:, 0] - sorted_[:, 2])
        if self._original is None:
            self._original = logits.detach().scatter(1, victim.goal[:, None], -torch.inf).argmax(1)
        return compare_logits(logits, self._original, victim.goal)


def compare_logits(logits: Tensor, left: Tensor, reached: Tensor) -> Tensor:
    """Return the targeted ratio (equation 7) from the classes ``left`` to those ``reached``, N numbers each; N losses.

    With three classes, z_π3 takes the place of z_π4; with two, the difference is not divided.
    """
    gap = logits.gather(1, left[:, None]) - logits.gather(1, reached[:, None])
    highest = logits.topk(min(4, logits.shape[1]), dim=1).values
    if highest.shape[1] == 2:
        return -gap[:, 0]
    return -gap[:, 0] / _nonzero(highest[:, 0] - highest[:, 2:].mean(1))


def _nonzero(denominator: Tensor) -> Tensor:
    return denominator.where(denominator > 0, denominator.new_ones(()))

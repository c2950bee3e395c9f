"""Projected gradient descent (Madry et al., "Towards Deep Learning Models Resistant to Adversarial Attacks", 2018)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from perturber.methods.attacks.descent import Descent

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from perturber.methods.networks.victim import Logits


class Pgd(Descent):
    """Steps along the gradient of the cross-entropy, each projected back into the ball and into [0, 1]."""

    title = "PGD"
    kind: Literal["pgd"] = "pgd"

    def run(self, logits: Logits, pixels: Tensor, targets: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Return pictures that the network no longer classifies as ``targets``, as far as the ball allows.

        ``pixels`` are N×3×H×W in [0, 1], ``targets`` N class numbers. Pictures are attacked
        independently of their batch. ``generator`` (on the CPU) determines the random start.
        """
        from perturber.methods.networks.victim import Victim

        if self.steps == 0:
            return pixels + self.start(pixels, generator)
        return self.after(Victim(logits, targets, generator=generator), pixels, self.steps)

"""Ensemble attack on the networks of all slots (Dong et al., "Boosting Adversarial Attacks with Momentum", 2018)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from annotated_types import Interval

from perturber.core.errors import InputError
from perturber.core.parameters.parameter import Control
from perturber.methods.attacks.descent import Descent
from perturber.methods.attacks.gradient.momentum import normalize_l1

if TYPE_CHECKING:
    from torch import Tensor

    from perturber.methods.networks.victim import Victim


class Ensemble(Descent):
    """Momentum steps along the gradient of the weighted mean of several networks.

    Other slots take part if their networks have the class in question. Without any, this is the
    momentum attack on the attacked slot alone.
    """

    title = "Ensemble of the Slots"
    kind: Literal["ensemble"] = "ensemble"
    joint: ClassVar[bool] = True
    fuse: Annotated[Literal["losses", "logits"], Control("Fuse")] = "losses"
    """Quantity to average. Dong et al. prefer logits, which requires networks with the same classes."""
    share: Annotated[float, Interval(ge=0, le=1), Control("Weight of the Attacked")] = 0.5
    """Weight of the attacked network; the others share the rest equally."""
    momentum: Annotated[float, Interval(ge=0, le=2), Control("Momentum")] = 1.0
    """Share of the last direction that each step keeps (equation 6); 0 keeps nothing."""

    def steps_on(self, victim: Victim, pixels: Tensor) -> Iterator[Tensor]:
        """Yield the pictures after each step, indefinitely. Raises InputError when logits cannot be fused."""
        change = self.start(pixels, victim.generator)
        direction = pixels * 0
        while True:
            direction = self.momentum * direction + normalize_l1(self.gradient(victim, pixels + change))
            change = self.move(change, direction, pixels)
            yield pixels + change

    def weights(self, victim: Victim) -> list[tuple[Victim, float]]:
        """Return the participating victims with their weights, which add up to 1."""
        if not victim.others:
            return [(victim, 1.0)]
        rest = (1 - self.share) / len(victim.others)
        return [(victim, self.share), *((other, rest) for other in victim.others)]

    def gradient(self, victim: Victim, pixels: Tensor) -> Tensor:
        """Return the gradient of the fused loss, N×3×H×W."""
        import torch

        members = [(member, weight) for member, weight in self.weights(victim) if weight > 0]
        if self.fuse == "losses":
            return sum((weight * member.gradient(pixels) for member, weight in members), start=torch.zeros_like(pixels))
        with torch.enable_grad():
            at = pixels.detach().requires_grad_()
            logits = [(member.logits(at), weight) for member, weight in members]
            if len({found.shape[1] for found, _ in logits}) > 1 or any(
                not torch.equal(member.goal, victim.goal) for member, _ in members
            ):
                raise InputError("attack.method.fuse", "the networks number their classes differently", "losses")
            fused = torch.stack([weight * found for found, weight in logits]).sum(0)
            gradient: Tensor = torch.autograd.grad(victim.loss_of(fused).sum(), at)[0]
        victim.note(fused.detach(), gradient)
        return gradient

"""The attacked network and the goal of the attack."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

Logits = Callable[[Tensor], Tensor]
"""Pixels N×3×H×W in [0, 1] → logits N×classes, differentiable."""


class Victim:
    """A network, and the goal of attacking it on N pictures.

    ``goal`` are N class numbers: the classes to reach if ``targeted``, else those to leave. All
    quantities are per picture, so that no result depends on the batch. ``generator`` (on the CPU) is the
    source of all randomness. ``mask`` (N×1×H×W in [0, 1]) is the share of each pixel that the object covers,
    for attacks that need it; ``others`` are the victims of the other slots, with the same goals in their
    own class numbers.
    """

    def __init__(
        self,
        logits: Logits,
        goal: Tensor,
        *,
        targeted: bool = False,
        generator: torch.Generator | None = None,
        mask: Tensor | None = None,
        others: Sequence[Victim] = (),
    ) -> None:
        self.goal, self.targeted, self.mask, self.others = goal, targeted, mask, tuple(others)
        self.generator = generator if generator is not None else torch.Generator().manual_seed(0)
        self.queries = 0
        """Pictures that the network has evaluated so far."""
        self._logits = logits
        self._steerable: Tensor | None = None

    def logits(self, pixels: Tensor) -> Tensor:
        """Return logits N×classes in float32, differentiable with respect to the pixels, and count the queries."""
        self.queries += len(pixels)
        return self._logits(pixels).float()

    def loss_of(self, logits: Tensor) -> Tensor:
        """Return N losses, higher for a better attack: cross-entropy of the class to leave, negative for a target.

        Where the softmax saturates, the cross-entropy log(1 + eᵐ) rounds to 0, and its gradient with it. There the
        loss is m, by how much the other classes' log-sum-exp exceeds the goal's logit: m rises with the cross-entropy,
        its gradient has the same direction, and it lies below every cross-entropy that does not round to 0.
        """
        losses = cross_entropy(logits, self.goal, reduction="none")
        saturated = losses == 0
        if logits.shape[1] > 1 and saturated.any():
            losses = self._rivals(logits).logsumexp(1).sub(self.own(logits)).where(saturated, losses)
        return -losses if self.targeted else losses

    def losses(self, pixels: Tensor) -> Tensor:
        """Return `loss_of` for N pictures, without a gradient."""
        with torch.no_grad():
            return self.loss_of(self.logits(pixels))

    def gradient(self, pixels: Tensor) -> Tensor:
        """Return the gradient of each picture's loss with respect to its pixels, N×3×H×W; upward is stronger."""
        return self.value_and_gradient(pixels, self.loss_of)[1]

    def value_and_gradient(self, pixels: Tensor, measure: Callable[[Tensor], Tensor]) -> tuple[Tensor, Tensor]:
        """Return N values of a function of the logits (N×classes → N), and their gradients, N×3×H×W."""
        with torch.enable_grad():
            at = pixels.detach().requires_grad_()
            logits = self.logits(at)
            values = measure(logits)
            gradient: Tensor = torch.autograd.grad(values.sum(), at)[0]
        self.note(logits.detach(), gradient)
        return values.detach(), gradient

    def gradients(
        self, pixels: Tensor, measure: Callable[[Tensor], Sequence[Tensor]]
    ) -> tuple[Tensor, Iterator[tuple[Tensor, Tensor]]]:
        """Return logits N×classes, and an iterator over the N values and gradients of several functions of them.

        All share one forward pass; each gradient (N×3×H×W) is computed when the iterator reaches it.
        """
        with torch.enable_grad():
            at = pixels.detach().requires_grad_()
            logits = self.logits(at)
            values = tuple(measure(logits))

        def each() -> Iterator[tuple[Tensor, Tensor]]:
            for number, value in enumerate(values, 1):
                kept = number < len(values)
                gradient = torch.autograd.grad(value.sum(), at, retain_graph=kept)[0]
                self.note(logits.detach(), gradient)
                yield value.detach(), gradient

        return logits.detach(), each()

    def note(self, logits: Tensor, gradient: Tensor) -> None:
        """Record which pictures have a gradient, N×3×H×W, or fool the network already."""
        found = (gradient.abs().amax((1, 2, 3)) != 0) | self.fooled(logits)
        self._steerable = found if self._steerable is None else self._steerable | found

    @property
    def flat(self) -> Tensor:
        """Whether every gradient so far was zero at a picture that did not fool the network.

        N bools; false without a gradient.
        """
        found = [victim._steerable for victim in (self, *self.others) if victim._steerable is not None]
        return ~torch.stack(found).any(0) if found else torch.zeros_like(self.goal, dtype=torch.bool)

    def own(self, logits: Tensor) -> Tensor:
        """Return the N logits of the goal classes."""
        return logits.gather(1, self.goal[:, None])[:, 0]

    def margin(self, logits: Tensor) -> Tensor:
        """Return how far the goal's logit lies above the best of all other classes, N differences."""
        return self.own(logits) - self._rivals(logits).amax(1)

    def fooled(self, logits: Tensor) -> Tensor:
        """Return for which of N pictures the attack has succeeded, from their logits; N bools.

        A tie is no success: whichever class is called the first of equal logits is chance.
        """
        margin = self.margin(logits)
        return margin > 0 if self.targeted else margin < 0

    def _rivals(self, logits: Tensor) -> Tensor:
        """Return the logits, with those of the goal classes minus infinity."""
        return logits.scatter(1, self.goal[:, None], -torch.inf)

    def part(self, index: Tensor) -> Victim:
        """Return the victim for some of the pictures; it counts its own queries."""
        others = [other.part(index) for other in self.others]
        mask = None if self.mask is None else self.mask[index]
        return Victim(
            self._logits, self.goal[index], targeted=self.targeted, generator=self.generator, mask=mask, others=others
        )

    def absorb(self, part: Victim, index: Tensor) -> None:
        """Add what a part has counted and recorded."""
        self.queries += part.queries
        if part._steerable is not None:
            before = torch.zeros_like(self.goal, dtype=torch.bool) if self._steerable is None else self._steerable
            self._steerable = before.index_put((index,), before[index] | part._steerable)


def gradient(logits: Logits, pixels: Tensor, targets: Tensor) -> Tensor:
    """Return the gradient of each picture's cross-entropy with respect to its pixels, N×3×H×W."""
    return Victim(logits, targets).gradient(pixels)

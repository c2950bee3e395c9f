"""Importance of a layer's units: scores per channel from activation maps and gradients.

A is always N×C×h×w, a layer's activations on N pictures, after its ReLU.
"""

from __future__ import annotations

from collections.abc import Collection

import torch
from torch import Tensor

from perturber.core.errors import InputError
from perturber.nets.architectures.network import Network

TINY = 1e-12


def activity(maps: Tensor) -> Tensor:
    """Return the mean activation of each unit, C values: s_c = mean over n, y, x of A[n, c, y, x]."""
    return maps.float().mean((0, 2, 3))


def relevance(maps: Tensor, gradients: Tensor) -> Tensor:
    """Return each unit's contribution to a class's logit, C values: activation × gradient.

    s_c = mean over n of Σ_yx A[n, c, y, x] · ∂z_k[n] / ∂A[n, c, y, x]

    ``gradients`` are those of the logit z_k. To first order this is the drop of the logit when the unit is
    ablated (Shrikumar et al., "Not Just a Black Box", arXiv 1605.01713). Summed over positions and averaged
    over pictures of a class as in Summit (Hohman et al., arXiv 1904.02323), which counts strong activations
    instead; the thesis chose its class-relevant groups with Summit (section 5.3).
    """
    return (maps.float() * gradients.float()).sum((2, 3)).mean(0)


def change(now: Tensor, before: Tensor) -> Tensor:
    """Return how much each unit of one network changes between two frames, C values.

    s_c = mean over n, y, x of |A_now − A_before|, not normalized, so that a change of strength alone counts.
    """
    return (now.float() - before.float()).abs().mean((0, 2, 3))


def difference(first: Tensor, second: Tensor) -> Tensor:
    """Return how much each unit differs between two networks on one frame, C values.

    s_c = mean over n, y, x of |A_1 / σ_1 − A_2 / σ_2|, where σ is the standard deviation of a network's
    whole layer, the normalization that the maps are displayed with (thesis, section 5.3). A layer that is
    stronger overall does not make every unit different.
    """
    one, two = (maps.float() / maps.float().std().clamp_min(TINY) for maps in (first, second))
    return (one - two).abs().mean((0, 2, 3))


def highest(scores: Tensor, count: int) -> list[tuple[int, float]]:
    """Return the units with the highest scores and their scores, best first; ties go to the lower number."""
    values, order = scores.sort(descending=True, stable=True)
    return list(zip(order[:count].tolist(), values[:count].tolist(), strict=True))


def class_gradients(
    network: Network, pixels: Tensor, output: int, taps: Collection[str]
) -> dict[str, tuple[Tensor, Tensor]]:
    """Return activations and the gradients of one logit with respect to them, N×C×h×w each, by tap.

    ``pixels`` are N×3×H×W in [0, 1]. Raises InputError for a tap that does not affect the logit.
    """
    with torch.inference_mode(False), torch.enable_grad():
        answer = network.run(pixels.detach().clone().requires_grad_(), keep=taps)
        maps = [answer.activations[tap] for tap in taps]
        gradients = torch.autograd.grad(answer.final_logits()[:, output].sum(), maps, allow_unused=True)
    found = {}
    for tap, activations, gradient in zip(taps, maps, gradients, strict=True):
        if gradient is None:
            raise InputError(tap, f"no gradient of {network.name} reaches this layer", "another layer")
        found[tap] = (activations.detach(), gradient)
    return found

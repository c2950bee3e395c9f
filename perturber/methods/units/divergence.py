"""Distance between two runs by layer: two pictures in one network, or two networks on one picture."""

from __future__ import annotations

import torch
from torch import Tensor

from perturber.nets.architectures.network import Network

Layers = dict[str, Tensor]
"""Activations N×C×h×w by tap, in the network's order."""


def distances(a: Tensor, b: Tensor) -> tuple[float, float]:
    """Return the relative and the cosine distance of two layers' activations of equal shape.

    Relative is ‖a − b‖₂ / ‖b‖₂: 1 where the difference is as large as b, infinite if only b is zero. Cosine is
    1 − a·b / (‖a‖₂ ‖b‖₂), 0 to 2: independent of scale, 1 for orthogonal activations or if one of them is zero.
    Both are 0 for equal activations.
    """
    first, second = a.float(), b.float()
    apart, one, two = (float(torch.linalg.vector_norm(x)) for x in (first - second, first, second))
    if apart == 0:
        return 0.0, 0.0
    relative = apart / two if two else float("inf")
    if not (one and two):
        return relative, 1.0
    # The law of cosines is accurate for small distances, where 1 − a·b / (‖a‖ ‖b‖) would lose all digits.
    return relative, max(0.0, (apart**2 - (one - two) ** 2) / (2 * one * two))


def layers_of(network: Network, pixels: Tensor) -> Layers:
    """Return the activations of every tap on pictures N×3×H×W in [0, 1]; empty for a network without taps."""
    taps = network.taps
    if not taps:
        return {}
    with torch.inference_mode():
        activations = network.run(pixels, upto=taps[-1], keep=taps).activations
        return {tap: activations[tap] for tap in taps}


def compare(first: Layers, second: Layers) -> dict[str, tuple[float, float]]:
    """Return `distances` by tap, for layers that have the same shape in both runs."""
    with torch.inference_mode():
        pairs = {tap: (a, second[tap]) for tap, a in first.items() if tap in second}
        return {tap: distances(a, b) for tap, (a, b) in pairs.items() if a.shape == b.shape}


def incomparable(first: Network, second: Network) -> str:
    """Return why the units of two networks cannot be compared, as a message; empty if they can."""
    if first.key != second.key:
        return f"their architectures differ ({first.key} and {second.key}), so their units do not correspond"
    return ""

"""Inception V1 in NumPy, written from its description alone: the oracle of the tests. N×C×h×w, float64."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Array = NDArray[np.float64]


def pad_same(x: Array, kernel: int, stride: int, value: float) -> Array:
    """TensorFlow's rule: ceil(n / stride) outputs; the odd row or column is added after."""
    widths = [(0, 0), (0, 0)]
    for n in x.shape[2:]:
        outputs = int(np.ceil(n / stride))
        total = max((outputs - 1) * stride + kernel - n, 0)
        widths.append((total // 2, total - total // 2))
    return np.pad(x, widths, constant_values=value)


def windows(x: Array, kernel: int, stride: int, value: float) -> Array:
    """N×C×h×w×kernel×kernel."""
    padded = pad_same(x, kernel, stride, value)
    return sliding_window_view(padded, (kernel, kernel), axis=(2, 3))[:, :, ::stride, ::stride]


def convolve(x: Array, weight: Array, bias: Array, stride: int = 1) -> Array:
    taken = windows(x, weight.shape[2], stride, 0.0)
    return np.einsum("nchwij,ocij->nohw", taken, weight, optimize=True) + bias[:, None, None]


def max_pool(x: Array, stride: int) -> Array:
    return windows(x, 3, stride, -np.inf).max((4, 5))


def relu(x: Array) -> Array:
    return np.maximum(x, 0)


def lrn(x: Array) -> Array:
    """x / (2 + 1e-4 Σ x²)^0.5, the sum over the 5 channels to either side and the channel itself."""
    out = np.empty_like(x)
    for c in range(x.shape[1]):
        total = (x[:, max(c - 5, 0) : c + 6] ** 2).sum(1)
        out[:, c] = x[:, c] / (2 + 1e-4 * total) ** 0.5
    return out


def inception_v1(pixels: Array, weights: Mapping[str, Array]) -> dict[str, Array]:
    """Every tap, every tap before its ReLU (":pre"), and the logits."""
    taps: dict[str, Array] = {}

    def conv(x: Array, name: str, stride: int = 1) -> Array:
        return convolve(x, weights[f"{name}.weight"], weights[f"{name}.bias"], stride)

    def tap(name: str, value: Array) -> Array:
        taps[f"{name}:pre"] = value
        taps[name] = relu(value)
        return taps[name]

    def mixed(x: Array, name: str) -> Array:
        branches = (
            conv(x, f"{name}.1x1"),
            conv(relu(conv(x, f"{name}.3x3_bottleneck")), f"{name}.3x3"),
            conv(relu(conv(x, f"{name}.5x5_bottleneck")), f"{name}.5x5"),
            conv(max_pool(x, 1), f"{name}.pool_reduce"),
        )
        return tap(name, np.concatenate(branches, 1))

    x = tap("conv2d0", conv(pixels * 255 - 117, "conv2d0", 2))
    x = tap("conv2d1", conv(lrn(max_pool(x, 2)), "conv2d1"))
    x = tap("conv2d2", conv(x, "conv2d2"))
    x = max_pool(lrn(x), 2)
    for stage in (("3a", "3b"), ("4a", "4b", "4c", "4d", "4e"), ("5a", "5b")):
        x = x if stage[0] == "3a" else max_pool(x, 2)
        for name in stage:
            x = mixed(x, f"mixed{name}")
    taps["logits"] = x.mean((2, 3)) @ weights["softmax2.weight"].T + weights["softmax2.bias"]
    return taps

"""Fits weights to a network, or says what does not fit."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection
from pathlib import Path

import torch
from torch import Tensor

from perturber.core.errors import InputError
from perturber.nets.architectures.architecture import Architecture, Weights

SHOWN = 3
"""Keys that a message names."""


def list_keys(keys: Collection[str]) -> str:
    """Return the first keys with commas between them, for people."""
    return ", ".join(list(keys)[:SHOWN]) + (", …" if len(keys) > SHOWN else "")


def _differences(wanted: Weights, given: Weights) -> str:
    """How two state dicts differ, for people; empty when they fit."""
    missing = [key for key in wanted if key not in given]
    unexpected = [key for key in given if key not in wanted]
    other = [
        f"{key} {_shape(given[key])} instead of {_shape(value)}"
        for key, value in wanted.items()
        if key in given
        and (given[key].shape != value.shape or given[key].is_floating_point() != value.is_floating_point())
    ]
    kinds = ((missing, "missing"), (unexpected, "unexpected"), (other, "of another shape"))
    return "; ".join(f"{len(keys)} {kind} ({list_keys(keys)})" for keys, kind in kinds if keys)


def _shape(tensor: Tensor) -> str:
    sizes = "×".join(map(str, tensor.shape)) or "scalar"
    return sizes if tensor.is_floating_point() else f"{sizes} of {str(tensor.dtype).removeprefix('torch.')}"


def fit(architecture: Architecture, weights: Weights, file: Path) -> None:
    """Give a network its weights. Raises InputError that says which tensors do not fit."""
    wanted = architecture.bare().state_dict()
    counters = {key for key in (*wanted, *weights) if key.endswith("num_batches_tracked")}
    weights = {key: value for key, value in weights.items() if key not in counters}
    plain = {key: value for key, value in wanted.items() if key not in counters}
    if problem := _differences(plain, weights):
        raise InputError(
            str(file), f"the weights do not fit {architecture.name}: {problem}", f"weights of {architecture.name}"
        )
    steps = {key: torch.tensor(0) for key in counters & wanted.keys()}
    state = OrderedDict({**weights, **steps})
    # The versions of the modules' formats. Without them MNASNet takes its weights for those of its first version.
    state._metadata = getattr(wanted, "_metadata", {})  # type: ignore[attr-defined]
    architecture.bare().load_state_dict(state, assign=True)

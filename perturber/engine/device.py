"""Choose the device and number format that the networks run on, and configure threads.

`prepare_threads` must run before torch is imported for the first time.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from perturber.core.errors import InputError

if TYPE_CHECKING:
    import torch

PRECISIONS = ("auto", "float32", "float16", "bfloat16")


def prepare_threads() -> None:
    """Let idle OpenMP threads sleep instead of spin.

    Spinning is marginally faster on an idle machine, but a forward pass that loses a core to the
    renderer or the window then waits ten times as long.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    os.environ.setdefault("GOMP_SPINCOUNT", "0")


def available_devices() -> tuple[str, ...]:
    """Return the names of this machine's devices, fastest first; ``cpu`` is always among them."""
    import torch

    found = []
    if torch.cuda.is_available():
        found += [f"cuda:{i}" for i in range(torch.cuda.device_count())]
    if torch.backends.mps.is_available():
        found.append("mps")
    return (*found, "cpu")


def choose_device(name: str) -> torch.device:
    """Return the device with this name; ``auto`` is the fastest. Raises InputError if it is not available."""
    import torch

    there = available_devices()
    wanted = there[0] if name == "auto" else "cuda:0" if name == "cuda" else name
    if wanted not in there:
        raise InputError("device", f"{name!r} is not available on this machine", "auto or one of " + ", ".join(there))
    return torch.device(wanted)


def choose_dtype(name: str) -> torch.dtype:
    """Return the number format with this name; ``auto`` is float32, whose logits are the reference."""
    import torch

    if name not in PRECISIONS:
        raise InputError("precision", f"{name!r} is not a precision", "one of " + ", ".join(PRECISIONS))
    dtype: torch.dtype = getattr(torch, "float32" if name == "auto" else name)
    return dtype


def out_of_memory(error: BaseException) -> bool:
    """Whether an error reports that the accelerator is out of memory."""
    import torch

    return isinstance(error, torch.OutOfMemoryError) or "out of memory" in str(error).lower()

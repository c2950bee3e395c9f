"""Which device and number format the networks run on, and how many threads.

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
    """Names of the devices of this machine, fastest first; ``cpu`` is always among them."""
    import torch

    found = []
    if torch.cuda.is_available():
        found += [f"cuda:{i}" for i in range(torch.cuda.device_count())]
    if torch.backends.mps.is_available():
        found.append("mps")
    return (*found, "cpu")


def choose_device(name: str) -> torch.device:
    """The device of a name; ``auto`` is the fastest. Raises InputError when there is none such."""
    import torch

    there = available_devices()
    wanted = there[0] if name == "auto" else "cuda:0" if name == "cuda" else name
    if wanted not in there:
        raise InputError("device", f"{name!r} is not available on this machine", "auto or one of " + ", ".join(there))
    return torch.device(wanted)


def choose_dtype(name: str) -> torch.dtype:
    """The number format of a name; ``auto`` is float32, the one whose logits are the reference."""
    import torch

    if name not in PRECISIONS:
        raise InputError("precision", f"{name!r} is not a precision", "one of " + ", ".join(PRECISIONS))
    dtype: torch.dtype = getattr(torch, "float32" if name == "auto" else name)
    return dtype


def out_of_memory(error: BaseException) -> bool:
    """Whether an error says that an accelerator's memory is full."""
    import torch

    return isinstance(error, torch.OutOfMemoryError) or "out of memory" in str(error).lower()

"""ReLUs with a modified gradient, for any network, without hooks or changes to its modules."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

import torch

from perturber.nets.architectures.unit_makers import RELU


class OtherRelu(torch.overrides.TorchFunctionMode):
    """While active, replaces every ReLU (module or function, in place or not) by another function.

    ``made`` returns the same values as a ReLU but has its own gradient. ``met`` counts the ReLUs replaced.
    """

    def __init__(self, made: type[torch.autograd.Function]) -> None:
        super().__init__()
        self.met = 0
        self._made = made

    def __torch_function__(
        self,
        func: Callable[..., object],
        types: Collection[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> object:
        if func in RELU:
            self.met += 1
            return self._made.apply(args[0] if args else (kwargs or {})["input"])  # type: ignore[no-untyped-call]
        return func(*args, **(kwargs or {}))

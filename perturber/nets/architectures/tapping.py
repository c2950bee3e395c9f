"""Automatic taps of any module, found by recording one run without data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from math import isqrt
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.modules import activation
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.conv import _ConvNd
from torch.utils.hooks import RemovableHandle

from perturber.nets.architectures.architecture import PRE

MOST = 30
"""Maximum number of taps."""

Layout = Literal["nchw", "nhwc", "tokens"]
"""The layout of maps in a layer's output: N×C×h×w, N×h×w×C, or N×(extra + h·w)×C with h = w."""
LayoutOf = Callable[[nn.Module, Tensor], Layout | None]
"""The layout of a module's output, or None when it holds no maps."""


def only_maps(module: nn.Module, output: Tensor) -> Layout | None:
    """Return "nchw" for outputs with four axes, None for others."""
    return "nchw" if output.ndim == 4 else None


def as_maps(output: Tensor, layout: Layout) -> Tensor:
    """Return an N×C×h×w view of a layer's output."""
    if layout == "nchw":
        return output
    if layout == "nhwc":
        return output.permute(0, 3, 1, 2)
    side = isqrt(output.shape[1])
    maps = output[:, output.shape[1] - side * side :]
    return maps.reshape(len(output), side, side, output.shape[2]).permute(0, 3, 1, 2)


def as_output(maps: Tensor, output: Tensor, layout: Layout) -> Tensor:
    """Rebuild a copy of a layer's output from the maps that `as_maps` returned for it."""
    if layout == "nchw":
        return maps.clone()
    rows = maps.permute(0, 2, 3, 1)
    if layout == "nhwc":
        return rows.clone()
    flat = rows.flatten(1, 2)
    return torch.cat((output[:, : output.shape[1] - flat.shape[1]], flat), 1)


@dataclass(eq=False)
class Call:
    """One call of a module in the recorded run."""

    name: str
    module: nn.Module
    number: int
    """Number of earlier calls of the same module."""
    start: int
    source: Tensor | None
    """The first argument."""
    source_version: int = 0
    output: Tensor | None = None
    output_version: int = 0
    end: int = 0
    calls: list[Call] = field(default_factory=list)
    """The nested calls."""


@dataclass(frozen=True)
class Reading:
    """The location of a tap's value: the output (or input) of a particular call of a module."""

    module: str
    number: int
    entering: bool
    """Whether to read the module's input instead of its output."""
    copy: bool
    """Whether to copy the value because the network later overwrites it (an in-place ReLU)."""
    layout: Layout
    channels: int

    def watch(self, root: nn.Module, tell: Callable[[Tensor], None]) -> RemovableHandle:
        """Hook the module so that ``tell`` receives the value in the next run of ``root``."""
        seen = count()

        def took(module: nn.Module, arguments: tuple[Tensor, ...], output: Tensor | None = None) -> Tensor | None:
            if next(seen) != self.number:
                return None
            value = as_maps(arguments[0] if output is None else output, self.layout)
            if output is not None and output.requires_grad:
                tell(value)
                return as_output(value, output, self.layout)  # so that gradients pass through the value passed on
            tell(value.clone() if self.copy else value)
            return None

        module = root.get_submodule(self.module)
        return module.register_forward_pre_hook(took) if self.entering else module.register_forward_hook(took)


@dataclass(frozen=True)
class TapPlan:
    """The taps of a module."""

    readings: dict[str, Reading]
    """By tap in order, and by ``tap:pre``."""
    blocks: dict[str, tuple[str, ...]]
    """Keys of the state dict by tap, and ``head``."""

    @property
    def taps(self) -> tuple[str, ...]:
        return tuple(name for name in self.readings if not name.endswith(PRE))


@dataclass(eq=False)
class TapBlock:
    """The part of a network read by one tap: a composite block, or a convolution with normalization and activation."""

    name: str
    parent: str
    last: Call
    growing: bool
    layout: Layout


def record(module: nn.Module, example: Tensor) -> Call:
    """Record the calls in one run of ``module`` on ``example`` as a tree. Removes its hooks afterwards."""
    names = {part: name for name, part in module.named_modules()}
    numbers = dict.fromkeys(names, 0)
    clock = count()
    stack: list[Call] = [Call("", nn.Module(), 0, next(clock), None)]

    def entered(part: nn.Module, arguments: tuple[object, ...]) -> None:
        source = arguments[0] if arguments and isinstance(arguments[0], Tensor) else None
        call = Call(names[part], part, numbers[part], next(clock), source, source._version if source is not None else 0)
        numbers[part] += 1
        stack[-1].calls.append(call)
        stack.append(call)

    def left(part: nn.Module, arguments: tuple[object, ...], output: object) -> None:
        call = stack.pop()
        call.end = next(clock)
        if isinstance(output, Tensor):
            call.output, call.output_version = output, output._version

    handles = [part.register_forward_pre_hook(entered) for part in names]
    handles += [part.register_forward_hook(left) for part in names]
    try:
        with torch.no_grad():
            module(example)
    finally:
        for handle in handles:
            handle.remove()
    return stack[0].calls[0]


def _is_container(call: Call, opened: tuple[type[nn.Module], ...]) -> bool:
    """Whether the nested calls should be observed individually."""
    if type(call.module) is nn.Sequential or isinstance(call.module, opened):
        return True
    return isinstance(call.module, nn.Sequential) and any(inner.calls for inner in call.calls)


def _finishes(call: Call) -> bool:
    """Whether the module is a normalization or an activation."""
    kind = type(call.module)
    if kind.__module__ == activation.__name__:
        return not isinstance(call.module, nn.MultiheadAttention)
    return isinstance(call.module, _BatchNorm | nn.LayerNorm | nn.GroupNorm)


def _units(call: Call, layout_of: LayoutOf, opened: tuple[type[nn.Module], ...]) -> list[TapBlock]:
    """Return the observable parts inside a call, in order."""
    units: list[TapBlock] = []
    for inner in call.calls:
        if _is_container(inner, opened):
            found = _units(inner, layout_of, opened)
            if len(found) == 1 and found[0].last.output is inner.output:
                found[0].name, found[0].parent = inner.name, call.name
            units += found
        elif _finishes(inner) and units and units[-1].growing and units[-1].last.output is inner.source:
            units[-1].last = inner
        elif (inner.calls or isinstance(inner.module, _ConvNd)) and inner.output is not None:
            layout = layout_of(inner.module, inner.output)
            if layout is not None and as_maps(inner.output, layout).shape[2:].numel() > 1:
                units.append(TapBlock(inner.name, call.name, inner, not inner.calls, layout))
    return units


def _thinned(units: list[TapBlock], most: int) -> list[TapBlock]:
    """Reduce the taps to ``most`` by repeatedly dropping every second one of the longest stage, never its last."""
    while len(units) > most:
        stages: dict[str, list[TapBlock]] = {}
        for unit in units:
            stages.setdefault(unit.parent, []).append(unit)
        longest = max(stages.values(), key=len)
        dropped = {id(unit) for unit in longest[-2::-2]}
        units = [unit for unit in units if id(unit) not in dropped]
    return units


def _inside(call: Call) -> Iterator[Call]:
    yield call
    for inner in call.calls:
        yield from _inside(inner)


def _channels(output: Tensor, layout: Layout) -> int:
    return as_maps(output, layout).shape[1]


def _readings(unit: TapBlock) -> dict[str, Reading]:
    """Return the reading of a block's tap and, if it ends in an activation module, the one before it."""
    last = unit.last
    assert last.output is not None
    copy = last.output._version != last.output_version
    channels = _channels(last.output, unit.layout)
    readings = {unit.name: Reading(last.name, last.number, False, copy, unit.layout, channels)}
    for call in _inside(last):
        ends = call.output is last.output and type(call.module).__module__ == activation.__name__
        if ends and call.source is not None and not call.calls:
            copy = call.source._version != call.source_version
            readings[unit.name + PRE] = Reading(call.name, call.number, True, copy, unit.layout, channels)
    return readings


def _blocks(root: Call, units: list[TapBlock]) -> dict[str, tuple[str, ...]]:
    """Assign each key of the state dict to the first tap that its module precedes."""
    starts: dict[str, int] = {}
    for call in _inside(root):
        starts.setdefault(call.name, call.start)
    blocks: dict[str, list[str]] = {name: [] for name in (*(unit.name for unit in units), "head")}
    for key in root.module.state_dict():
        owner = key
        while owner not in starts:
            owner = owner.rpartition(".")[0]
        behind = (unit.name for unit in units if starts[owner] < unit.last.end)
        blocks[next(behind, "head")].append(key)
    return {name: tuple(keys) for name, keys in blocks.items()}


def make_plan(
    module: nn.Module,
    example: Tensor,
    layout_of: LayoutOf = only_maps,
    opened: tuple[type[nn.Module], ...] = (),
    most: int = MOST,
) -> TapPlan:
    """Choose the taps of a module from one run on ``example``, which may be on the meta device.

    Containers (plain sequences, sequences of blocks, and the classes in ``opened``) are searched
    recursively. Each other block is one tap, and so is a convolution with the normalization and
    activation that follow it. A tap is named after its block or convolution.
    """
    root = record(module, example)
    units = _thinned(_units(root, layout_of, opened), most)
    readings = {name: reading for unit in units for name, reading in _readings(unit).items()}
    return TapPlan(readings, _blocks(root, units))

"""Edited networks: weights of two networks mixed, pruned, and scaled by unit.

Sietzen, "Visual Analytics for Convolutional Neural Network Robustness", 2022, section 5.4.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass

import torch
from torch import Tensor

from perturber.core.errors import InputError
from perturber.core.session.edit import WHOLE, Edit, UnitEdit
from perturber.core.session.unit_ref import check_layer, check_unit
from perturber.nets.architectures.architecture import Architecture, Weights
from perturber.nets.architectures.network import Network

FIELD = "models.edited.edit"
KERNELS = ("weight", "in_proj_weight")
"""Last key parts of tensors that hold one kernel of a convolution or linear layer per row."""
KEPT = 2
"""Edited networks an editor keeps: the current and the previous one."""


def mixed(first: Weights, second: Weights, alpha: float) -> Weights:
    """Mix all tensors (weights, biases, running statistics) by formula 5.1: W = W₁ · (1 − α) + W₂ · α.

    At α = 0 and 1 the tensors are shared with one network, not copied. Counters come from the first.
    """
    if alpha == 0:
        return dict(first)
    chosen: Weights = {}
    for key, one in first.items():
        if not one.is_floating_point():
            chosen[key] = one
        else:
            chosen[key] = second[key] if alpha == 1 else one * (1 - alpha) + second[key] * alpha
    return chosen


def is_kernel(key: str, value: Tensor) -> bool:
    """Whether a tensor of a state dict holds kernels and is therefore pruned."""
    return value.ndim > 1 and key.rpartition(".")[2] in KERNELS


def kept_filters(kernels: Tensor, span: tuple[float, float]) -> Tensor:
    """Return the pruning mask of formulas 5.2 to 5.5: one value per row, 1 for filters kept and 0 for the others.

    The O filters are ranked by the sum of their absolute weights, n = 0 for the weakest; ties keep their
    order. Filters with low · O ≤ n < high · O are kept. The thesis writes low · O < n, which would drop
    the weakest filter even for the full range.
    """
    rows = len(kernels)
    order = kernels.double().abs().flatten(1).sum(1).argsort(stable=True)
    low, high = (round(end * rows, 6) for end in span)  # so that 0.07 of 100 is 7, not a little more
    rank = torch.arange(rows)
    mask = torch.zeros(rows, dtype=kernels.dtype)
    mask[order] = ((rank >= low) & (rank < high)).to(kernels.dtype)
    return mask


def pruned(weights: Weights, span: tuple[float, float]) -> Weights:
    """Prune all convolutions and linear layers by formula 5.6, kernels times mask; other tensors are unchanged.

    A dropped filter still outputs its bias, or the output of its BatchNorm for zero.
    """
    return {
        key: value * kept_filters(value, span).view(-1, *[1] * (value.ndim - 1)) if is_kernel(key, value) else value
        for key, value in weights.items()
    }


def scaled(weights: Weights, makers: tuple[tuple[str, int], ...], units: tuple[UnitEdit, ...]) -> Weights:
    """Scale units by multiplying the rows that compute them (`Architecture.makers`), which scales the tap before ReLU.

    Raises InputError that names the unit if it does not exist.
    """
    changed = dict(weights)
    for edit in units:
        unit = edit.unit
        for prefix, count in makers:
            if unit < count:
                _scale_row(changed, weights, prefix, unit, edit.scale)
                break
            unit -= count
        else:
            check_unit(edit.layer, edit.unit, sum(count for _, count in makers), f"{FIELD}.units")
    return changed


def _scale_row(changed: Weights, weights: Weights, prefix: str, row: int, scale: float) -> None:
    for key in (f"{prefix}.weight", f"{prefix}.bias"):
        if key in weights:
            if changed[key] is weights[key]:
                changed[key] = weights[key].clone()
            changed[key][row] *= scale


@dataclass(frozen=True)
class BlockEdit:
    """The part of an edit that concerns one block."""

    alpha: float
    span: tuple[float, float]
    units: tuple[UnitEdit, ...]

    @classmethod
    def of(cls, edit: Edit, block: str) -> BlockEdit:
        units = tuple(unit for unit in edit.units if unit.layer == block)
        return cls(edit.mix.get(block, 0.0), edit.prune.get(block, WHOLE), units)

    @property
    def untouched(self) -> bool:
        """Whether the block is an unmodified block of one network."""
        return self.alpha in {0, 1} and self.span == WHOLE and not self.units


@dataclass(frozen=True, eq=False)
class Parent:
    """A source of weights: the structure of a network and its tensors by key."""

    architecture: Architecture
    weights: Weights

    @classmethod
    def of(cls, network: Network) -> Parent:
        """Return an opened network as a parent, with the weights it uses."""
        return cls(network.architecture, network.tensors)


def edited_weights(first: Parent, second: Callable[[], Parent], edit: Edit) -> Weights:
    """Return the complete state dict of an edited network in its trained, unfolded form.

    ``first`` and ``second`` hold trained weights, not folded; ``second`` is called only if the edit
    mixes. Tensors that the edit does not change are shared, not copied. Raises InputError for an edit
    that does not fit the networks.
    """
    check(first.architecture, edit)
    other = second() if edit.mix else first
    check_alike(first, other, edit)
    blocks = first.architecture.blocks
    changed = (edited_block(first, other, block, BlockEdit.of(edit, block)) for block in blocks)
    return {key: value for block in changed for key, value in block.items()}


def edited_block(first: Parent, second: Parent, block: str, recipe: BlockEdit) -> Weights:
    """Return the edited weights of one block in trained form."""
    architecture = first.architecture
    changed = mixed({key: first.weights[key] for key in architecture.blocks[block]}, second.weights, recipe.alpha)
    if recipe.span != WHOLE:
        changed = pruned(changed, recipe.span)
    return scaled(changed, architecture.makers(block), recipe.units) if recipe.units else changed


def check(network: Architecture, edit: Edit) -> None:
    """Raise InputError for a block or unit of the edit that does not exist in the network, naming it."""
    for kind, named in (("mix", edit.mix), ("prune", edit.prune)):
        for block in named:
            if block not in network.blocks:
                known = ", ".join(network.blocks)
                raise InputError(f"{FIELD}.{kind}.{block}", f"Model 1 ({network.name}) has no such block", known)
    for unit in edit.units:
        check_layer(unit.layer, network.taps, f"{FIELD}.units", f"Model 1 ({network.name})")


def check_alike(first: Parent, second: Parent, edit: Edit) -> None:
    """Raise InputError if the blocks an edit mixes do not match; both parents must be folded or both unfolded."""
    one, two = first.architecture.structure, second.architecture.structure
    if one != two:
        raise _unlike(f"they are of different architectures ({one} and {two})")
    for block in edit.mix:
        for key in first.architecture.blocks[block]:
            if key not in second.weights or first.weights[key].shape != second.weights[key].shape:
                raise _unlike(f"they differ in the shape of {key} in the block {block}")


def _unlike(why: str) -> InputError:
    problem = f"the weights of Model 1 and Model 2 cannot be mixed: {why}"
    return InputError(f"{FIELD}.mix", problem, "two models of the same architecture, or no mixing (reset it)")


@dataclass(frozen=True, eq=False)
class EditSource:
    """A network to edit, opened and in trained form. Both callables are called each time and should cache."""

    opened: Callable[[], Network]
    trained: Callable[[], Parent]
    """The trained form: float32 on the CPU, neither folded nor frozen."""


class WeightEditor:
    """An editor that creates networks from two others and recomputes only the blocks that an edit changes."""

    def __init__(self, first: EditSource, second: EditSource) -> None:
        self._first, self._second = first, second
        self._made: dict[str, tuple[Hashable, Weights]] = {}
        self._networks: OrderedDict[Hashable, Network] = OrderedDict()

    def open(self, edit: Edit) -> Network:
        """Return the edited network; unchanged tensors are shared with the original networks.

        Raises InputError for an edit that does not fit, and the errors of opening the networks.
        """
        one = self._first.opened()
        check(one.architecture, edit)
        two = self._second.opened() if edit.mix else one
        # The parts identify the network object, so a reloaded network is never mistaken for the old one.
        key = (edit, one.parts["head"], two.parts["head"])
        if key not in self._networks:
            check_alike(Parent.of(one), Parent.of(two), edit)
            self._networks[key] = self._edited(one, two, edit)
        self._networks.move_to_end(key)
        while len(self._networks) > KEPT:
            self._networks.popitem(last=False)
        return self._networks[key]

    def _edited(self, one: Network, two: Network, edit: Edit) -> Network:
        changed: Weights = {}
        parts = dict(one.parts)
        for block, keys in one.architecture.blocks.items():
            recipe = BlockEdit.of(edit, block)
            if recipe.untouched and recipe.alpha == 0:
                continue
            if recipe.untouched:
                changed |= {key: two.tensors[key] for key in keys if two.tensors[key].is_floating_point()}
                parts[block] = two.parts[block]
            else:
                parts[block] = (one.parts[block], two.parts[block] if recipe.alpha else None, recipe)
                changed |= self._block(one, block, recipe, parts[block])
        network = one.with_weights("Edited", changed, parts)
        if edit.mix.get("head") == 1:
            network.labels = two.labels
        return network

    def _block(self, network: Network, block: str, recipe: BlockEdit, part: Hashable) -> Weights:
        """Return the tensors of a block in the network's form; the latest of each block are cached."""
        if block not in self._made or self._made[block][0] != part:
            first = self._first.trained()
            weights = edited_block(first, self._second.trained() if recipe.alpha else first, block, recipe)
            exact = {key: _as(value, torch.promote_types(network.dtype, value.dtype)) for key, value in weights.items()}
            placed = {key: _placed(value, network) for key, value in first.architecture.folded(exact).items()}
            self._made[block] = part, placed
        return self._made[block][1]


def _as(value: Tensor, dtype: torch.dtype) -> Tensor:
    return value.to(dtype) if value.is_floating_point() else value


def _placed(value: Tensor, network: Network) -> Tensor:
    """Convert a tensor to the network's device, precision and layout."""
    layout = torch.channels_last if value.ndim == 4 else torch.preserve_format
    return _as(value, network.dtype).to(network.device, memory_format=layout).detach()

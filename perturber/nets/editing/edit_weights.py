"""Networks whose weights are made from those of two others: mixed, pruned, single units scaled.

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
"""Last names of tensors that hold the kernels of a convolution or a linear layer, one for each row."""
KEPT = 2
"""Edited networks that an editor remembers: the present one, and the one before it."""


def mixed(first: Weights, second: Weights, alpha: float) -> Weights:
    """Formula 5.1, W = W₁ · (1 − α) + W₂ · α, of every tensor: weights, biases, running statistics.

    At 0 and 1 the tensors are those of one network themselves, not copies. Counters are the first one's.
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
    """Whether a tensor of a state dict holds kernels, so that it is pruned."""
    return value.ndim > 1 and key.rpartition(".")[2] in KERNELS


def kept_filters(kernels: Tensor, span: tuple[float, float]) -> Tensor:
    """Formulas 5.2 to 5.5: 1 for the filters that are kept, 0 for the others; one number for each row.

    The filters are ranked by the sum of their absolute weights, n = 0 for the weakest of O, equal ones
    as they come. Kept are those with low · O ≤ n < high · O. The thesis writes low · O < n, which would
    drop the weakest filter even of the full range.
    """
    rows = len(kernels)
    order = kernels.double().abs().flatten(1).sum(1).argsort(stable=True)
    low, high = (round(end * rows, 6) for end in span)  # so that 0.07 of 100 is 7, not a little more
    rank = torch.arange(rows)
    mask = torch.zeros(rows, dtype=kernels.dtype)
    mask[order] = ((rank >= low) & (rank < high)).to(kernels.dtype)
    return mask


def pruned(weights: Weights, span: tuple[float, float]) -> Weights:
    """Formula 5.6 for every convolution and linear layer: kernels times mask; all else stays as it is.

    A filter that is dropped still gives its bias, or what its BatchNorm makes of zero.
    """
    return {
        key: value * kept_filters(value, span).view(-1, *[1] * (value.ndim - 1)) if is_kernel(key, value) else value
        for key, value in weights.items()
    }


def scaled(weights: Weights, makers: tuple[tuple[str, int], ...], units: tuple[UnitEdit, ...]) -> Weights:
    """With the rows that make single units (`Architecture.makers`) multiplied: the tap before its ReLU is as well.

    Raises InputError that names the unit when there is none of that number.
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
    """What an edit says of one block."""

    alpha: float
    span: tuple[float, float]
    units: tuple[UnitEdit, ...]

    @classmethod
    def of(cls, edit: Edit, block: str) -> BlockEdit:
        units = tuple(unit for unit in edit.units if unit.layer == block)
        return cls(edit.mix.get(block, 0.0), edit.prune.get(block, WHOLE), units)

    @property
    def untouched(self) -> bool:
        """Whether the block is that of one network as it is."""
        return self.alpha in {0, 1} and self.span == WHOLE and not self.units


@dataclass(frozen=True, eq=False)
class Parent:
    """A network that weights are taken from: its structure, and its tensors by key."""

    architecture: Architecture
    weights: Weights

    @classmethod
    def of(cls, network: Network) -> Parent:
        """An opened network, with its weights as it uses them."""
        return cls(network.architecture, network.tensors)


def edited_weights(first: Parent, second: Callable[[], Parent], edit: Edit) -> Weights:
    """The whole state dict of an edited network, in the form it would have been trained in.

    ``first`` and ``second``, called only when something is mixed, hold the trained weights, not folded.
    Tensors that the edit leaves alone are theirs, not copies. Raises InputError for an edit that does
    not fit the networks.
    """
    check(first.architecture, edit)
    other = second() if edit.mix else first
    check_alike(first, other, edit)
    blocks = first.architecture.blocks
    changed = (edited_block(first, other, block, BlockEdit.of(edit, block)) for block in blocks)
    return {key: value for block in changed for key, value in block.items()}


def edited_block(first: Parent, second: Parent, block: str, recipe: BlockEdit) -> Weights:
    """The trained weights of one block."""
    architecture = first.architecture
    changed = mixed({key: first.weights[key] for key in architecture.blocks[block]}, second.weights, recipe.alpha)
    if recipe.span != WHOLE:
        changed = pruned(changed, recipe.span)
    return scaled(changed, architecture.makers(block), recipe.units) if recipe.units else changed


def check(network: Architecture, edit: Edit) -> None:
    """Raises InputError that names a block or a unit of the edit that the network does not have."""
    for kind, named in (("mix", edit.mix), ("prune", edit.prune)):
        for block in named:
            if block not in network.blocks:
                known = ", ".join(network.blocks)
                raise InputError(f"{FIELD}.{kind}.{block}", f"Model 1 ({network.name}) has no such block", known)
    for unit in edit.units:
        check_layer(unit.layer, network.taps, f"{FIELD}.units", f"Model 1 ({network.name})")


def check_alike(first: Parent, second: Parent, edit: Edit) -> None:
    """Raises InputError that says why the blocks an edit mixes do not correspond; both folded or both not."""
    one, two = first.architecture.structure, second.architecture.structure
    if one != two:
        raise _unlike(f"they are of different architectures ({one} and {two})")
    for block in edit.mix:
        for key in first.architecture.blocks[block]:
            if key not in second.weights or first.weights[key].shape != second.weights[key].shape:
                raise _unlike(f"they differ in the shape of {key} in the block {block}")


def _unlike(why: str) -> InputError:
    problem = f"the weights of Model 1 and Model 2 cannot be mixed, because {why}, so that nothing corresponds"
    return InputError(f"{FIELD}.mix", problem, "two models of the same architecture, or no mixing (reset it first)")


@dataclass(frozen=True, eq=False)
class EditSource:
    """A network an edit starts from. Both are requested each time; the callables remember them."""

    opened: Callable[[], Network]
    trained: Callable[[], Parent]
    """As it was trained: float32 on the CPU, neither folded nor frozen."""


class WeightEditor:
    """Makes edited networks of two others, computing only the tensors of blocks that a further edit changes."""

    def __init__(self, first: EditSource, second: EditSource) -> None:
        self._first, self._second = first, second
        self._made: dict[str, tuple[Hashable, Weights]] = {}
        self._networks: OrderedDict[Hashable, Network] = OrderedDict()

    def open(self, edit: Edit) -> Network:
        """The edited network; all tensors it has in common with one of the others are shared with it.

        Raises InputError for an edit that does not fit, and what opening the networks raises.
        """
        one = self._first.opened()
        check(one.architecture, edit)
        two = self._second.opened() if edit.mix else one
        # The parts hold whose weights they are, so that a network read again is never taken for the old one.
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
        """The tensors of a block as the network holds them; the last ones of each block are remembered."""
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
    """On the network's device, in its precision and layout."""
    layout = torch.channels_last if value.ndim == 4 else torch.preserve_format
    return _as(value, network.dtype).to(network.device, memory_format=layout).detach()

"""The tensors of an architecture among those of a file, whatever stands before their names and beside them."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from perturber.core.errors import InputError
from perturber.nets.architectures.architecture import Normalization, Weights
from perturber.nets.weights.fitting import list_keys
from perturber.nets.weights.state_dicts import INSIDE, Values, innermost, unwrapped

SECONDARY = re.compile(r"ema|teacher|averag|avg|swa|shadow|momentum|_k\b|target|attacker", re.IGNORECASE)
"""Names of networks that were made from another one in the same file: averages, teachers, copies for an attack."""
BESIDE = re.compile(
    r"(?:(?:norm\w*|new|pixel|image|data|input|img|rgb)_)?(?:means?|stds?|mu|sigma)|n_averaged|\w*criterion\w*|"
    r"\w*loss\w*|normali[sz]\w*|norm_layer|preproc\w*|attacker|ema_\w+|\w*metrics?|\w*accuracy|\w*acc",
    re.IGNORECASE,
)
"""First names of tensors that training programs keep beside the network: ignored without a word."""
MEAN = re.compile(r"(?:\w+_)?(?:means?|mu)", re.IGNORECASE)
STD = re.compile(r"(?:\w+_)?(?:stds?|sigma)", re.IGNORECASE)
TRAINING = re.compile(r"optim|sched|scaler|callback|loop|rng|buffer", re.IGNORECASE)
"""Dictionaries of a checkpoint that never hold a network."""
SAME = 1e-4
"""Largest difference between two means or deviations that are taken for equal."""
MOST = 1e6
"""Largest mean or deviation that is believed."""
BYTES = 1.5
"""A larger mean is of pixels from 0 to 255."""


@dataclass(frozen=True, eq=False)
class Aligned:
    """What a file holds for an architecture."""

    weights: Values
    """Under the architecture's keys."""
    normalization: Normalization | None = None
    """What the file says about the pixels, if that differs from the architecture's own."""
    notices: tuple[str, ...] = ()


def align(
    name: str,
    values: Values,
    wanted: Weights,
    translate: Callable[[Weights], Weights],
    normalization: Normalization,
    *,
    chosen: str = "",
) -> Aligned:
    """Find the tensors of an architecture with the state dict ``wanted`` in the file ``name``.

    The prefix is chosen that stands before most of the architecture's keys; of several the one with fewer foreign
    keys, then a network before its average or teacher, then the first in the file. ``translate`` renames keys of
    other programs; ``normalization`` is the architecture's own; ``chosen`` names one of several networks (see
    `_chosen`). Raises InputError if there is none of that name.
    """
    votes = _votes(values, wanted, translate)
    if not votes and not chosen:
        return Aligned(unwrapped(innermost(values)))  # so that the refusal names keys of both
    among = _chosen(name, chosen, votes) if chosen else votes
    prefix = max(among, key=lambda prefix: _score(prefix, votes, values, wanted))
    firsts = {key.partition(".")[0] for key in wanted}
    own: Values = {}
    beside: Values = {}
    for key, value in values.items():
        inner = key[len(prefix) :]
        mine = key.startswith(prefix) and INSIDE not in inner
        first = inner.partition(".")[0]
        stray = first not in firsts and BESIDE.fullmatch(first) is not None
        (own if mine and not stray else beside)[inner if mine and not stray else key] = value
    rivals = [other for other in votes if other != prefix and votes[other] == votes[prefix]]
    different = [other for other in rivals if _differ(values, prefix, other, own)]
    notices = []
    if different and not chosen:
        told = ", ".join(_readable(other) for other in different)
        other = _readable(different[0]).strip("'")
        way = f"Choose another with --weights-key {other}, or in the window under Weights Key."
        notices.append(f"{name} holds several networks. {_readable(prefix)} is used, not {told}. {way}")
    notices += _ignored(name, beside, (*rivals, prefix))
    return Aligned(own, _normalization_of(beside, normalization), tuple(notices))


def _chosen(name: str, chosen: str, votes: Counter[str]) -> list[str]:
    """Return the prefixes that a name means: those that are called so in full, or else have it as a part.

    Raises InputError that lists the names.
    """
    exact = [prefix for prefix in votes if _readable(prefix).strip("'") == chosen]
    found = exact or [prefix for prefix in votes if chosen in re.split(r"[./]", prefix)]
    if not found:
        most = max(votes.values(), default=0)
        names = ", ".join(_readable(prefix) for prefix in votes if votes[prefix] == most)
        raise InputError(name, f"the file holds no network {chosen[:80]!r}", names or "no key: it holds one network")
    return found


def _votes(values: Values, wanted: Collection[str], translate: Callable[[Weights], Weights]) -> Counter[str]:
    """How many of the wanted keys each prefix stands before."""
    votes: Counter[str] = Counter()
    for key, value in values.items():
        place, found, inner = key.rpartition(INSIDE)
        if not isinstance(value, Tensor) or TRAINING.search(place):
            continue
        prefix = place + found
        while inner:
            if inner in wanted or any(new in wanted for new in translate({inner: value})):
                votes[prefix] += 1
            first, dot, inner = inner.partition(".")
            prefix += first + dot
    return votes


def _score(prefix: str, votes: Mapping[str, int], values: Values, wanted: Weights) -> tuple[int, int, int, bool]:
    """Keys that are there, those that fit in shape too, foreign ones (negative), and whether it is no copy."""
    under = {key[len(prefix) :]: v for key, v in values.items() if key.startswith(prefix)}
    under = {key: value for key, value in under.items() if INSIDE not in key}
    fitting = sum(
        isinstance(value, Tensor) and key in wanted and value.shape == wanted[key].shape for key, value in under.items()
    )
    return votes[prefix], fitting, -sum(key not in wanted for key in under), SECONDARY.search(prefix) is None


def _differ(values: Values, prefix: str, other: str, own: Iterable[str]) -> bool:
    """Whether two networks of a file have different weights."""
    pairs = ((values.get(prefix + key), values.get(other + key)) for key in own)
    return any(
        one.shape != two.shape or not torch.equal(one, two)
        for one, two in pairs
        if isinstance(one, Tensor) and isinstance(two, Tensor) and one.is_floating_point()
    )


def _readable(prefix: str) -> str:
    """The name of a network in a file, for people."""
    words = prefix.strip("./").replace(INSIDE, ".")
    return f"{words!r}" if words else "the outermost"


def _ignored(name: str, beside: Values, networks: Collection[str]) -> list[str]:
    """A notice about tensors that are not expected beside a network."""
    strange = [
        key
        for key, value in beside.items()
        if isinstance(value, Tensor)
        and value.is_floating_point()
        and not TRAINING.search(key.rpartition(INSIDE)[0])
        and not any(network and key.startswith(network) for network in networks)
        and not any(BESIDE.fullmatch(part) for part in re.split(r"[./]", key))
    ]
    if not strange:
        return []
    shown = list_keys([key.replace(INSIDE, ".") for key in strange])
    return [f"{name}: {len(strange)} tensor{'s' * (len(strange) != 1)} beside the network ignored ({shown})."]


def _normalization_of(beside: Values, own: Normalization) -> Normalization | None:
    """Mean and standard deviation that stand together beside the network, if they differ from its own."""
    pairs: dict[str, dict[str, tuple[float, ...]]] = {}
    for key, value in beside.items():
        last = re.split(r"[./]", key)[-1]
        kind = "mean" if MEAN.fullmatch(last) else "std" if STD.fullmatch(last) else None
        numbers = _triple(value) if kind else None
        if kind and numbers:
            pairs.setdefault(key.removesuffix(last), {}).setdefault(kind, numbers)
    for pair in pairs.values():
        if len(pair) == 2 and min(pair["std"]) > 0:
            share = 255 if max(pair["mean"]) > BYTES else 1
            mean, std = ([number / share for number in pair[kind]] for kind in ("mean", "std"))
            found = Normalization.of(mean, std)
            return found if _is_other(found, own) else None
    return None


def _is_other(one: Normalization, two: Normalization) -> bool:
    pairs = zip((*one.scale, *one.shift), (*two.scale, *two.shift), strict=True)
    return not all(math.isclose(a, b, rel_tol=SAME, abs_tol=SAME) for a, b in pairs)


def _triple(value: object) -> tuple[float, ...] | None:
    """Three finite numbers, one for each color, or one for all."""
    if not isinstance(value, Tensor) or value.numel() not in (1, 3) or not value.is_floating_point():
        return None
    numbers = tuple(float(number) for number in value.flatten().tolist())
    return numbers * (3 // len(numbers)) if all(abs(number) < MOST for number in numbers) else None

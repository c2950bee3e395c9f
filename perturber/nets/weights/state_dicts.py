"""The tensors in what people save: state dicts, at any depth of dictionaries, beside whatever else is there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from torch import Tensor

from perturber.nets.weights.inert_pickle import InertObject

INSIDE = "/"
"""Between the names of dictionaries inside each other and the key of a tensor: ``state_dict/conv1.weight``."""
DEPTH = 4
"""Dictionaries inside each other that are opened."""
NESTED = (
    "state_dict",
    "model_state_dict",
    "model_state",
    "model",
    "net",
    "network",
    "module",
    "params",
    "weights",
    "student",
    "teacher",
    "model_ema",
    "state_dict_ema",
    "ema_state_dict",
    "ema",
    "params_ema",
)
"""Where training programs put the state dict inside a checkpoint, the first preferred."""
PREFIXES = ("module.", "model.", "_orig_mod.")
"""Put before every key by wrappers of a network."""
STRIPPED = ("attacker.", "normalizer.", "normalize.")
"""What the robustness libraries save beside the network."""
STRANGE_TENSOR = re.compile(r"torch\._utils\._rebuild_\w+|torch\.Tensor|torch\.\w*Storage|torch\.\w*\d\w*")
"""Names of what makes tensors of a kind that is not read: sparse, quantized, complex, of 8 bits."""

Values = dict[str, Tensor | InertObject]
"""Tensors by place and key; tensors of a kind that is not read are inert objects."""


def collect_values(value: object) -> Values:
    """Return every tensor of a file under the names of the dictionaries it is in and its own key."""
    return dict(_walk(value, "", DEPTH))


def _walk(value: object, place: str, depth: int) -> Iterator[tuple[str, Tensor | InertObject]]:
    for key, item in _items(value):
        if isinstance(item, Tensor):
            yield place + key, item.detach()
        elif isinstance(item, InertObject) and STRANGE_TENSOR.fullmatch(item.path):
            yield place + key, item
        elif depth:
            yield from _walk(item, f"{place}{key}{INSIDE}", depth - 1)


def _items(value: object) -> Iterator[tuple[str, object]]:
    """The entries of a dictionary with texts as keys."""
    entries = value.entries if isinstance(value, InertObject) else value
    if isinstance(entries, Mapping):
        yield from ((key, item) for key, item in entries.items() if isinstance(key, str))


def find_pickled_network(value: object) -> tuple[str, str] | None:
    """Return place and class of a network that was pickled whole, if there is one."""
    for place, item in (("", value), *_items(value)):
        if isinstance(item, InertObject) and isinstance(item.state, dict) and "_modules" in item.state:
            return place, item.path
    return None


def innermost(values: Values) -> Values:
    """Return the state dict among all values that training programs mean, without looking at an architecture."""
    groups: dict[str, Values] = {}
    for key, value in values.items():
        place, _, own = key.rpartition(INSIDE)
        groups.setdefault(place, {})[own] = value

    def rank(place: str) -> tuple[int, int, tuple[int, ...]]:
        names = place.split(INSIDE) if place else []
        places = tuple(NESTED.index(name) if name in NESTED else len(NESTED) for name in names)
        return sum(number == len(NESTED) for number in places), -len(names), places

    return groups[min(groups, key=rank)] if groups else {}


def unwrapped(weights: Values) -> Values:
    """Return keys without the prefixes that all of them share; attackers' and normalizers' tensors dropped."""
    while True:
        kept = {key: value for key, value in weights.items() if not key.startswith(STRIPPED)}
        prefix = next((p for p in PREFIXES if kept and all(key.startswith(p) for key in kept)), None)
        if prefix is None:
            return kept
        weights = {key.removeprefix(prefix): value for key, value in kept.items()}

"""Lookups in a network: what is there is found, what is not is refused with the field and what there is."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from perturber.core.errors import InputError
from perturber.core.session.unit_ref import UnitRef
from perturber.nets.lookup.find import find_class, find_layer, find_named_class, find_unit
from perturber.nets.lookup.labels import Labels, generic

LABELS = Labels(("n01", "", "n03"), ("Tench", "unused", "cock"))
NETWORK: Any = SimpleNamespace(name="toy", taps=("one", "two"), channels={"one": 4, "two": 8}, labels=LABELS)


def test_what_is_there_is_found():
    assert find_layer(NETWORK, "two") == "two"
    assert find_unit(NETWORK, "two", 7) == UnitRef("two", 7)
    assert find_class(NETWORK, "n03", "target") == 2
    assert [find_named_class(NETWORK, named, "class") for named in ("n01", "tench", "COCK", "unused")] == [0, 0, 2, 1]


def test_what_is_not_there_is_refused():
    with pytest.raises(InputError, match=r"layer: toy has no layer 'three'; expected one of one, two"):
        find_layer(NETWORK, "three")
    with pytest.raises(InputError, match=r"plane.layer: toy has no layer"):
        find_unit(NETWORK, "three", 0, ("plane.layer", "plane.unit"))
    with pytest.raises(InputError, match=r"plane.unit: two has no unit 8; expected 0 to 7"):
        find_unit(NETWORK, "two", 8, ("plane.layer", "plane.unit"))
    for find in (find_class, find_named_class):
        with pytest.raises(InputError, match=r"target: toy has no class 'n02'; .* such as n01 Tench, n03 cock"):
            find(NETWORK, "n02", "target")


def test_a_network_without_ids_says_so():
    nameless: Any = SimpleNamespace(name="toy", labels=generic(3))
    with pytest.raises(InputError, match="expected classes with WordNet ids"):
        find_class(nameless, "n01", "target")
    assert find_named_class(nameless, "class 2", "target") == 2

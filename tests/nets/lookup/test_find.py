"""Lookups in a network: what is there is found, what is not is refused with the field and what there is."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from perturber.core.errors import InputError
from perturber.core.session.unit_ref import UnitRef
from perturber.nets.lookup.find import find_class, find_layer, find_unit
from perturber.nets.lookup.labels import Labels, generic

LABELS = Labels(("n01", "", "n03"), ("Tench", "unused", "cock"))
NETWORK: Any = SimpleNamespace(name="toy", taps=("one", "two"), channels={"one": 4, "two": 8}, labels=LABELS)


def test_what_is_there_is_found():
    assert find_layer(NETWORK, "two") == "two"
    assert find_unit(NETWORK, "two", 7) == UnitRef("two", 7)
    wanted = ("n03", "n01", "tench", "COCK", "unused", "1", "class 2", "Class #0", " 2 ")
    assert [find_class(NETWORK, named, "class") for named in wanted] == [2, 0, 0, 2, 1, 1, 2, 0, 2]


def test_what_is_not_there_is_refused():
    with pytest.raises(InputError, match=r"layer: toy has no layer 'three'; expected one of one, two"):
        find_layer(NETWORK, "three")
    with pytest.raises(InputError, match=r"plane.layer: toy has no layer"):
        find_unit(NETWORK, "three", 0, ("plane.layer", "plane.unit"))
    with pytest.raises(InputError, match=r"plane.unit: two has no unit 8; expected 0 to 7"):
        find_unit(NETWORK, "two", 8, ("plane.layer", "plane.unit"))
    for wanted in ("n02", "3", "class 3", "-1", "1.0", "", "\u0661"):
        with pytest.raises(InputError, match=r"target: toy has no class .* such as n01 Tench, n03 cock, or .* 0 to 2"):
            find_class(NETWORK, wanted, "target")


def test_classes_without_names_go_by_number():
    nameless: Any = SimpleNamespace(name="toy", labels=generic(3))
    assert [find_class(nameless, wanted, "target") for wanted in ("class 2", "2", "class2")] == [2, 2, 2]
    with pytest.raises(InputError, match=r"no class 'n01'; expected a number from 0 to 2, because .* no names"):
        find_class(nameless, "n01", "target")


def test_names_of_the_user_precede_numbers_and_must_be_unique():
    digits: Any = SimpleNamespace(name="toy", labels=Labels(("",) * 4, ("2", "1", "cat", "Cat")))
    assert [find_class(digits, wanted, "target") for wanted in ("2", "1", "0", "class 2", "3")] == [0, 1, 0, 2, 3]
    with pytest.raises(InputError, match=r"2 classes of toy are called 'cat'; expected one of the numbers 2, 3"):
        find_class(digits, "cat", "target")
    with pytest.raises(InputError, match=r"the name of one of its classes, such as 2, 1, cat, or a number from 0 to 3"):
        find_class(digits, "dog", "target")

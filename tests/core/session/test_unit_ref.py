"""Units: read from text in one way, written so that they can be read again."""

from __future__ import annotations

import pytest

from perturber.core.errors import InputError
from perturber.core.session.unit_ref import TypedUnits, UnitRef, check_layer, check_unit, parse_units

EXPECTED = "numbers"


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("", TypedUnits(())),
        ("222", TypedUnits((222,))),
        ("3, 17;  4 17,", TypedUnits((3, 17, 4))),
        ("mixed4a:222", TypedUnits((222,), "mixed4a")),
        (" features.3 : 3, 17 ", TypedUnits((3, 17), "features.3")),
        ("a:b:7", TypedUnits((7,), "a:b")),
        ("mixed4a:", TypedUnits((), "mixed4a")),
    ],
)
def test_units_are_read(text: str, typed: TypedUnits):
    assert parse_units(text, "units", EXPECTED) == typed


@pytest.mark.parametrize("text", ["cat", "-1", "1.5", ":3", "1234567", "mixed4a:x", "٣"])
def test_what_names_no_units_is_refused(text: str):
    with pytest.raises(InputError, match=r"--units: .* names no units; expected numbers"):
        parse_units(text, "--units", EXPECTED)


def test_units_without_a_layer_are_in_the_layer_that_is_shown():
    assert TypedUnits((3, 5)).refs("mixed3a") == (UnitRef("mixed3a", 3), UnitRef("mixed3a", 5))
    assert TypedUnits((3,), "mixed4b").refs("mixed3a") == (UnitRef("mixed4b", 3),)


def test_a_unit_is_written_as_it_is_read():
    unit = UnitRef("mixed4a", 222)
    assert parse_units(str(unit), "units", EXPECTED).refs("") == (unit,)


def test_refusals_name_the_field_the_owner_and_what_there_is():
    check_layer("one", ("one", "two"), "layer")
    check_unit("one", 3, 4, "unit")
    with pytest.raises(InputError, match=r"probe.layer: Model 1 has no layer 'three'; expected one of one, two"):
        check_layer("three", ("one", "two"), "probe.layer", "Model 1")
    for unit in (-1, 4):
        with pytest.raises(InputError, match=f"probe.unit: one has no unit {unit}; expected 0 to 3"):
            check_unit("one", unit, 4, "probe.unit")

"""The Circuits groups are complete and only for the network they are about; families bring their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from perturber.core.errors import InputError
from perturber.core.library.groups import Group
from perturber.core.session.models import ArchitectureModel, FamilyModel
from perturber.nets.architectures.architecture import create
from perturber.nets.architectures.inception_v1 import FULL
from perturber.nets.families.family import Checkpoint, Family, Variant
from perturber.nets.families.shipped_groups import (
    FILE,
    ORIGINAL,
    FamilyGroups,
    VariantGroups,
    circuits,
    read_family_groups,
    shipped,
    title,
    write_family_groups,
)

COUNTS = {
    "conv2d0": (28, 27, 9),
    "conv2d1": (4, 9, 10, 17, 9, 1, 11, 3),
    "conv2d2": (12, 12, 2, 40, 12, 6, 8, 15, 33, 4, 16, 5, 13, 14),
    "mixed3a": (7, 5, 15, 15, 9, 14, 30, 65, 8, 12, 14, 11, 4, 2, 14, 3, 14, 14),
    "mixed3b": (
        *(10, 44, 77, 73, 9, 6, 10, 6, 3, 36, 10, 3, 4, 4, 4, 10, 9),
        *(9, 1, 4, 5, 2, 9, 7, 7, 5, 12, 8, 24, 7, 6, 2, 12, 42),
    ),
    # The published lists name 356, 429 (twice) and 327 twice: three groups have one unit less, and one of mixed4b.
    "mixed4a": (8, 4, 10, 7, 1, 52, 8, 1, 3, 2, 1, 2, 4, 8, 28, 23, 4, 24, 3, 38),
    "mixed4b": (21, 5, 17, 5, 8, 9, 1, 1),
    "mixed4c": (1, 15, 1, 2, 6),
    "mixed4d": (2, 2, 4),
}
"""Units of each published group."""
WHOLE = ("conv2d0", "conv2d1", "conv2d2", "mixed3a", "mixed3b")
"""Layers whose groups hold every unit exactly once."""


def test_every_published_group_is_there_with_its_units():
    assert {layer: sorted(len(g.units) for g in groups) for layer, groups in circuits().items()} == {
        layer: sorted(counts) for layer, counts in COUNTS.items()
    }
    assert len(circuits()["mixed3b"]) == 34


@pytest.mark.parametrize("layer", WHOLE)
def test_early_layers_are_covered(layer: str):
    units = [unit for group in circuits()[layer] for unit in group.units]
    assert sorted(units) == list(range(FULL[layer]))


def test_late_layers_name_units_that_exist():
    for layer, groups in circuits().items():
        assert all(unit < FULL[layer] for group in groups for unit in group.units)
    heads = next(g for g in circuits()["mixed4a"] if g.name == "Oriented Dog Heads")
    assert 222 in heads.units


def test_the_authors_order_comes_first():
    names = [group.name for group in circuits()["mixed3b"]]
    priorities = [group.priority for group in circuits()["mixed3b"]]
    assert priorities == sorted(priorities, reverse=True)
    assert [priorities.count(p) for p in (1, 0, -1, -2)] == [14, 12, 7, 1]
    assert names[-1] == "Other Units"
    assert title("mixed4a_any_boundary", "mixed4a") == "Any boundary"


def test_circuits_groups_are_for_the_original_alone():
    model = ArchitectureModel(name="inception_v1")
    original = create("inception_v1", hollow=True)
    assert len(shipped(model, original.key, "mixed3b", {})) == 34
    for other in (
        create("inception_v1", 1008, hollow=True, width=0.5),
        create("inception_v1", 1008, hollow=True, norm="batch"),
        create("inception_v1", 1000, hollow=True),
        create("googlenet", hollow=True),
    ):
        assert other.key != ORIGINAL
        assert shipped(model, other.key, "mixed3b", {}) == ()
    half, wide = (create("inception_v1", 10, hollow=True, width=w, norm="batch") for w in (0.5, 0.25))
    assert half.key != wide.key


@pytest.fixture
def family(tmp_path: Path) -> Family:
    checkpoint = Checkpoint(name="last", file="a.safetensors", sha256="a" * 64)
    return Family(
        name="tiny",
        label="Tiny",
        architecture="inception_v1",
        classes=(("n02106662", "Dog"), ("n02123045", "Cat")),
        variants=(Variant(name="standard", label="Standard", checkpoints=(checkpoint,)),),
        folder=tmp_path,
    )


def test_a_familys_groups_count_while_its_weights_are_the_same(family: Family):
    dog = Group(name="Dog", units=(3, 1), scores=(0.5, 0.25), wnid="n02106662")
    made = FamilyGroups(recipe="…", variants={"standard": VariantGroups(sha256="a" * 64, layers={"mixed4a": (dog,)})})
    write_family_groups(family, made)
    assert read_family_groups(family) == made
    ref, known = FamilyModel(family="tiny"), {"tiny": family}
    assert shipped(ref, "any", "mixed4a", known) == (dog,)
    assert shipped(ref, "any", "mixed4b", known) == ()
    assert shipped(ref.model_copy(update={"variant": "robust"}), "any", "mixed4a", known) == ()
    trained = Checkpoint(name="last", file="a.safetensors", sha256="b" * 64)
    variant = family.variants[0].model_copy(update={"checkpoints": (trained,)})
    anew = family.model_copy(update={"variants": (variant,)})
    assert shipped(ref, "any", "mixed4a", {"tiny": anew}) == ()


def test_a_damaged_file_of_groups_is_named(family: Family):
    assert read_family_groups(family) == FamilyGroups()
    (family.folder / FILE).write_text('{"perturber_groups": 1, "variants": {"standard": 3}}')
    with pytest.raises(InputError, match=f"{FILE}.*variants.standard"):
        read_family_groups(family)

"""Label maps: one class, one WordNet id, whatever the order."""

from __future__ import annotations

from pathlib import Path

import pytest

from perturber.nets.lookup.labels import Labels, generic, imagenet, inception5h, labels_for


def test_torchvision_s_order_is_ascending_and_complete(shared_data: Path):
    wnids = (shared_data / "wordnet_ids.txt").read_text().split()
    assert list(imagenet().wnids) == wnids == sorted(wnids)


def test_names_fit_the_ids(shared_data: Path):
    labels = imagenet()
    for photo in (shared_data / "photos").glob("*.jpg"):
        wnid, _, name = photo.stem.partition("_")
        index = labels.index(wnid)
        assert index is not None
        assert labels.names[index].replace(" ", "_").replace("'", "") == name


@pytest.mark.parametrize(
    ("output", "wnid", "name"),
    [
        (1, "n02119789", "kit fox"),
        (2, "n02100735", "English setter"),
        (3, "n02110185", "Siberian husky"),
        (211, "n02106662", "German shepherd"),
        (429, "n02012849", "crane (bird)"),
        (449, "n01440764", "tench"),
        (545, "n03126707", "crane (machine)"),
        (782, "n03710637", "maillot"),
        (977, "n03710721", "maillot (tank suit)"),
        (1000, "n03255030", "dumbbell"),
    ],
)
def test_the_old_order_of_inception5h(output: int, wnid: str, name: str):
    labels = inception5h()
    assert (labels.wnids[output], labels.names[output]) == (wnid, name)


def test_both_orders_hold_the_same_classes():
    old, new = inception5h(), imagenet()
    assert len(old) == 1008
    assert sorted(old.wnids[1:1001]) == list(new.wnids)
    assert {old.wnids[i] for i in (0, *range(1001, 1008))} == {""}
    assert len(set(new.names)) == 1000
    for wnid, name in zip(new.wnids, new.names, strict=True):
        assert old.names[old.index(wnid) or 0] == name


def test_groups_hold_what_the_network_knows():
    labels = Labels(("n2", "", "n1"), ("two", "nameless", "one"))
    assert labels.group(["n1", "n9", "n2", ""]) == (2, 0)
    assert labels.index("") is None


def test_labels_follow_from_the_number_of_classes():
    assert labels_for("resnet18", 1000) == imagenet()
    assert labels_for("inception_v1", 1008) == inception5h()
    assert labels_for("resnet18", 1008) == generic(1008)
    assert (generic(18).names[17], generic(18).wnids[17]) == ("class 17", "")


def test_classes_of_two_networks_match_by_id_by_list_or_by_a_name_that_is_alone():
    ids = Labels(("n1", "n2"), ("cat", "dog"))
    assert Labels(("n2", "n1"), ("hound", "tabby")).matching(ids, 0) == 1
    assert Labels(("n3",), ("cat",)).matching(ids, 0) is None
    unnamed = generic(3)
    assert generic(3).matching(unnamed, 2) == 2
    assert generic(2).matching(unnamed, 2) is None
    twice = Labels(("", ""), ("crane", "crane"))
    assert Labels(("", ""), ("crane", "crane")).matching(twice, 1) == 1
    assert Labels(("", ""), ("crane", "bird")).matching(twice, 1) is None

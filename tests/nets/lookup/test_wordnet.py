"""Paths through WordNet: of our own words, of the real ones where they are installed, and of broken files."""

from __future__ import annotations

from pathlib import Path

import pytest
from wordnet_writer import ANIMALS, HEADER, write

from perturber import paths
from perturber.core.errors import InputError, MachineError
from perturber.nets.lookup.labels import imagenet
from perturber.nets.lookup.wordnet import WordNet, open_wordnet

DEBIAN = Path("/usr/share/wordnet")


@pytest.fixture
def ids(tmp_path: Path) -> dict[str, str]:
    return write(tmp_path)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("cat", "cat", 0),
        ("tabby", "cat", 1),
        ("cat", "dog", 2),  # both are pets; over wild_dog it is farther
        ("tabby", "collie", 4),
        ("Laika", "collie", 2),  # an instance is one pointer away, and # is no way up
        ("Laika", "entity", 4),
    ],
)
def test_the_shortest_path_leads_over_what_both_are(
    tmp_path: Path, ids: dict[str, str], first: str, second: str, expected: int
):
    wordnet = WordNet(tmp_path / "data.noun")
    assert wordnet.distance(ids[first], ids[second]) == expected
    assert wordnet.distance(ids[second], ids[first]) == expected


def test_all_pairs_are_what_each_is(tmp_path: Path, ids: dict[str, str]):
    wordnet, names = WordNet(tmp_path / "data.noun"), list(ids.values())
    expected = [[wordnet.distance(one, two) for two in names] for one in names]
    assert wordnet.distances(names).tolist() == expected
    assert names[0] in wordnet
    assert "n00000001" not in wordnet
    assert "tabby" not in wordnet


def test_unknown_ids_and_damage_are_named(tmp_path: Path, ids: dict[str, str]):
    file = tmp_path / "data.noun"
    with pytest.raises(InputError, match="there is no synset n99999999"):
        WordNet(file).distance("n99999999", ids["cat"])
    with pytest.raises(InputError, match="tabby: it is not a WordNet id"):
        WordNet(file).distance("tabby", ids["cat"])
    whole = file.read_text()
    file.write_text(whole.replace("n 02 tabby", "n zz tabby"))
    with pytest.raises(InputError, match=f"line of {ids['tabby']} is damaged"):
        WordNet(file).distance(ids["tabby"], ids["cat"])
    file.write_text(whole[: whole.index('| of our own; "a tabby') - 12])
    with pytest.raises(InputError, match="damaged"):
        WordNet(file).distance(ids["tabby"], ids["cat"])


def test_a_ring_and_two_worlds_end(tmp_path: Path):
    ids = write(tmp_path, {"egg": ("@ hen",), "hen": ("@ egg",), "stone": ()})
    wordnet = WordNet(tmp_path / "data.noun")
    assert wordnet.distance(ids["egg"], ids["hen"]) == 1
    with pytest.raises(InputError, match="no path connects"):
        wordnet.distance(ids["egg"], ids["stone"])


@pytest.mark.parametrize(
    ("header", "problem"),
    [(HEADER.replace("3.0", "3.1"), "it is of WordNet 3.1"), ("  1 Words.\n", "does not name its version")],
)
def test_another_version_is_refused(tmp_path: Path, header: str, problem: str):
    write(tmp_path, ANIMALS, header)
    with pytest.raises(InputError, match=problem):
        open_wordnet(tmp_path)


def test_the_first_of_the_right_version_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write(tmp_path / "old", ANIMALS, HEADER.replace("3.0", "2.1"))
    write(tmp_path / "new")
    monkeypatch.setenv("WNSEARCHDIR", str(tmp_path / "nosuch"))
    assert paths.wordnets()[0] == tmp_path / "nosuch"
    places = [tmp_path / name for name in ("nosuch", "old")]
    monkeypatch.setattr(paths, "wordnets", lambda: tuple(places))
    with pytest.raises(InputError, match=r"2\.1"):
        open_wordnet()
    places.append(tmp_path / "new")
    assert open_wordnet().file == tmp_path / "new" / "data.noun"
    places.clear()
    with pytest.raises(MachineError, match="apt install wordnet-base"):
        open_wordnet()
    with pytest.raises(InputError, match="nosuch"):
        open_wordnet(tmp_path / "nosuch")


@pytest.mark.skipif(not (DEBIAN / "data.noun").is_file(), reason="Debian's wordnet-base is not installed")
def test_the_real_one_has_all_classes_of_imagenet():
    wordnet = open_wordnet(DEBIAN)
    assert all(wnid in wordnet for wnid in imagenet().wnids)
    assert wordnet.distance("n02084071", "n02121620") == 4  # dog and cat; NLTK says so, too
    assert wordnet.distance("n02123045", "n02123394") == 2  # tabby and Persian cat
    assert wordnet.distance("n02123394", "n02090721") == 7  # Persian cat and Irish wolfhound
    assert wordnet.distance("n02958343", "n03790512") == 2  # car and motorcycle

"""Labels of the user: every form is read, and every mistake is named with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from perturber.core.errors import InputError
from perturber.nets.lookup.label_file import labels_from, read_labels
from perturber.nets.lookup.labels import Labels

WANTED = Labels(("", "n02123045", ""), ("green apple", "tabby", "3"))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("labels.txt", "green apple\nn02123045 tabby\n3"),
        ("labels.txt", "\ufeffgreen apple\r\nn02123045\ttabby\r\n3\r\n\r\n"),
        ("labels.csv", "green apple\nn02123045,tabby\n3\n"),
        ("labels.txt", "green apple\nn02123045\n3\n"),  # ImageNet's name
        ("labels.json", '["green apple", ["n02123045", "tabby"], "3"]'),
        ("labels.json", '{"0": "green apple", "1": ["n02123045", "tabby"], "2": "3"}'),
    ],
)
def test_forms(tmp_path: Path, name: str, text: str):
    (tmp_path / name).write_text(text, encoding="utf-8", newline="")
    assert read_labels(tmp_path / name) == WANTED


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "it holds no labels"),
        (b"cat\n\ndog\n", ":2: the line is empty"),
        (b"n02123045 a\ncat\nn02123045 b\n", ":3: n02123045 is already in line 1"),
        (b"caf\xe9\n", "not text in UTF-8"),
        (b"\x89PNG\r\n\x1a\n\xff", "not text in UTF-8"),
        (b"x" * (9 << 20), "larger than 8 MiB"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, content: bytes, problem: str):
    (tmp_path / "labels.txt").write_bytes(content)
    with pytest.raises(InputError, match=problem) as caught:
        read_labels(tmp_path / "labels.txt")
    assert caught.value.source == str(tmp_path / "labels.txt")


def test_a_missing_file_and_strange_json_are_named(tmp_path: Path):
    with pytest.raises(InputError, match="No such file"):
        read_labels(tmp_path / "none.txt")
    (tmp_path / "labels.json").write_text("[\n{")
    with pytest.raises(InputError, match=r"labels\.json:2: it is not JSON"):
        read_labels(tmp_path / "labels.json")
    for text in ('{"a": "b"}', "3", '[["n02123045", 3]]'):
        (tmp_path / "labels.json").write_text(text)
        with pytest.raises(InputError, match="not a JSON list"):
            read_labels(tmp_path / "labels.json")


def test_the_number_must_be_that_of_the_classes(tmp_path: Path):
    (tmp_path / "labels.txt").write_text("a\nb\n")
    assert len(labels_from(tmp_path / "labels.txt", 2, "toy")) == 2
    with pytest.raises(InputError, match="it has 2 labels, but toy has 3 classes; expected 3 lines"):
        labels_from(tmp_path / "labels.txt", 3, "toy")

"""Whatever reads a file or a folder that is named on the command line refuses what is none, at once and by name."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from perturber.cli.main import BAD_INPUT, main
from perturber.core.errors import InputError
from perturber.core.library.groups import OwnGroups
from perturber.core.library.presets import OwnPresets
from perturber.core.session.session import load
from perturber.core.storage.files import FileRef, sha256_of
from perturber.core.storage.picture_walk import PictureWalk
from perturber.nets.lookup.label_file import read_labels
from perturber.nets.lookup.wordnet import WordNet
from perturber.nets.weights.graphdef import read_graph
from perturber.nets.weights.weights_file import open_weights, read_checkpoint
from perturber.scene.files.survey import survey
from perturber.training.data.sources import FolderSource
from perturber.training.measures.family_evaluation import find_family
from perturber.training.report.history import read_history

pytestmark = pytest.mark.skipif(os.name != "posix", reason="pipes and devices")
FILES: dict[str, Callable[[Path], object]] = {
    "session": load,
    "reference": FileRef.of,
    "location": lambda path: FileRef(path=str(path)).locate(),
    "hash": sha256_of,
    "labels": read_labels,
    "wordnet": WordNet,
    "graph": read_graph,
    "weights": open_weights,
    "checkpoint": lambda path: read_checkpoint(path, "0" * 64),
    "history": read_history,
    "groups": lambda path: OwnGroups(path).of("a", "b"),
    "presets": lambda path: OwnPresets(path).all(),
    "mesh": lambda path: survey(path.with_name(path.name + ".ply")),
}
FOLDERS: dict[str, Callable[[Path], object]] = {
    "photos": lambda path: PictureWalk(path).found(),
    "training data": FolderSource,
    "family": lambda path: find_family(str(path)),
}
STRANGE = ("a\0b", "a\ud800b", "x" * 300, "/".join(["y" * 200] * 30))


@pytest.mark.parametrize("what", FILES)
def test_what_is_no_regular_file_is_refused(what: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    os.mkfifo(tmp_path / "pipe.ply")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder.ply").mkdir()
    paths = [tmp_path / "pipe", tmp_path / "folder", *(tmp_path / name for name in STRANGE)]
    for path in [*paths, *([] if what == "mesh" else [Path("/dev/zero")])]:
        with pytest.raises(InputError) as caught:
            FILES[what](path)
        assert str(caught.value).isprintable()


@pytest.mark.parametrize("what", FOLDERS)
def test_what_is_no_folder_is_refused(what: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in [tmp_path / "pipe", *(tmp_path / name for name in STRANGE)]:
        with pytest.raises(InputError) as caught:
            FOLDERS[what](path)
        assert str(caught.value).isprintable()


def test_pipes_among_photos_are_left_out(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.png")
    with pytest.raises(InputError, match=r"no usable pictures \(a\.png: not a regular file\)"):
        PictureWalk(tmp_path).found()


@pytest.mark.parametrize("name", STRANGE)
@pytest.mark.parametrize("flags", [("render",), ("render", "--photo"), ("render", "--mesh")])
def test_a_command_refuses_it_without_a_traceback(
    flags: tuple[str, ...], name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*flags, name])
    assert ended.value.code == BAD_INPUT
    assert capsys.readouterr().err.startswith("perturber: ")

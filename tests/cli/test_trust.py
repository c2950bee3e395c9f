"""A session file from someone else is opened by a command only with consent."""

from __future__ import annotations

from pathlib import Path

import pytest

from perturber import paths
from perturber.cli import trust
from perturber.cli.main import main
from perturber.core.errors import InputError
from perturber.core.library.trusted import TrustedFile
from perturber.core.parameters.parameter import replace
from perturber.core.session.scene import Photo
from perturber.core.session.session import Session, save
from perturber.core.storage.files import FileRef


@pytest.fixture
def talk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A session file of a talk's download, which reads a file elsewhere."""
    monkeypatch.setattr(paths, "trusted", lambda: tmp_path / "trusted.json")
    file = tmp_path / "talk" / "session.json"
    file.parent.mkdir()
    save(replace(Session(), "scene.photo", Photo(file=FileRef(path=str(tmp_path / "private.png")))), file)
    return file


def test_without_a_terminal_it_is_refused_with_what_it_wants(talk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["predict", str(talk)])
    said = capsys.readouterr().err
    assert end.value.code == 2
    assert trust.load_unasked(talk) is None
    assert "private.png" in said
    assert "--trust" in said


def test_trust_accepts_it_once_and_for_all(talk: Path) -> None:
    assert trust.load_accepted(talk, trust=True).scene.photo is not None
    assert trust.load_accepted(talk, trust=False).scene.photo is not None
    assert TrustedFile(paths.trusted()).load(talk)[1] == ()
    assert trust.load_unasked(talk) is not None


@pytest.mark.parametrize("answer", [True, False])
def test_the_terminal_asks(talk: Path, monkeypatch: pytest.MonkeyPatch, answer: bool) -> None:
    questions: list[str] = []
    monkeypatch.setattr(trust, "ask", lambda question: questions.append(question) or answer)
    if answer:
        assert trust.load_accepted(talk, trust=False) is not None
        trust.load_accepted(talk, trust=False)
    else:
        with pytest.raises(InputError, match=r"private\.png"):
            trust.load_accepted(talk, trust=False)
    (question,) = questions
    assert "private.png" in question


def test_a_session_saved_by_a_command_is_ones_own(talk: Path) -> None:
    session = replace(Session(), "scene.photo", Photo(file=FileRef(path=str(talk.parent.parent / "mine.png"))))
    trust.save_own(session, talk)
    assert trust.load_accepted(talk, trust=False) == session

"""Demands are asked once, and a file that cannot be used means to be asked again."""

from __future__ import annotations

from pathlib import Path

import pytest

from perturber.core.library.trusted import MOST, TrustedFile, refusal
from perturber.core.parameters.parameter import replace
from perturber.core.session.demands import Demand
from perturber.core.session.scene import Photo
from perturber.core.session.session import Session, load
from perturber.core.storage.files import FileRef


def with_photo(path: Path) -> Session:
    return replace(Session(), "scene.photo", Photo(file=FileRef(path=str(path))))


def test_what_was_accepted_is_not_asked_again_and_everything_else_is(tmp_path: Path) -> None:
    trusted, folder = TrustedFile(tmp_path / "trusted.json"), tmp_path / "own"
    session = with_photo(tmp_path / "a.png")
    asked = trusted.unanswered(session, folder)
    assert [demand.kind for demand in asked] == ["read"]
    trusted.accept(asked)
    again = TrustedFile(tmp_path / "trusted.json")
    assert again.unanswered(session, folder) == ()
    assert again.unanswered(replace(session, "seed", 3), folder) == ()
    assert len(again.unanswered(with_photo(tmp_path / "b.png"), folder)) == 1


def test_sessions_of_ones_own_are_not_asked_about(tmp_path: Path) -> None:
    trusted, file = TrustedFile(tmp_path / "trusted.json"), tmp_path / "own" / "session.json"
    file.parent.mkdir()
    trusted.save(with_photo(tmp_path / "a.png"), file)
    assert trusted.unanswered(load(file), file.parent) == ()


def test_the_oldest_are_forgotten(tmp_path: Path) -> None:
    trusted = TrustedFile(tmp_path / "trusted.json")
    trusted.accept(Demand("read", f"/{number}", "") for number in range(MOST + 1))
    assert len(trusted.unanswered(with_photo(Path("/0")), tmp_path)) == 1
    assert trusted.unanswered(with_photo(Path("/1")), tmp_path) == ()


@pytest.mark.parametrize("content", ["{", "[]", '{"perturber_trusted": 99}', '{"accepted": "all"}'])
def test_a_damaged_or_newer_file_accepts_nothing(tmp_path: Path, content: str) -> None:
    file = tmp_path / "trusted.json"
    file.write_text(content)
    trusted = TrustedFile(file)
    asked = trusted.unanswered(with_photo(Path("/a.png")), tmp_path)
    assert len(asked) == 1
    trusted.accept(asked)


def test_a_file_that_cannot_be_written_only_asks_again(tmp_path: Path) -> None:
    (tmp_path / "trusted.json").mkdir()
    trusted = TrustedFile(tmp_path / "trusted.json")
    asked = trusted.unanswered(with_photo(Path("/a.png")), tmp_path)
    trusted.accept(asked)
    assert trusted.unanswered(with_photo(Path("/a.png")), tmp_path) == asked


def test_the_refusal_names_everything_and_the_way_out() -> None:
    text = str(refusal("talk.json", [Demand("read", "/a", "read /a"), Demand("run", "x", "run x")]))
    assert text.startswith("talk.json: this session wants to read /a; run x. Add --trust")

"""A session file from someone else is opened only after its question; one's own is opened without any."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialogButtonBox
from pytestqt.qtbot import QtBot

from perturber.core.parameters.parameter import replace, replace_all
from perturber.core.session.scene import Photo
from perturber.core.session.session import Session, save
from perturber.core.storage.files import FileRef
from perturber.gui.base.trust_dialog import TrustDialog
from perturber.gui.shell.desk import Desk


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """A session in a folder of its own that reads a picture elsewhere."""
    picture = tmp_path / "private.png"
    picture.write_bytes(b"png")
    file = tmp_path / "talk" / "talk.json"
    file.parent.mkdir()
    save(replace_all(Session(), {"scene.photo": Photo(file=FileRef.of(picture)), "seed": 7}), file)
    return file


def question(desk: Desk, qtbot: QtBot) -> TrustDialog:
    qtbot.waitUntil(lambda: bool(desk.window.findChildren(TrustDialog)), timeout=3000)
    (dialog,) = desk.window.findChildren(TrustDialog)
    return dialog


def test_it_lists_what_the_file_wants_and_opens_it_when_allowed(desk: Desk, foreign: Path, qtbot: QtBot) -> None:
    desk.documents.open_any([foreign])
    dialog = question(desk, qtbot)
    assert [dialog.wants.item(row).text() for row in range(dialog.wants.count())] == [
        f"Read {foreign.parent.parent / 'private.png'}"
    ]
    assert desk.store.session == Session()
    qtbot.mouseClick(dialog.allow, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: desk.store.session.seed == 7, timeout=3000)
    assert desk.documents.path == foreign


def test_it_is_asked_only_once(desk: Desk, foreign: Path, qtbot: QtBot) -> None:
    desk.documents.open_session(foreign)
    question(desk, qtbot).allow.click()
    qtbot.waitUntil(lambda: desk.store.session.seed == 7, timeout=3000)
    desk.store.set("seed", 1)
    desk.documents.open_session(foreign)
    qtbot.waitUntil(lambda: desk.store.session.seed == 7, timeout=3000)


def test_return_and_cancel_leave_everything_as_it_was(desk: Desk, foreign: Path, qtbot: QtBot) -> None:
    desk.documents.open_session(foreign)
    dialog = question(desk, qtbot)
    buttons = dialog.findChild(QDialogButtonBox)
    assert isinstance(buttons, QDialogButtonBox)
    assert buttons.button(QDialogButtonBox.StandardButton.Cancel).isDefault()
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not desk.window.findChildren(TrustDialog), timeout=3000)
    assert desk.store.session == Session()
    assert desk.documents.path is None


def test_ones_own_session_is_opened_without_a_question(desk: Desk, tmp_path: Path, qtbot: QtBot) -> None:
    picture, file = tmp_path / "cat.png", tmp_path / "cases" / "cat.json"
    picture.write_bytes(b"png")
    file.parent.mkdir()
    desk.documents.open_photo(picture)
    qtbot.waitUntil(lambda: desk.store.session.scene.photo is not None, timeout=3000)
    desk.documents.save_session(file)
    saved = desk.store.session
    desk.store.replace(replace(Session(), "seed", 2))
    desk.documents.open_session(file)
    qtbot.waitUntil(lambda: desk.store.session == saved, timeout=3000)
    assert not desk.window.findChildren(TrustDialog)

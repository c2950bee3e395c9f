"""Example pictures of the classes: read on a thread, kept in memory, never blocking."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from perturber.gui.answers.picture_loading import LARGE, SMALL
from perturber.gui.base.settings import Settings
from perturber.gui.predictions.bars import PITCH, ROWS
from perturber.gui.shell.desk import Desk

RED = (220, 30, 40)
DOG = "n02106662"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Pictures of two of the fake engine's classes, one of them damaged."""
    made = tmp_path / "classes"
    made.mkdir()
    Image.new("RGB", (300, 200), RED).save(made / f"{DOG}.png")
    (made / "n02124075.jpg").write_text("no picture")
    return made


def row_of(desk: Desk, wnid: str, slot: str = "slot1") -> int:
    return [p.wnid for p in desk.predictions.bars[slot]._top].index(wnid)


def ground_of(desk: Desk, row: int) -> QColor:
    """Return the color at the center of a row's picture."""
    image = desk.predictions.bars["slot1"].grab().toImage()
    return image.pixelColor(SMALL // 3, row * PITCH + PITCH // 3)


def shown(desk: Desk, wnid: str) -> Callable[[], bool]:
    def picture_is_there() -> bool:
        bars = desk.predictions.bars["slot1"]
        return any(p.wnid == wnid and s is not None for p, s in zip(bars._top, bars._pictures, strict=True))

    return picture_is_there


def until_shown(desk: Desk, qtbot: QtBot, wnid: str = DOG) -> None:
    """Move the scene until the class is among the top five and its picture has arrived."""
    for yaw in range(40):
        if any(p.wnid == wnid for p in desk.predictions.bars["slot1"]._top):
            break
        before = desk.predictions.bars["slot1"]._top
        desk.store.set("scene.camera.yaw", float(yaw))
        qtbot.waitUntil(lambda before=before: desk.predictions.bars["slot1"]._top != before)
    qtbot.waitUntil(shown(desk, wnid))


def test_without_a_picture_an_initial_stands_there_and_nothing_moves(desk: Desk, theme: object, qtbot: QtBot) -> None:
    bars = desk.predictions.bars["slot1"]
    assert bars._pictures == (None,) * ROWS
    assert bars.height() == ROWS * PITCH
    image = bars.grab().toImage()
    assert image.pixelColor(4, PITCH // 2).name() == desk.window.theme.colors.control
    assert "<img" not in bars.tip(0)


def test_a_folder_once_chosen_is_remembered_and_can_be_forgotten(
    desk: Desk, folder: Path, settings: Settings, qtbot: QtBot
) -> None:
    bars, height = desk.predictions.bars["slot1"], desk.predictions.bars["slot1"].height()
    desk.documents.open_class_pictures(folder)
    until_shown(desk, qtbot)
    row = row_of(desk, DOG)
    assert ground_of(desk, row).getRgb()[:3] == RED
    assert bars.height() == height
    assert 'src="data:image/png' in bars.tip(row)
    assert f'width="{LARGE}"' in bars.tip(row)
    assert settings.text("classes/folder", "") == str(folder)
    assert desk.menus.actions["no_classes"].isEnabled()
    desk.menus.actions["no_classes"].trigger()
    assert settings.text("classes/folder", "") == ""
    assert not desk.menus.actions["no_classes"].isEnabled()
    qtbot.waitUntil(lambda: bars._pictures[row_of(desk, DOG)] is None)


def test_the_folder_of_the_last_run_is_used_again(
    make_desk: Callable[..., Desk], folder: Path, settings: Settings, qtbot: QtBot
) -> None:
    settings.put("classes/folder", str(folder))
    until_shown(make_desk(), qtbot)


def test_a_picture_that_cannot_be_read_is_named_once_and_replaced_by_its_initial(
    desk: Desk, folder: Path, qtbot: QtBot
) -> None:
    said: list[str] = []
    desk.pictures.complained.connect(said.append)
    (folder / f"{DOG}.png").unlink()
    Image.new("RGB", (9, 9), RED).save(folder / f"{DOG}_1.png")
    desk.documents.open_class_pictures(folder)
    until_shown(desk, qtbot)
    for yaw in range(50, 70):
        desk.store.set("scene.camera.yaw", float(yaw))
        qtbot.wait(5)
    qtbot.waitUntil(lambda: bool(said))
    assert len(said) == 1
    assert "n02124075.jpg: it cannot be read as a picture" in said[0]
    assert all(picture is None for wanted, picture in desk.pictures._kept.items() if wanted.wnid == "n02124075")


@pytest.mark.parametrize("name", ["gone", "empty"])
def test_a_folder_that_names_no_class_is_refused_by_name(desk: Desk, tmp_path: Path, qtbot: QtBot, name: str) -> None:
    (tmp_path / "empty").mkdir()
    desk.documents.open_class_pictures(tmp_path / name)
    qtbot.waitUntil(lambda: name in desk.window.banner.text)
    assert desk.documents.class_pictures == ""


def test_few_pictures_are_kept_however_many_classes_there_are(
    desk: Desk, folder: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("perturber.gui.answers.picture_loading.KEPT", 3)
    desk.documents.open_class_pictures(folder)
    for yaw in range(10):
        desk.store.set("scene.camera.yaw", float(yaw))
        qtbot.wait(10)
    assert len(desk.pictures._kept) <= 3


def test_the_windows_pictures_are_no_part_of_the_session(desk: Desk, folder: Path, qtbot: QtBot) -> None:
    before = desk.store.session
    desk.documents.open_class_pictures(folder)
    qtbot.waitUntil(lambda: desk.documents.class_pictures != "")
    assert desk.store.session is before

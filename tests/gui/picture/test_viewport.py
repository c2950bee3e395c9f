"""The picture, and mouse control of the camera."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from fake import picture
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QImage, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from perturber.core.session.scene import Camera, Photo
from perturber.core.session.session import Session
from perturber.gui.picture import gestures
from perturber.gui.picture.viewport import Viewport, image_of
from perturber.gui.shell.desk import Desk

LEFT, RIGHT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton, Qt.MouseButton.MiddleButton
NONE, SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier


def camera(desk: Desk) -> Camera:
    return desk.store.session.scene.camera


def drag(
    qtbot: QtBot,
    viewport: Viewport,
    button: Qt.MouseButton,
    steps: list[tuple[int, int]],
    modifier: Qt.KeyboardModifier = NONE,
) -> None:
    """Press at the first point, move through the others, release at the last; relative to the center."""
    center = viewport.picture_rect().center()
    points = [center + QPoint(x, y) for x, y in steps]
    qtbot.mousePress(viewport, button, modifier, points[0])
    for point in points[1:]:
        qtbot.mouseMove(viewport, point)
    qtbot.mouseRelease(viewport, button, modifier, points[-1])


def wheel(viewport: Viewport, notches: float) -> None:
    center = QPointF(viewport.picture_rect().center())
    event = QWheelEvent(
        center,
        viewport.mapToGlobal(center),
        QPoint(),
        QPoint(0, round(120 * notches)),
        Qt.MouseButton.NoButton,
        NONE,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(viewport, event)


def test_dragging_rotates_and_is_one_step(desk: Desk, qtbot: QtBot) -> None:
    before = camera(desk)
    drag(qtbot, desk.scene.viewport, LEFT, [(0, 0), (10, 5), (30, 10), (50, 20)])
    assert camera(desk).yaw == pytest.approx(before.yaw - 50 * gestures.DEGREES_PER_PIXEL)
    assert camera(desk).pitch == pytest.approx(before.pitch - 20 * gestures.DEGREES_PER_PIXEL)
    assert camera(desk).roll == before.roll
    desk.store.undo()
    assert desk.store.session == Session()
    assert not desk.store.can_undo


@pytest.mark.parametrize(("button", "modifier"), [(LEFT, SHIFT), (RIGHT, NONE)])
def test_shift_or_right_drag_rolls_by_the_angle_around_the_center(
    desk: Desk, qtbot: QtBot, button: Qt.MouseButton, modifier: Qt.KeyboardModifier
) -> None:
    drag(qtbot, desk.scene.viewport, button, [(80, 0), (60, 60), (0, 80)], modifier)
    assert camera(desk).roll == pytest.approx(90, abs=2)
    assert camera(desk).yaw == Camera().yaw


def test_middle_drag_pans_with_the_pointer(desk: Desk, qtbot: QtBot) -> None:
    side = desk.scene.viewport.picture_rect().width()
    drag(qtbot, desk.scene.viewport, MIDDLE, [(0, 0), (40, -20)])
    assert camera(desk).pan_x == pytest.approx(80 / side)
    assert camera(desk).pan_y == pytest.approx(40 / side)


def test_wheel_moves_nearer_and_a_turn_of_it_is_one_step(desk: Desk, qtbot: QtBot) -> None:
    for _ in range(3):
        wheel(desk.scene.viewport, 1)
    assert camera(desk).distance == pytest.approx(gestures.DOLLY_PER_NOTCH**3)
    desk.store.undo()
    assert camera(desk).distance == Camera().distance
    assert not desk.store.can_undo


def test_double_click_resets_the_camera_alone(desk: Desk, qtbot: QtBot) -> None:
    desk.store.update({"scene.camera.yaw": 90.0, "scene.camera.fov": 60.0, "post.color.hue": 0.2})
    qtbot.mouseDClick(desk.scene.viewport, LEFT, NONE, desk.scene.viewport.picture_rect().center())
    assert camera(desk) == Camera()
    assert desk.store.session.post.color.hue == 0.2


def test_gestures_stay_in_range() -> None:
    far = Camera(yaw=175, pitch=-85, distance=4.9, pan_x=1.9)
    assert gestures.rotate(far, -50, 100) == {
        "scene.camera.yaw": pytest.approx(-165),
        "scene.camera.pitch": -89,
    }
    assert gestures.dolly(far, -10) == {"scene.camera.distance": 5}
    assert gestures.pan(far, 1000, 0, 100)["scene.camera.pan_x"] == 2


def test_rolling_does_not_jump_at_the_center() -> None:
    jump = gestures.roll(Camera(), (-3, 1), (4, -1), 400)["scene.camera.roll"]
    assert jump == pytest.approx(7 * gestures.DEGREES_PER_PIXEL)
    assert gestures.roll(Camera(), (100, 0), (0, 100), 400)["scene.camera.roll"] == pytest.approx(90)


def test_a_photo_has_no_camera(desk: Desk, qtbot: QtBot) -> None:
    desk.store.set("scene.photo", Photo.model_validate({"file": {"path": "cat.jpg"}}))
    before = desk.store.session
    drag(qtbot, desk.scene.viewport, LEFT, [(0, 0), (50, 20)])
    wheel(desk.scene.viewport, 2)
    assert desk.store.session == before


def test_the_pixels_are_painted_unchanged(desk: Desk) -> None:
    pixels = picture(desk.store.session)
    image = image_of(pixels)
    assert (image.width(), image.height()) == (224, 224)
    copied = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = [bytes(copied.constScanLine(y))[: 3 * 224] for y in (0, 100, 223)]
    assert rows == [pixels[y].tobytes() for y in (0, 100, 223)]


def test_hard_pixels_on_screen_are_those_of_the_picture(desk: Desk, qtbot: QtBot) -> None:
    desk.window.view.set_pixel_exact(True)
    viewport = desk.scene.viewport
    rng = np.random.default_rng(1)
    pixels = rng.integers(0, 256, (4, 4, 3), np.uint8)
    viewport.show_picture(pixels)
    viewport._taught = True
    grabbed, place = viewport.grab().toImage(), viewport.picture_rect()
    for y in range(4):
        for x in range(4):
            at = place.topLeft() + QPoint(place.width() * (2 * x + 1) // 8, place.height() * (2 * y + 1) // 8)
            assert grabbed.pixelColor(at).getRgb()[:3] == tuple(pixels[y, x])


def test_the_picture_keeps_its_shape(desk: Desk) -> None:
    viewport = desk.scene.viewport
    for size in ((300, 200), (200, 300)):
        viewport.setMaximumHeight(1000)
        viewport.resize(*size)
        assert viewport.picture_rect().width() == viewport.picture_rect().height() == 200


@pytest.mark.parametrize(
    ("names", "path"),
    [
        (["pot.obj"], "scene.subject.mesh"),
        (["cat.jpg"], "scene.photo.file"),
        (["pot.glb", "skin.png", "skin_alpha.png"], "scene.subject.alpha"),
    ],
)
def test_dropped_files_become_mesh_texture_or_photo(
    desk: Desk, qtbot: QtBot, tmp_path: Path, names: list[str], path: str
) -> None:
    for name in names:
        (tmp_path / name).write_bytes(name.encode())
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / name)) for name in names])
    event = QDropEvent(QPointF(50, 50), Qt.DropAction.CopyAction, data, LEFT, NONE)
    desk.scene.viewport.dropEvent(event)
    part = path.rpartition(".")[0]
    qtbot.waitUntil(lambda: str(tmp_path) in str(_get(desk, part)), timeout=3000)
    assert names[-1] in str(_get(desk, path).path)


def test_dropping_something_unknown_names_it(desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    desk.scene.viewport.dropped.emit([tmp_path / "notes.txt"])
    assert "notes.txt" in desk.window.banner.text
    assert desk.store.session == Session()


def _get(desk: Desk, path: str) -> object:
    value: object = desk.store.session
    for name in path.split("."):
        value = getattr(value, name)
    return value


def test_notices_lie_over_the_picture_until_it_is_touched_and_can_be_read_ever_after(desk: Desk, qtbot: QtBot) -> None:
    viewport = desk.scene.viewport
    viewport.resize(400, 400)
    plain = np.full((224, 224, 3), 200, np.uint8)
    notices = (
        "cube.obj: 12 degenerate triangles (without area) are left out.",
        "cube.obj: gone.mtl was not found " * 4,
    )

    def covered() -> float:
        image, place = viewport.grab().toImage(), viewport.picture_rect()
        left = place.left() + 20
        return sum(image.pixelColor(left, y).red() < 150 for y in range(place.top(), place.bottom())) / place.height()

    viewport.show_picture(plain, notices)
    before = covered()
    assert 0.1 < before < 0.5
    qtbot.mousePress(viewport, Qt.MouseButton.LeftButton, pos=QPoint(100, 100))
    qtbot.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=QPoint(100, 100))
    viewport.show_picture(plain, notices)
    assert 0 < covered() < before / 2
    assert viewport.toolTip() == "\n".join(notices)
    viewport.show_picture(plain, (*notices, "one more"))
    assert covered() > before
    viewport.show_picture(plain)
    assert covered() == 0
    assert viewport.toolTip() == ""

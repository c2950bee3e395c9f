"""Files: opened as proposals, saved, reopened."""

from __future__ import annotations

from pathlib import Path

import pytest
from fake import FakeEngine
from pytestqt.qtbot import QtBot

from perturber.core.evaluation import Failure
from perturber.core.session.session import Session, load, save
from perturber.gui.base.documents import explain_failure
from perturber.gui.models.architecture_dialog import ArchitectureDialog
from perturber.gui.shell.desk import Desk


@pytest.fixture
def mesh(tmp_path: Path) -> Path:
    file = tmp_path / "pot.obj"
    file.write_text("v 0 0 0\n")
    return file


def test_a_mesh_is_shown_once_the_engine_accepts_it(desk: Desk, mesh: Path, qtbot: QtBot) -> None:
    desk.documents.open_file("mesh", mesh)
    qtbot.waitUntil(lambda: desk.store.session.scene.subject.kind == "mesh", timeout=3000)
    assert desk.scene.objects._chosen == "*file"
    assert not desk.scene.form.rows["scene.morph.shape"].isEnabled()
    assert desk.menus.actions["diffuse"].isEnabled()
    desk.store.undo()
    assert desk.scene.objects._chosen == "dog_cat"
    assert desk.scene.form.rows["scene.morph.shape"].isEnabled()


def test_a_refused_mesh_is_named_and_nothing_changes(desk: Desk, mesh: Path, engine: FakeEngine, qtbot: QtBot) -> None:
    engine.refusals["pot.obj"] = Failure(Session(), str(mesh), "it has no faces; expected a surface")
    desk.documents.open_file("mesh", mesh)
    qtbot.waitUntil(lambda: "pot.obj: it has no faces" in desk.window.banner.text, timeout=3000)
    assert desk.store.session == Session()
    assert not desk.store.can_undo


def test_a_missing_file_is_named(desk: Desk, tmp_path: Path, qtbot: QtBot) -> None:
    desk.documents.open_file("photo", tmp_path / "gone.png")
    qtbot.waitUntil(lambda: "gone.png" in desk.window.banner.text, timeout=3000)
    assert desk.store.session == Session()


@pytest.mark.parametrize(("kind", "path"), [("photo", "scene.photo.file"), ("background", "scene.background.file")])
def test_pictures_are_opened_by_reference(desk: Desk, tmp_path: Path, qtbot: QtBot, kind: str, path: str) -> None:
    file = tmp_path / "cat.png"
    file.write_bytes(b"png")
    desk.documents.open_file(kind, file)
    qtbot.waitUntil(lambda: desk.store.can_undo, timeout=3000)
    value: object = desk.store.session
    for name in path.split("."):
        value = getattr(value, name)
    assert value.path == str(file)  # type: ignore[attr-defined]
    assert len(value.sha256) == 64  # type: ignore[attr-defined]


def test_choosing_an_object_leaves_the_photo_and_takes_its_own_background(desk: Desk) -> None:
    desk.store.set("scene.photo", {"file": {"path": "cat.jpg"}})
    desk.scene.objects.chosen.emit("truck_car")
    scene = desk.store.session.scene
    assert (scene.photo, scene.subject.name, scene.background.name) == (None, "truck_car", "street")  # type: ignore[union-attr]
    desk.store.undo()
    assert desk.store.session.scene.photo is not None


def test_a_background_of_ones_own_choice_stays_with_the_next_object(desk: Desk) -> None:
    desk.scene.backgrounds.chosen.emit("grey")
    desk.scene.objects.chosen.emit("truck_car")
    assert desk.store.session.scene.background.name == "grey"


def test_saved_and_reopened_is_the_same_session(desk: Desk, tmp_path: Path, qtbot: QtBot) -> None:
    file = tmp_path / "case.json"
    desk.store.update({"scene.camera.yaw": 12.5, "post.patches.k": 4, "probe.units": (222, 6)})
    wanted = desk.store.session
    desk.documents.save_session(file)
    assert load(file) == wanted
    assert "case.json" in desk.window.windowTitle()
    desk.store.replace(Session())
    desk.documents.open_file("session", file)
    qtbot.waitUntil(lambda: desk.store.session == wanted, timeout=3000)
    assert desk.window.settings.recent == [str(file)]


def test_a_refused_session_keeps_the_current_one(desk: Desk, tmp_path: Path, engine: FakeEngine, qtbot: QtBot) -> None:
    file = tmp_path / "theirs.json"
    gone = str(tmp_path / "gone.png")
    save(Session.model_validate({"scene": {"photo": {"file": {"path": gone}}}}), file)
    engine.refusals[gone] = Failure(Session(), gone, "there is no such file")
    desk.documents.open_file("session", file)
    qtbot.waitUntil(lambda: bool(desk.window.banner.text), timeout=3000)
    assert "theirs.json" in desk.window.banner.text
    assert "gone.png" in desk.window.banner.text
    assert desk.store.session == Session()


@pytest.mark.parametrize("text", ["{", "[]", '{"perturber": 99}', '{"perturber": 1, "zoom": 2}'])
def test_a_file_that_is_no_session_is_named(desk: Desk, tmp_path: Path, qtbot: QtBot, text: str) -> None:
    file = tmp_path / "odd.json"
    file.write_text(text)
    desk.documents.open_file("session", file)
    qtbot.waitUntil(lambda: "odd.json" in desk.window.banner.text, timeout=3000)
    assert desk.store.session == Session()


def test_a_session_that_opens_takes_the_message_about_another_away(desk: Desk, tmp_path: Path, qtbot: QtBot) -> None:
    good, odd = tmp_path / "good.json", tmp_path / "odd.json"
    save(Session(seed=5), good)
    odd.write_text("{")
    desk.documents.open_file("session", odd)
    qtbot.waitUntil(lambda: "odd.json" in desk.window.banner.text, timeout=3000)
    desk.documents.open_file("session", good)
    qtbot.waitUntil(lambda: desk.store.session.seed == 5, timeout=3000)
    assert desk.window.banner.text == "Opened good.json"


def test_saving_where_one_cannot_is_said(desk: Desk, tmp_path: Path) -> None:
    desk.documents.save_session(tmp_path / "no" / "such" / "case.json")
    assert "case.json" in desk.window.banner.text


def test_any_architecture_goes_into_a_slot(desk: Desk, tmp_path: Path, qtbot: QtBot) -> None:
    weights = tmp_path / "net.safetensors"
    weights.write_bytes(b"weights")
    qtbot.waitUntil(lambda: bool(desk.models.architectures))
    dialog = ArchitectureDialog("slot2", desk.models.architectures, desk.window)
    dialog.chosen.connect(lambda name, file: desk.documents.open_model("slot2", name, file))
    dialog.names.filter_widget.setText("squeeze")
    shown = [i for i in range(dialog.names.count()) if not dialog.names.item(i).isHidden()]
    assert len(shown) == 1
    dialog.names.setCurrentRow(shown[0])
    dialog.set_weights(weights)
    dialog._accept()
    dialog.deleteLater()
    qtbot.waitUntil(lambda: desk.store.session.models.slot2.model.kind == "architecture", timeout=3000)
    model = desk.store.session.models.slot2.model
    assert (model.name, Path(model.weights.path).name) == ("squeezenet1_0", "net.safetensors")  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("source", "message", "file", "said"),
    [
        ("/a/b/pot.obj", "no faces", "pot.obj", "pot.obj: no faces"),
        ("models.slot2", "keys differ", "net.pt", "net.pt: models.slot2: keys differ"),
        ("engine", "out of memory", "", "out of memory"),
        ("scene.photo", "gone", "", "scene.photo: gone"),
    ],
)
def test_failures_name_their_cause(source: str, message: str, file: str, said: str) -> None:
    assert explain_failure(Failure(Session(), source, message), file) == said

"""The dialog for published weights, and its process."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import tensorflow_writer as tf
from fake import MakeDesk
from PySide6.QtWidgets import QTreeWidgetItem, QWidget
from pytestqt.qtbot import QtBot
from served import serving

from perturber.gui.answers.errand import Errand
from perturber.gui.models.model_menu import ModelMenu
from perturber.gui.models.weights_dialog import WeightsDialog
from perturber.gui.shell.desk import Desk

CATALOG = """
[[family]]
name = "toy"
label = "Toy Family"
architecture = "inception_v1"

[[entry]]
name = "mine"
label = "My Graph"
family = "toy"
variant = "standard"
variant_label = "Standard"
license = ""
[[entry.file]]
urls = ["BASE/graph.pb"]
file = "graph.pb"
"""

LONG = 240_000
"""Timeout in milliseconds; a process that imports torch takes long on a busy machine."""
NOBODY = "http://127.0.0.1:9"


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's own catalog, with an empty cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    file = tmp_path / "perturber" / "weights" / "catalog.toml"
    file.parent.mkdir(parents=True)
    file.write_text(CATALOG.replace("BASE", NOBODY))
    return file


@pytest.fixture
def show(make_desk: MakeDesk, qtbot: QtBot, own: Path) -> Callable[[], WeightsDialog]:
    """Open the dialog from the menu and wait for its list."""

    def opened() -> WeightsDialog:
        desk = make_desk()
        desk.menus.actions["weights"].trigger()
        dialog = desk.models.weights.window
        assert dialog is not None
        qtbot.waitUntil(lambda: dialog.table.topLevelItemCount() > 0, timeout=5000)
        return dialog

    return opened


def beside(desk: Desk, program: Sequence[str], qtbot: QtBot) -> WeightsDialog:
    """Return a dialog for weights that runs another program."""
    dialog = WeightsDialog(desk.context.resources, desk.tasks, Errand(program), desk.window)
    dialog.show()
    qtbot.waitUntil(lambda: dialog.table.topLevelItemCount() > 0, timeout=5000)
    return dialog


def item(dialog: WeightsDialog, label: str) -> QTreeWidgetItem:
    found = [i for i in dialog._items() if i.text(0) == label]
    assert len(found) == 1
    return found[0]


def choose(dialog: WeightsDialog, label: str) -> None:
    dialog.table.setCurrentItem(item(dialog, label))


def window(dialog: WeightsDialog) -> QWidget:
    found = dialog.parentWidget()
    assert found is not None
    return found


def script(tmp_path: Path, text: str) -> tuple[str, str]:
    file = tmp_path / "command.py"
    file.write_text(text)
    return sys.executable, str(file)


def test_a_license_must_be_accepted_for_each_model(show: Callable[[], WeightsDialog]):
    dialog = show()
    choose(dialog, "My Graph")
    assert "unknown: the publisher states none" in dialog.note.text()
    assert not dialog.add.isEnabled()
    dialog.accepted_terms.setChecked(True)
    assert dialog.add.isEnabled()
    choose(dialog, "Inception V1")
    assert not dialog.accepted_terms.isChecked()
    assert not dialog.add.isEnabled()
    choose(dialog, "The thesis' own checkpoints")
    assert not dialog.accepted_terms.isEnabled()
    assert dialog.add_file.text() == "Add from Folder…"
    choose(dialog, "ResNet-18 at ten adversarial strengths")
    assert not dialog.add_file.isEnabled()
    choose(dialog, "resnet18_l2_eps0.03.ckpt")
    assert dialog.chosen == "robust_resnet18/eps0_03"
    assert dialog.add_file.isEnabled()


def test_what_is_known_of_the_hash_is_shown(show: Callable[[], WeightsDialog], own: Path):
    pins = {"mine/graph.pb": {"sha256": "ab" * 32, "date": "2025-01-02", "origin": NOBODY, "size": 1_500_000}}
    (own.parent / "pins.json").write_text(json.dumps(pins))
    dialog = show()
    choose(dialog, "My Graph")
    for part in ("ab" * 32, "pinned on 2025-01-02", "1.5 MB (1500000 bytes)"):
        assert part in dialog.note.text()
    choose(dialog, "Inception V1")
    assert "(documented)" in dialog.note.text()
    choose(dialog, "Inception V1, Lucid's copy")
    assert "no SHA-256 is documented; the first download is pinned" in dialog.note.text()
    choose(dialog, "ResNet-18 at ten adversarial strengths")
    assert "choose one of the files" in dialog.note.text()


def test_a_model_comes_and_goes_without_restart(show: Callable[[], WeightsDialog], own: Path, qtbot: QtBot):
    import torch

    from perturber.nets.architectures.architecture import create

    torch.manual_seed(1)
    graph = tf.frozen_graph(create("inception_v1", 1008, width=0.0625, norm="lrn").state_dict())
    with serving() as site:
        site.put("/graph.pb", graph)
        own.write_text(CATALOG.replace("BASE", site.base))
        dialog = show()
        choose(dialog, "My Graph")
        dialog.accepted_terms.setChecked(True)
        with qtbot.waitSignal(dialog.errand.ended, timeout=LONG) as ended:
            dialog.add.click()
            assert dialog.cancel.isVisible()
            assert not dialog.add.isEnabled()
        assert ended.args == [""]
    qtbot.waitUntil(lambda: item(dialog, "My Graph").text(3) == "Added", timeout=5000)
    menu = window(dialog).findChild(ModelMenu)
    assert menu is not None
    menu.fill()
    assert "Toy Family" in [action.text() for action in menu.actions()]
    with qtbot.waitSignal(dialog.errand.ended, timeout=LONG):
        dialog.remove.click()
    qtbot.waitUntil(lambda: item(dialog, "My Graph").text(3) == "", timeout=5000)
    menu.fill()
    assert "Toy Family" not in [action.text() for action in menu.actions()]


def test_the_reason_of_a_failure_stands_in_the_window(tmp_path: Path, qtbot: QtBot, make_desk: MakeDesk, own: Path):
    said = "My Graph.\nperturber: page.pb: it holds a web page\n"
    dialog = beside(make_desk(), script(tmp_path, f"import sys; sys.stderr.write({said!r}); sys.exit(2)"), qtbot)
    choose(dialog, "My Graph")
    with qtbot.waitSignal(dialog.errand.ended, timeout=LONG):
        dialog.add_from(tmp_path / "page.pb")
    assert dialog.problem.isVisible()
    assert dialog.problem.text() == "page.pb: it holds a web page"
    assert not dialog.cancel.isVisible()


def test_progress_is_shown_and_a_stop_takes_effect(tmp_path: Path, qtbot: QtBot, make_desk: MakeDesk, own: Path):
    told = {"file": "a.ckpt", "number": 1, "count": 10, "done": 30_000_000, "total": 60_000_000}
    program = script(tmp_path, f"import time; print({json.dumps(json.dumps(told))}, flush=True); time.sleep(60)")
    dialog = beside(make_desk(), program, qtbot)
    dialog.accepted_terms.setChecked(True)
    with qtbot.waitSignal(dialog.errand.progressed, timeout=LONG):
        dialog.add.click()
    assert dialog.doing.text() == "a.ckpt (file 2 of 10): 30.0 of 60.0 MB"
    assert dialog.bar.value() == 500
    with qtbot.waitSignal(dialog.errand.ended, timeout=LONG):
        dialog.cancel.click()
    assert "Add it again to resume" in dialog.problem.text()
    assert not dialog.cancel.isVisible()


def test_a_program_that_is_not_there_is_said_so(qtbot: QtBot):
    errand = Errand(("/nosuch/python",))
    with qtbot.waitSignal(errand.ended, timeout=5000) as ended:
        errand.start("models")
    assert "/nosuch/python could not be started" in ended.args[0]


def test_a_mistake_in_the_own_catalog_is_said_in_place(make_desk: MakeDesk, own: Path, qtbot: QtBot):
    own.write_text(CATALOG)
    desk = make_desk()
    desk.models.weights.bring()
    assert desk.models.weights.window is not None
    problem = desk.models.weights.window.problem
    qtbot.waitUntil(lambda: "catalog.toml: " in problem.text(), timeout=5000)

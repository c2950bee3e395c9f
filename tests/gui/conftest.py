"""Fixtures of the window tests: offscreen, separate from the user's settings, with a check for leaks."""

from __future__ import annotations

import gc
import os
import threading
from collections.abc import Iterator
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = os.environ.get("PERTURBER_TEST_PLATFORM", "offscreen")

import pytest
from fake import FakeEngine, MakeDesk, resources
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from perturber.core.session.session import Session
from perturber.gui.answers.bridge import Bridge
from perturber.gui.base.settings import Settings
from perturber.gui.shell.desk import Desk
from perturber.gui.shell.window import Window
from perturber.gui.style.theme import Theme


def settle() -> None:
    """Process Qt's pending deletions."""
    for _ in range(3):
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        QCoreApplication.processEvents()


@pytest.fixture(autouse=True)
def _nothing_left(qapp: QApplication) -> Iterator[None]:
    """Fail if a window or a thread outlives its test."""
    widgets, threads = set(QApplication.topLevelWidgets()), set(threading.enumerate())
    yield
    gc.collect()
    settle()
    assert [w for w in QApplication.topLevelWidgets() if w not in widgets] == []
    assert [t for t in threading.enumerate() if t not in threads and t.name != "Dummy"] == []


@pytest.fixture
def theme(qapp: QApplication) -> Theme:
    made = Theme("dark")
    made.apply(qapp)
    return made


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path / "settings.ini")


@pytest.fixture
def engine() -> Iterator[FakeEngine]:
    made = FakeEngine()
    yield made
    made.close()


@pytest.fixture
def make_desk(qtbot: QtBot, engine: FakeEngine, theme: Theme, settings: Settings) -> Iterator[MakeDesk]:
    """Return a function that makes a visible desk on the fake engine and waits for its first picture."""
    windows: list[Window] = []

    def make(session: Session | None = None, size: tuple[int, int] = (1280, 800), recover: Path | None = None) -> Desk:
        window = Window(settings, theme)
        windows.append(window)
        window.resize(*size)
        window.show()
        bridge = Bridge(window)
        bridge.attach(engine)
        engine.start()
        desk = Desk(window, bridge, session, resources=resources(), recover=recover)
        qtbot.waitUntil(lambda: desk.scene.viewport.image is not None, timeout=5000)
        return desk

    yield make
    for window in windows:
        window.close()
        window.deleteLater()


@pytest.fixture
def desk(make_desk: MakeDesk) -> Desk:
    return make_desk()

"""What is damaged is said in the window's banner."""

from __future__ import annotations

import threading
from pathlib import Path

from pytestqt.qtbot import QtBot

from perturber.core.damage import report_damage
from perturber.gui.base.settings import Settings
from perturber.gui.shell.damage_notices import DamageNotices
from perturber.gui.shell.window import Window
from perturber.gui.style.theme import Theme


def test_reports_of_any_thread_are_gathered_until_closed(qtbot: QtBot, tmp_path: Path):
    window = Window(Settings(tmp_path / "s.ini"), Theme("dark"))
    qtbot.addWidget(window)
    window.show()
    DamageNotices(window)
    report_damage("one.toml: it is empty")
    thread = threading.Thread(target=report_damage, args=("the plug-in two cannot be loaded", "plugin"))
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: "two" in window.banner.text, timeout=5000)
    assert window.banner.text.splitlines() == ["one.toml: it is empty", "the plug-in two cannot be loaded"]
    for number in range(5):
        report_damage(f"{number}.toml: it is empty")
    assert window.banner.text.splitlines()[-1] == "… and 4 more"
    window.banner.dismiss()
    report_damage("later.toml: it is empty")
    assert window.banner.text == "later.toml: it is empty"
    window.close()
    report_damage("after the end")
    assert "after" not in window.banner.text

"""Themes: complete, legible, switched at once; settings and icons."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from perturber.gui.base.settings import RECENT, Settings
from perturber.gui.shell.desk import Desk
from perturber.gui.style.icons import STROKES, pixmap
from perturber.gui.style.style_sheet import style_sheet
from perturber.gui.style.theme import DARK, LIGHT, Colors, Theme, font

BOTH = pytest.mark.parametrize("colors", [DARK, LIGHT], ids=["dark", "light"])


def luminance(color: QColor) -> float:
    """Return the relative luminance as defined by WCAG 2."""
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in (color.redF(), color.greenF(), color.blueF())
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: QColor, two: QColor) -> float:
    light, dark = sorted((luminance(one), luminance(two)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@BOTH
@pytest.mark.parametrize("ground", ["window", "panel", "card", "control"])
def test_text_is_legible_on_every_ground(colors: Colors, ground: str) -> None:
    under = QColor(getattr(colors, ground))
    assert contrast(QColor(colors.text), under) >= 7
    assert contrast(QColor(colors.muted), under) >= 4.5


@BOTH
def test_slots_are_darker_blue_lighter_blue_and_yellow(colors: Colors) -> None:
    first, second, edited = (colors.slot(name) for name in ("slot1", "slot2", "edited"))
    for blue in (first, second):
        assert blue.blue() > blue.red()
    assert luminance(first) < luminance(second)
    assert min(edited.red(), edited.green()) > edited.blue()
    assert colors.slot("slot9") == edited


@BOTH
def test_the_style_sheet_has_no_gaps(colors: Colors) -> None:
    sheet = style_sheet({f.name: getattr(colors, f.name) for f in fields(Colors)})
    assert "$" not in sheet


def test_switching_repaints_everything_in_the_new_colors(desk: Desk, qapp: QApplication) -> None:
    def ground() -> str:
        return desk.window.grab().toImage().pixelColor(2, 300).name()

    assert ground() == DARK.window
    desk.window.theme.choose("light", qapp)
    assert ground() == LIGHT.window
    desk.window.theme.choose("dark", qapp)
    assert ground() == DARK.window


def test_an_unknown_theme_is_dark(qapp: QApplication) -> None:
    assert Theme("purple").colors is DARK


@pytest.mark.parametrize("name", STROKES)
def test_icons_are_drawn_at_every_density(qapp: QApplication, name: str) -> None:
    for scale in (1.0, 2.0):
        drawn = pixmap(name, "#ff0000", 16, scale)
        assert drawn.width() == round(16 * scale)
        image = drawn.toImage()
        inked = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
        assert any(c.alpha() > 128 and c.red() > 128 for c in inked)


def test_fonts_are_the_systems_at_the_asked_size(qapp: QApplication) -> None:
    assert font(12).pixelSize() == 12
    assert font(12).family() == QApplication.font().family()


def test_settings_survive_and_bad_ones_do_no_harm(tmp_path: Path) -> None:
    file = tmp_path / "s.ini"
    first = Settings(file)
    first.put("theme", "light")
    first.put("view/logits", True)
    first.put("window/geometry", QByteArray(b"\x00\x01"))
    for number in range(RECENT + 2):
        first.add_recent(f"/s/{number}.json")
    first.add_recent("/s/5.json")
    first.flush()
    again = Settings(file)
    assert again.text("theme", "dark") == "light"
    assert again.flag("view/logits", False)
    assert again.layout("window/geometry") == QByteArray(b"\x00\x01")
    assert again.recent[0] == "/s/5.json"
    assert len(again.recent) == len(set(again.recent)) == RECENT
    assert not again.flag("theme", False)
    assert again.layout("theme").isEmpty()

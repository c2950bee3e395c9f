"""The captions of thumbnails are shown in full, on two lines if necessary."""

from __future__ import annotations

from PySide6.QtGui import QFontMetrics
from pytestqt.qtbot import QtBot

from perturber.gui.style.theme import Theme, font
from perturber.gui.widgets.pictures.thumbnails import LINES, WIDEST, Choice, Thumbnails, wrap
from perturber.scene.assets.pairs import backgrounds, pairs

SHIPPED = [entry.label for entry in (*pairs().values(), *backgrounds().values())]


def test_every_shipped_caption_fits_its_tile(theme: Theme, qtbot: QtBot) -> None:
    strip = Thumbnails([Choice(label, label) for label in (*SHIPPED, "Picture…")], theme)
    qtbot.addWidget(strip)
    metrics = QFontMetrics(font(10))
    for tile in strip._tiles.values():
        lines = wrap(tile.text(), metrics, tile.width() - 2)
        assert len(lines) <= LINES, tile.text()
        assert all(metrics.horizontalAdvance(line) <= tile.width() - 2 for line in lines), tile.text()
    assert max(tile.width() for tile in strip._tiles.values()) < WIDEST


def test_a_long_name_of_a_file_is_in_the_tooltip(theme: Theme, qtbot: QtBot) -> None:
    strip = Thumbnails([Choice("file", "Mesh…", tip="Open a mesh file")], theme)
    qtbot.addWidget(strip)
    name = "a_very_long_name_of_a_scanned_object.obj"
    strip.show_choice("file", name)
    assert strip._tiles["file"].toolTip() == f"{name}\nOpen a mesh file"
    strip.grab()  # an elided caption paints
    strip.show_choice("")
    assert strip._tiles["file"].toolTip() == "Open a mesh file"


def test_words_wrap_only_between_words(theme: Theme) -> None:
    metrics = QFontMetrics(font(10))
    wide = metrics.horizontalAdvance("one two")
    assert wrap("one two three", metrics, wide) == ["one two", "three"]
    assert wrap("one", metrics, 1) == ["one"]
    assert wrap("one two", metrics, 1) == ["one", "two"]

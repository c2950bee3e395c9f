"""Activation maps: colours, normalization, arrangement."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QSize
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from perturber.core.evaluation import Maps
from perturber.core.models import Probe
from perturber.gui.desk import Desk
from perturber.gui.panels.neurons import divisor_of, words_for
from perturber.gui.theme import DARK, LIGHT, Colors, Theme
from perturber.gui.view import View
from perturber.gui.widgets.maps import GAP, LABEL, MapGrid, arrange, color_table, paint_maps


def maps(values: list[list[list[float]]], units: tuple[int, ...] = (0,)) -> Maps:
    return Maps("mixed4a", units, np.array(values, np.float32), 3.0, 508)


@pytest.mark.parametrize("colors", [DARK, LIGHT], ids=["dark", "light"])
def test_zero_is_the_ground_positive_red_negative_blue(colors: Colors) -> None:
    table = color_table(colors)
    assert table.shape == (256,)
    assert QColor(int(table[128])) == QColor(colors.map_zero)
    assert QColor(int(table[255])) == QColor(colors.map_positive[-1])
    assert QColor(int(table[0])) == QColor(colors.map_negative[-1])
    red, blue = (QColor(int(table[i])) for i in (200, 56))
    assert red.red() > red.blue()
    assert blue.blue() > blue.red()


def test_the_divisor_reaches_the_ends_and_beyond_is_clipped() -> None:
    table = color_table(DARK)
    values = np.array([[[0.0, 5.0, -5.0, 50.0, -50.0, 2.5]]], np.float32)
    painted = paint_maps(values, 5.0, DARK)[0, 0]
    assert painted.tolist() == [table[i] for i in (128, 255, 1, 255, 0, 192)]


def test_values_that_are_no_numbers_are_painted_as_zero_or_ends() -> None:
    table = color_table(DARK)
    values = np.array([[[np.nan, np.inf, -np.inf]]], np.float32)
    assert paint_maps(values, 1.0, DARK)[0, 0].tolist() == [table[i] for i in (128, 255, 1)]
    assert paint_maps(values[..., :1], 0.0, DARK)[0, 0, 0] == table[128]


def test_divisor_is_four_sigmas_or_a_power_of_ten() -> None:
    some = maps([[[1.0]]])
    assert divisor_of(some, Probe()) == 12.0
    assert divisor_of(some, Probe(normalization=2.0)) == 100.0
    assert "4σ = 12" in words_for(some, Probe())
    assert "÷ 100" in words_for(some, Probe(normalization=2.0))


@pytest.mark.parametrize("count", range(1, 9))
@pytest.mark.parametrize("size", [(700, 300), (300, 700), (520, 240)])
def test_tiles_fit_and_no_even_arrangement_is_larger(count: int, size: tuple[int, int]) -> None:
    columns, side = arrange(count, QSize(*size))
    rows = -(-count // columns)
    assert columns * side + (columns - 1) * GAP <= size[0]
    assert rows * (side + LABEL) + (rows - 1) * GAP <= size[1]
    for other in range(1, count + 1):
        high = -(-count // other)
        bound = min((size[0] - GAP * (other - 1)) // other, (size[1] - GAP * (high - 1)) // high - LABEL)
        if -(-count // high) == other:
            assert bound <= side


def test_a_map_on_screen_has_its_colours_and_tells_its_values(qtbot: QtBot, theme: Theme) -> None:
    grid = MapGrid(theme, View(pixel_exact=True))
    qtbot.addWidget(grid)
    grid.resize(300, 200)
    grid.show()
    grid.show_maps(maps([[[1.0, 0.0], [-1.0, 0.5]]], (222,)), 1.0)
    grabbed, tile = grid.grab().toImage(), grid.tiles()[0]
    table = color_table(theme.colors)
    for (x, y), index in {(0, 0): 255, (1, 0): 128, (0, 1): 1, (1, 1): 192}.items():
        at = tile.topLeft() + QPoint(tile.width() * (2 * x + 1) // 4, tile.height() * (2 * y + 1) // 4)
        assert grabbed.pixelColor(at) == QColor(int(table[index]))
    with qtbot.waitSignal(grid.pointed) as heard:
        qtbot.mouseMove(grid, tile.topLeft() + QPoint(5, tile.height() - 5))
    assert heard.args == ["mixed4a:222 at 0, 1: -1"]


def test_maps_follow_the_theme(desk: Desk, qtbot: QtBot) -> None:
    grid = desk.neurons.grids["slot1"]
    qtbot.waitUntil(lambda: bool(grid._images))
    before = grid._images[0].pixelColor(0, 0)
    desk.menus.switch_theme()
    assert desk.window.theme.name == "light"
    assert grid._images[0].pixelColor(0, 0) != before


def test_without_maps_the_reason_is_said(desk: Desk, qtbot: QtBot) -> None:
    desk.neurons.heads["slot2"].switch.click()
    grid = desk.neurons.grids["slot2"]
    qtbot.waitUntil(lambda: grid._maps is None)
    assert grid._message == "Activations are off."
    assert grid.tiles() == []
    assert desk.neurons.grids["slot1"].tiles()

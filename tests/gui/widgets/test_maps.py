"""Activation maps: colors, normalization, arrangement."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from perturber.core.evaluation import Maps
from perturber.core.session.models import Probe
from perturber.gui.base.view import ViewOptions
from perturber.gui.neurons.pair_grid import PairGrid, Units
from perturber.gui.neurons.tiling import fit, fit_overview
from perturber.gui.shell.desk import Desk
from perturber.gui.style.theme import DARK, LIGHT, Colors, Theme
from perturber.gui.unit.unit_words import describe_reading, divisor_of
from perturber.gui.widgets.pictures.maps import color_table, paint_maps


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
    assert "4σ = 12" in describe_reading(some, Probe())
    assert "÷ 100" in describe_reading(some, Probe(normalization=2.0))


@pytest.mark.parametrize("count", range(1, 9))
@pytest.mark.parametrize("size", [(700, 300), (300, 700), (520, 240), (320, 90)])
@pytest.mark.parametrize("paired", [False, True])
def test_pairs_fit_and_none_lies_on_another(count: int, size: tuple[int, int], paired: bool) -> None:
    tiling = fit(count, QSize(*size), paired)
    cells = [tiling.cell(place) for place in range(count)]
    assert all(QRect(0, 0, *size).contains(cell) for cell in cells)
    assert not any(a.intersects(b) for i, a in enumerate(cells) for b in cells[:i])
    for cell in cells:
        assert tiling.first(cell).intersects(tiling.second(cell)) != paired
        assert cell.contains(tiling.first(cell))
        assert cell.contains(tiling.second(cell))


def test_a_whole_layer_shows_a_part_of_itself() -> None:
    tiling = fit_overview(508, QSize(600, 300), True)
    seen = tiling.visible(1000)
    assert 0 < seen.start < seen.stop < 508
    assert len(seen) < 60
    on_screen = [p for p in range(508) if tiling.cell(p).translated(0, -1000).intersects(QRect(0, 0, 600, 300))]
    assert set(on_screen) <= set(seen)
    assert tiling.visible(tiling.height - 300).stop == 508


def pair_grid(qtbot: QtBot, theme: Theme, maps: Maps) -> PairGrid:
    grid = PairGrid(theme, ViewOptions(pixel_exact=True), [])
    qtbot.addWidget(grid)
    grid.resize(300, 300)
    grid.show()
    grid.show_units(Units(maps.layer, maps.units, maps, 1.0))
    return grid


def test_a_map_on_screen_has_its_colors_and_tells_its_values(qtbot: QtBot, theme: Theme) -> None:
    grid = pair_grid(qtbot, theme, maps([[[1.0, 0.0], [-1.0, 0.5]]], (222,)))
    grabbed, tile = grid.grab().toImage(), grid.tiles()[0]
    table = color_table(theme.colors)
    for (x, y), index in {(0, 0): 255, (1, 0): 128, (0, 1): 1, (1, 1): 192}.items():
        at = tile.topLeft() + QPoint(tile.width() * (2 * x + 1) // 4, tile.height() * (2 * y + 1) // 4)
        assert grabbed.pixelColor(at) == QColor(int(table[index]))
    with qtbot.waitSignal(grid.pointed) as heard:
        qtbot.mouseMove(grid, tile.topLeft() + QPoint(8, tile.height() - 8))
    assert heard.args == ["-1  at 0, 1 of mixed4a:222"]


def test_the_feature_image_stands_below_its_map(qtbot: QtBot, theme: Theme) -> None:
    grid = pair_grid(qtbot, theme, maps([[[1.0]], [[0.0]]], (3, 5)))
    image = QImage(4, 4, QImage.Format.Format_RGB32)
    image.fill(QColor("#123456"))
    grid.show_features({5: image})
    grabbed, tiles = grid.grab().toImage(), grid.tiles()
    below = [tile.center() + QPoint(0, tile.height()) for tile in tiles]
    assert grabbed.pixelColor(below[1]) == QColor("#123456")
    assert grabbed.pixelColor(below[0] + QPoint(0, 20)) == QColor(theme.colors.control)
    with qtbot.waitSignal(grid.chosen) as heard:
        qtbot.mouseClick(grid, Qt.MouseButton.LeftButton, pos=below[1])
    assert heard.args == [5]


def test_maps_follow_the_theme(desk: Desk, qtbot: QtBot) -> None:
    grid = desk.neurons.grids["slot1"]
    qtbot.waitUntil(lambda: bool(grid._maps))
    before = grid._maps[0].pixelColor(0, 0)
    desk.menus.actions["theme"].trigger()
    assert desk.window.theme.name == "light"
    assert grid._maps[0].pixelColor(0, 0) != before


def test_without_maps_the_reason_is_said(desk: Desk, qtbot: QtBot) -> None:
    desk.neurons.heads["slot2"].switch.click()
    grid = desk.neurons.grids["slot2"]
    qtbot.waitUntil(lambda: grid.shown.maps is None)
    assert grid.shown.message == "Activations are off."
    assert grid.tiles() == []
    assert desk.neurons.grids["slot1"].tiles()

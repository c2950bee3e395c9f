"""Charts: points lie where their values say, text is text, and a drawing needs nothing else."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from perturber.core.charts.svg_chart import (
    MARGINS,
    ChartLine,
    ChartPanel,
    draw_alone,
    draw_chart,
    draw_panel,
    draw_text,
)


@pytest.mark.parametrize(
    ("steps", "middle"), [((0, 500, 1000), 0.5), ((0, 10, 100, 1000), None), ((7,), 0.5), ((10, 31.6, 1000), None)]
)
def test_steps_lie_in_order_inside_the_chart(steps: tuple[float, ...], middle: float | None):
    lines = (ChartLine("a & b", "#123456", tuple((step, 0.5) for step in steps)),)
    drawing = ET.fromstring(draw_chart(ChartPanel("<title>", lines)))
    places = [float(dot.get("cx", 0)) for dot in drawing.iter() if dot.tag.endswith("circle")]
    assert places == sorted(places)
    assert len(set(places)) == len(steps)
    if middle is not None:
        assert places[len(places) // 2] == pytest.approx(MARGINS.left + ChartPanel("", ()).span / 2, abs=0.1)


def test_values_may_run_backwards_and_are_never_logarithmic():
    line = ChartLine("a", "#123456", ((1000.0, 0.0), (10.0, 1.0), (1.0, 0.5)), dashes="2 4", filled=True)
    panel = ChartPanel("", (line,), values=(1000.0, 500.0, 1.0))
    assert panel.x(1000) == MARGINS.left
    assert panel.x(1) == pytest.approx(MARGINS.left + panel.span)
    assert panel.x(500.5) == pytest.approx(MARGINS.left + panel.span / 2)
    assert (panel.y(0), panel.y(1)) == (MARGINS.top + panel.rise, MARGINS.top)
    drawn = "".join(draw_panel(panel))
    assert "logarithmic" not in drawn
    assert "stroke-dasharray:2 4" in drawn
    assert "fill-opacity:0.1" in drawn


def test_a_drawing_alone_has_a_style_and_escapes_its_text():
    drawing = ET.fromstring(draw_alone("a < b", 100, 50, [draw_text(1, 2, "x & y", "note", "end")]))
    assert drawing.get("aria-label") == "a < b"
    assert [text.text for text in drawing.findall("{*}text")] == ["a < b", "x & y"]
    assert drawing.find("{*}style") is not None

"""Build the figures of a training report, with captions and the numbers they show."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html import escape

from perturber.core.charts.svg_chart import ChartLine, ChartPanel, draw_chart
from perturber.core.parameters.plugin import kinds
from perturber.nets.families.family import Family, Variant
from perturber.nets.weights.weights_file import read_weights
from perturber.training.measures.base_measure import Measure
from perturber.training.measures.family_evaluation import Findings, MeasureRow
from perturber.training.report import report_colors as colors
from perturber.training.report.history import Curve
from perturber.training.report.kernels import ROW, Kernels, as_address, first_kernels, reach, tiles

Entry = tuple[str, str, float, float]
"""Variant, series, step, value."""


@dataclass(frozen=True)
class Figure:
    """One figure of the page."""

    name: str
    """In the CSV."""
    title: str
    caption: str
    body: str = ""
    """HTML; empty if there is nothing to show, in which case the caption says so."""
    legend: tuple[tuple[str, str], ...] = ()
    """Names and colors."""
    entries: tuple[Entry, ...] = field(default=())


def _panels(panels: list[ChartPanel]) -> str:
    return '<div class="panels">' + "\n".join(map(draw_chart, panels)) + "</div>"


def _entries(found: Family, panels: list[ChartPanel], suffix: str = "") -> tuple[Entry, ...]:
    """The points of one panel for each variant."""
    return tuple(
        (variant.name, line.name + suffix, step, value)
        for variant, panel in zip(found.variants, panels, strict=True)
        for line in panel.lines
        for step, value in line.points
    )


def _marks(variant: Variant) -> tuple[float, ...]:
    return tuple(float(checkpoint.step) for checkpoint in variant.checkpoints)


def error_curves(found: Family, history: dict[str, Curve]) -> Figure:
    """Show error and loss during training."""
    title = "Error while training"
    if not history:
        text = "There is no training.csv beside the family's weights, so there are no training curves."
        return Figure("training", title, text)
    curves = [history.get(variant.name) for variant in found.variants]
    top = _round_up(max([value for curve in curves if curve is not None for _, value in curve.loss] or [1.0]))
    panels, losses = [], []
    for number, (variant, curve) in enumerate(zip(found.variants, curves, strict=True)):
        color, marks = colors.variant(number), _marks(variant)
        error = (ChartLine("error", color, curve.error, dots=False),) if curve else ()
        loss = (ChartLine("loss", color, curve.loss, dots=False),) if curve else ()
        panels.append(ChartPanel(f"{variant.label}: error", error, marks=marks))
        losses.append(ChartPanel(f"{variant.label}: loss", loss, high=top, percent=False, marks=marks))
    caption = (
        "Share of misclassified training pictures (above) and the loss that was "
        "minimized (below), by training step; long runs are averaged over equal spans. What is seen differs: "
        "attacked pictures for adversarial training, restyled ones for stylized. Dashed lines: saved checkpoints. "
        "Compare Sietzen, 2022, figures 4.8 and 4.9; source: training.csv."
    )
    entries = _entries(found, panels) + _entries(found, losses)
    return Figure("training", title, caption, _panels(panels) + _panels(losses), entries=entries)


def accuracies(findings: Findings) -> Figure:
    """Show clean and robust accuracy by checkpoint."""
    clean = {(row.variant, row.checkpoint): row.values["top1"] for row in findings.of("clean")}
    robust = findings.of("robust")
    radii = [name for name in dict.fromkeys(n for row in robust for n in row.values) if name != "0"]
    names = ["clean", *(f"ε {radius}" for radius in radii)]
    hues = ["var(--ink)", *(colors.along(number, len(radii)) for number in range(len(radii)))]

    def value(row: MeasureRow, name: str) -> float | None:
        return clean.get((row.variant, row.checkpoint)) if name == "clean" else row.values.get(name[2:])

    panels = _by_variant(findings, robust, dict(zip(names, hues, strict=True)), value, percent=True)
    caption = f"Top-1 on clean pictures and under attack ({_attack(robust)}). {kinds(Measure)['robust'].about}"
    return Figure(
        "accuracy",
        "Clean and robust accuracy",
        caption,
        _panels(panels),
        tuple(zip(names, hues, strict=True)),
        _entries(findings.family, panels),
    )


def _round_up(value: float) -> float:
    """Round up to a number whose quarters have few digits."""
    tops = (unit * factor for unit in (0.01, 0.1, 1.0, 10.0, 100.0) for factor in (1, 2, 4, 6, 8))
    return next((top for top in tops if top >= value), value)


def _attack(rows: list[MeasureRow]) -> str:
    """Describe the attack that the rows were measured with."""
    if not rows:
        return "not measured"
    first = rows[0].parameters
    many = [row.parameters["pictures"] for row in rows]
    fewer = f", {min(many)} at the others" if min(many) < max(many) else ""
    norm = {"l2": "L2", "linf": "L∞"}[first["norm"]]
    return f"{norm}, {first['steps']} steps; {max(many)} pictures at the last checkpoint{fewer}"


def _by_variant(
    findings: Findings,
    rows: list[MeasureRow],
    series: dict[str, str],
    value: Callable[[MeasureRow, str], float | None],
    *,
    low: float = 0.0,
    percent: bool,
) -> list[ChartPanel]:
    """A panel for each variant with a line for each series (name and color)."""
    panels = []
    for variant in findings.family.variants:
        mine = [row for row in rows if row.variant == variant.name]
        lines = []
        for name, color in series.items():
            points = [(float(row.step), found) for row in mine if (found := value(row, name)) is not None]
            lines.append(ChartLine(name, color, tuple(sorted(points))))
        panels.append(ChartPanel(variant.label, tuple(lines), low, percent=percent))
    return panels


def correlations(findings: Findings, kind: str) -> Figure:
    """Show the correlation with the reference network by block and checkpoint."""
    rows = findings.of(kind)
    blocks = list(dict.fromkeys(name for row in rows for name in row.values))
    series = {block: colors.along(number, len(blocks)) for number, block in enumerate(blocks)}
    lowest = min((value for row in rows for value in row.values.values()), default=0.0)
    low = 0.0 if lowest >= 0 else -1.0
    panels = _by_variant(findings, rows, series, lambda row, name: row.values.get(name), low=low, percent=False)
    measure, variant = kinds(Measure)[kind], findings.family.variant(findings.reference.split(" @ ")[0])
    caption = f"Reference: the last checkpoint of {variant.label}. {measure.about}"
    entries = _entries(findings.family, panels)
    return Figure(kind, measure.title + " by block", caption, _panels(panels), tuple(series.items()), entries)


BEYOND = (
    ("shape", "shape share", "Shape share"),
    ("frequency", "low", "Low frequencies"),
    ("background", "drop", "Drop before swapped backgrounds"),
)


def beyond(findings: Findings) -> Figure | None:
    """Show what training changes besides accuracy; None if none of it was measured."""
    found = findings.family
    panels, entries, captions = [], [], []
    for kind, name, title in BEYOND:
        rows = [row for row in findings.of(kind) if name in row.values]
        if not rows:
            continue
        lines = tuple(
            ChartLine(
                v.label, colors.variant(n), tuple((float(r.step), r.values[name]) for r in rows if r.variant == v.name)
            )
            for n, v in enumerate(found.variants)
        )
        values = [row.values[name] for row in rows]
        top = _round_up(max(map(abs, values)))
        panels.append(ChartPanel(title, lines, -top if min(values) < 0 else 0.0, top))
        entries += [(row.variant, title.lower(), float(row.step), row.values[name]) for row in rows]
        captions.append(f"{title}: {kinds(Measure)[kind].about}")
    if not panels:
        return None
    legend = tuple((variant.label, colors.variant(number)) for number, variant in enumerate(found.variants))
    text = " ".join([*captions, "Steps are counted from the start of each variant's own training."])
    title = ", ".join(panel.title.lower() for panel in panels).capitalize()
    return Figure("beyond", title, text, _panels(panels), legend, tuple(entries))


def first_layer(found: Family) -> Figure:
    """Show the first layer's kernels at each checkpoint. Raises InputError for an unreadable file."""
    title = "Kernels of the first layer"
    sheets: list[tuple[Variant, list[tuple[int, Kernels]]]] = []
    for variant in found.variants:
        read = [(c.step, first_kernels(read_weights(found.folder / c.file))) for c in variant.checkpoints]
        sheets.append((variant, [(step, kernels) for step, kernels in read if kernels is not None]))
    shown = [kernels for _, rows in sheets for _, kernels in rows]
    if not shown:
        return Figure("kernels", title, "The first layer has no color kernels larger than one pixel.")
    full = reach(shown)
    body = "".join(_sheet(variant, rows, full) for variant, rows in sheets)
    height, width = shown[0].shape[2:]
    caption = (
        f"Each tile is one kernel of {height} × {width} weights for red, green and blue, one column for each channel, "
        "from top to bottom over training steps. One scale for all: gray is 0, the brightest and darkest are "
        f"±{full:.3f} (99.5 % of all weights shown are smaller), normalization behind the layer left out. Compare "
        "Sietzen, 2022, figure 4.1. Where fine-tuning starts from one network, equal columns are the same channel and "
        "can be compared between the variants."
    )
    return Figure("kernels", title, caption, body)


def _sheet(variant: Variant, rows: list[tuple[int, Kernels]], full: float) -> str:
    lines = []
    for step, kernels in rows:
        told = f"{len(kernels)} kernels of {variant.label} at step {step}"
        width = 100 * min(len(kernels), ROW) / ROW
        address = as_address(tiles(kernels, full))
        image = f'<img alt="{escape(told)}" style="width:{width:.3g}%" src="{address}">'
        lines.append(f"<tr><th>{step}</th><td>{image}</td></tr>")
    return f'<h3>{escape(variant.label)}</h3><table class="kernels">{"".join(lines)}</table>'


def figures(findings: Findings, history: dict[str, Curve]) -> Iterator[Figure]:
    """Return all figures in page order."""
    found = findings.family
    yield error_curves(found, history)
    yield accuracies(findings)
    yield first_layer(found)
    yield correlations(findings, "activations")
    yield correlations(findings, "weights")
    more = beyond(findings)
    if more is not None:
        yield more

"""Write a training report as one self-contained HTML page, and its numbers as a CSV table."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

from perturber.core.storage.files import write_whole
from perturber.nets.families.family import Family
from perturber.training.measures.family_evaluation import Findings
from perturber.training.report.history import FILE, read_history
from perturber.training.report.report_figures import Figure, figures

STYLE = Path(__file__).with_name("page.css")
SUMMARY = (
    ("clean", "top1", "Clean"),
    ("robust", "", "ε {}"),
    ("shape", "shape share", "Shape share"),
    ("frequency", "low", "Low frequencies"),
    ("background", "drop", "Drop, background swapped"),
)
"""Measure, value (empty for all but the first), and heading of a column."""
REPORTED = ("clean", "robust", "shape", "frequency", "background", "activations", "weights")
"""Measures that the page shows."""


def write_report(findings: Findings, folder: Path) -> tuple[Path, Path]:
    """Write the page and the table to ``folder``. Raises InputError if that fails."""
    found = findings.family
    drawn = tuple(figures(findings, read_history(found.folder / FILE)))
    files = folder / f"{found.name}-training.html", folder / f"{found.name}-training.csv"
    write_whole(files[0], page(findings, drawn, files[1].name), make_folder=True)
    write_whole(files[1], table(drawn))
    return files


def table(drawn: Sequence[Figure]) -> str:
    """A row for every point of every chart."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["figure", "variant", "series", "step", "value"])
    for figure in drawn:
        for variant, series, step, value in figure.entries:
            writer.writerow([figure.name, variant, series, f"{step:g}", f"{value:.6g}"])
    return text.getvalue()


def page(findings: Findings, drawn: Sequence[Figure], beside: str) -> str:
    """Return the page as HTML; ``beside`` is the name of the table's file."""
    found = findings.family
    title = f"Training of the family {found.label}"
    parts = [
        "<!DOCTYPE html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark">',
        f"<title>{escape(title)}</title><style>\n{STYLE.read_text(encoding='utf-8')}</style></head><body><main>",
        f"<h1>{escape(title)}</h1>",
        *_lead(found),
        *_summary(findings),
        *(part for number, figure in enumerate(drawn, 1) for part in _figure(number, figure)),
        *_foot(findings, beside),
        "</main></body></html>\n",
    ]
    return "\n".join(parts)


def _lead(found: Family) -> Iterator[str]:
    many = sum(len(variant.checkpoints) for variant in found.variants)
    named = ", ".join(variant.label for variant in found.variants)
    arguments = ", ".join(f"{name} {value}" for name, value in found.arguments.items())
    architecture = found.architecture + (f" ({arguments})" if arguments else "")
    variants = f"{len(found.variants)} variants with {many} checkpoints: {named}."
    yield f'<p class="lead">{escape(f"{architecture}, {len(found.classes)} classes. {variants}")}</p>'


def _summary(findings: Findings) -> Iterator[str]:
    """The last checkpoints' figures as a table."""
    columns: list[tuple[str, str, str]] = []
    for kind, name, heading in SUMMARY:
        rows = findings.of(kind)
        names = [name] if name else [n for n in dict.fromkeys(n for row in rows for n in row.values) if n != "0"]
        columns += [(kind, value, heading.format(value)) for value in names if any(value in row.values for row in rows)]
    yield "<h2>At the last checkpoint</h2>"
    yield f"<p>Measured on {escape(findings.pictures)}.</p>"
    yield '<div class="wide"><table class="numbers"><thead><tr><th></th><th>step</th>'
    yield "".join(f"<th>{escape(heading)}</th>" for _, _, heading in columns) + "</tr></thead><tbody>"
    for variant in findings.family.variants:
        last = variant.checkpoints[-1]
        values = {
            (r.measure, name): v
            for r in findings.of_checkpoint(variant.name, last.name)
            for name, v in r.values.items()
        }
        cells = (f"<td>{100 * values[k, n]:.1f} %</td>" if (k, n) in values else "<td>–</td>" for k, n, _ in columns)
        yield f"<tr><th>{escape(variant.label)}</th><td>{last.step}</td>{''.join(cells)}</tr>"
    yield "</tbody></table></div>"


def _figure(number: int, figure: Figure) -> Iterator[str]:
    yield f"<section><h2>{escape(figure.title)}</h2><figure>"
    if figure.legend:
        swatches = (f'<li><span style="background:{color}"></span>{escape(name)}</li>' for name, color in figure.legend)
        yield f'<ul class="legend">{"".join(swatches)}</ul>'
    yield figure.body
    yield f"<figcaption><b>Figure {number}.</b> {escape(figure.caption)}</figcaption></figure></section>"


def _foot(findings: Findings, beside: str) -> Iterator[str]:
    found = findings.family
    yield "<footer><h2>Where this comes from</h2><dl>"
    told = (("Recipe", found.recipe), ("Data", found.data), ("License", found.license), ("All numbers", beside))
    for name, text in told:
        if text:
            yield f"<dt>{name}</dt><dd>{escape(text)}</dd>"
    yield "<dt>Checkpoints</dt><dd><table class='hashes'>"
    for variant in found.variants:
        for checkpoint in variant.checkpoints:
            where = f"{variant.label} @ {checkpoint.name}"
            cells = escape(where), f"step {checkpoint.step}", f"<code>{checkpoint.sha256}</code>"
            yield "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
    yield "</table></dd><dt>Sources</dt><dd>"
    yield (
        "S. Sietzen, “Visual Analytics for Convolutional Neural Network Robustness”, TU Wien, 2022, chapter 4. "
        "A. Madry et al., “Towards Deep Learning Models Resistant to Adversarial Attacks”, 2018. R. Geirhos et al., "
        "“ImageNet-trained CNNs are biased towards texture”, 2019."
    )
    yield "</dd></dl></footer>"

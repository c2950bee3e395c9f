"""Report on searches for failures: how soon and how near they found any, with a sheet of the smallest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from perturber.cli.methods.failure_search import FinishedSearch
from perturber.core.jobs.failures import Flip
from perturber.core.parameters.parameter import replace_all
from perturber.core.storage.files import write_whole
from perturber.engine.batch.export import write_picture

if TYPE_CHECKING:
    from perturber.engine.frame.engine import Engine

PLACES, COLUMNS = 8, 4
"""Pictures on the sheet, including the original, and pictures per row."""
TILE, GAP, TEXT, LINES = 224, 12, 12, 6
"""Side of a picture, space between pictures, text height (all in pixels), and lines of text below a picture."""
PAPER, INK, DIM = (255, 255, 255), (24, 24, 24), (110, 110, 110)
MARKS = 5
"""Number of evenly spaced evaluation counts at which the smallest failure is reported."""
ALIKE = 0.8
"""Cosine between the changes of two failures above which only the smaller is shown."""
ABOUT = """\
`{command}` generates this page.

{model} predicts {original} for the original session ({probability}). {parameters} parameters of camera, light,
morph, background and post-processing may change, each by the given share of its range in either direction, within its
limits. A *failure* is a session within these bounds for which the network predicts another class. Its *distance* is
the root mean square change over all {parameters} parameters, each relative to its bound: 0 is the original session,
100 % has every parameter at its bound. Both searches shrink their failures in the same way (parameters that are not
needed are reset, then the rest moves toward the original session); these evaluations count toward the budget.

![The original session and the smallest failures]({picture})
"""


def write_report(page: Path, command: str, searches: Sequence[FinishedSearch], engine: Engine) -> None:
    """Write the report and, beside it, the sheet; ``command`` is quoted in it. Raises InputError when that fails."""
    picture = page.with_suffix(".jpg")
    write_picture(np.asarray(sheet(searches, engine)), picture)
    write_whole(page, "\n".join(_page(searches, picture.name, command)) + "\n")


def _page(searches: Sequence[FinishedSearch], picture: str, command: str) -> Iterator[str]:
    first = searches[0]
    original = first.found.original
    yield "# Failures near a session: CMA-ES and random search\n"
    yield ABOUT.format(
        command=command,
        model=first.model,
        original=original.name,
        probability=_percent(original.probability, 0),
        parameters=first.parameters,
        picture=picture,
    )
    for share, several in groupby(searches, key=lambda done: done.share):
        group = list(several)
        yield f"## ±{100 * share:g} % of each range\n"
        yield from _table(group)
        yield from _smallest(group)


def _table(group: Sequence[FinishedSearch]) -> Iterator[str]:
    budget = group[0].found.budget
    marks = [max(1, round(budget * number / MARKS)) for number in range(1, MARKS + 1)]
    yield "Distance of the smallest failure by number of evaluations:\n"
    yield f"| search | seed | first found after | kept | {' | '.join(map(str, marks))} |"
    yield "|" + "---|" * (4 + MARKS)
    for method, several in groupby(group, key=lambda done: done.method):
        searches = list(several)
        rows = [[done.found.distances[mark - 1] for mark in marks] for done in searches]
        for done, row in zip(searches, rows, strict=True):
            found = f"{done.first or 'none'} | {len(done.found.flips)}"
            yield f"| {_name(method)} | {done.seed} | {found} | {' | '.join(map(_percent, row))} |"
        if len(rows) > 1:
            yield f"| **{_name(method)}, mean** | | | | {' | '.join(map(_percent, np.mean(rows, axis=0)))} |"
    yield ""


def _smallest(group: Sequence[FinishedSearch]) -> Iterator[str]:
    for method, several in groupby(group, key=lambda done: done.method):
        finds = [(done, flip) for done in several for flip in done.found.flips]
        if not finds:
            least = min(min(done.found.margins) for done in group if done.method == method)
            yield f"* {_name(method)} found none; the smallest margin was {least:.2f} logits.\n"
            continue
        done, flip = min(finds, key=lambda find: find[1].distance)
        yield (
            f"* {_name(method)}, smallest: {done.found.original.name} → {flip.became.name} "
            f"({_percent(flip.became.probability, 0)}, {done.found.original.name} {_percent(flip.original, 0)}) "
            f"at {_percent(flip.distance)}: "
            f"{', '.join(done.words(flip))}.\n"
        )


def _name(method: str) -> str:
    return "CMA-ES" if method == "cma" else "Random"


def _percent(share: float, decimals: int = 2) -> str:
    return f"{100 * share:.{decimals}f} %" if np.isfinite(share) else "–"


# The sheet.


def sheet(searches: Sequence[FinishedSearch], engine: Engine) -> Image.Image:
    """Draw the session and its smallest distinct failures, with their predictions and changes."""
    first = searches[0]
    original = first.found.original
    frames: list[tuple[Any, list[str]]] = [
        (engine.render(first.session), [f"{original.name} {_percent(original.probability, 0)}", "original session"])
    ]
    for done, flip in _select_distinct(searches):
        became = f"{flip.became.name} {_percent(flip.became.probability, 0)}"
        title = f"{became} ({original.name} {_percent(flip.original, 0)})"
        about = f"{_name(done.method)}, distance {_percent(flip.distance)} of ±{100 * done.share:g} %"
        frames.append((engine.render(replace_all(done.session, flip.changes)), [title, about, *done.words(flip)]))
    return _draw_sheet(frames)


def _select_distinct(searches: Sequence[FinishedSearch]) -> list[tuple[FinishedSearch, Flip]]:
    """Return the smallest failures, without those similar to a smaller one."""
    finds = [(done, flip) for done in searches for flip in done.found.flips]
    kept: list[tuple[FinishedSearch, Flip]] = []
    for done, flip in sorted(finds, key=lambda find: find[0].share * find[1].distance):
        if all(done.alikeness(flip, other) < ALIKE for _, other in kept):
            kept.append((done, flip))
    return kept[: PLACES - 1]


def _draw_sheet(frames: Sequence[tuple[Any, list[str]]]) -> Image.Image:
    font = ImageFont.load_default(TEXT)
    row, step = TILE + LINES * (TEXT + 4) + GAP, TILE + GAP
    columns = min(COLUMNS, len(frames))
    paper = Image.new("RGB", (GAP + columns * step, GAP + -(-len(frames) // columns) * row), PAPER)
    draw = ImageDraw.Draw(paper)
    for number, (pixels, words) in enumerate(frames):
        left, top = GAP + number % columns * step, GAP + number // columns * row
        paper.paste(Image.fromarray(pixels), (left, top))
        shown = words if len(words) <= LINES else [*words[: LINES - 1], f"and {len(words) - LINES + 1} more"]
        for line, text in enumerate(shown):
            place = (left, top + TILE + 4 + line * (TEXT + 4))
            draw.text(place, text.replace("→", "to").replace("−", "-"), DIM if line else INK, font)
    return paper

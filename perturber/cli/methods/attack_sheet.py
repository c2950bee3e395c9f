"""Results of attacks on many pictures, as plain data and as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from perturber.engine.batch.attack_run import AttackRow, AttackRun, Batch, Carried
    from perturber.methods.strength.strength_search import StrengthSearch

Searched = Sequence[tuple["Batch", "StrengthSearch"]]
Data = dict[str, Any]
ORDER = ("median", "q1", "q3")
SIZES = {"l2": "", "linf": "", "l0": " pixels"}


def about(run: AttackRun) -> Data:
    """Return what was attacked, and how."""
    from perturber.engine.frame.observer import label_of

    attack, labels = run.session.attack, run.labels
    return {
        "model": label_of(run.session.models.model(attack.slot)),
        "slot": attack.slot,
        "attack": attack.method.model_dump(mode="json"),
        "title": type(attack.method).title,
        "target": attack.target,
        "pictures": len(labels),
        "named": sum(label.named for label in labels),
        "correct": sum(label.counts for label in labels),
    }


def summarize_rows(rows: Sequence[AttackRow]) -> Data:
    """Return the result of each attack, and the statistics over all of them."""
    fooled = [row for row in rows if row.fooled]
    count = len(rows)
    return {
        "n": count,
        "fooled": len(fooled),
        "success": _share(len(fooled), count),
        **{size: _quartiles([getattr(row, size) for row in fooled]) for size in SIZES},
        "queries": _rounded(sum(row.queries for row in rows) / count) if count else None,
        "seconds": _rounded(sum(row.seconds for row in rows) / count) if count else None,
        "rows": [
            {
                "picture": row.label.picture,
                "wnid": row.label.wnid,
                "named": row.label.named,
                "before": _answer(row.label.before),
                "after": _answer(row.after),
                "fooled": row.fooled,
                **{size: _rounded(getattr(row, size)) for size in SIZES},
            }
            for row in rows
        ],
    }


def curve(searched: Searched) -> Data:
    """Return accuracy against epsilon."""
    count = sum(len(batch.labels) for batch, _ in searched)
    found: dict[float, int] = {}
    for _, search in searched:
        for point in search.points:
            found[point.epsilon] = found.get(point.epsilon, 0) + int(point.fooled.sum())
    points = [
        {"epsilon": epsilon, "n": count, "fooled": fooled, "accuracy": _share(count - fooled, count)}
        for epsilon, fooled in sorted(found.items())
    ]
    return {"curve": points}


def minimal(searched: Searched) -> Data:
    """Return the smallest epsilon of each picture, and the quartiles."""
    pairs = [
        (label, epsilon)
        for batch, search in searched
        for label, epsilon in zip(batch.labels, search.smallest.tolist(), strict=True)
    ]
    known = [epsilon for _, epsilon in pairs if isfinite(epsilon)]
    rows = [
        {"picture": label.picture, "wnid": label.wnid, "epsilon": _rounded(epsilon) if isfinite(epsilon) else None}
        for label, epsilon in pairs
    ]
    return {"minimal": {"n": len(pairs), "found": len(known), **_quartiles(known), "rows": rows}}


def summarize_transfer(cells: Iterable[Carried]) -> Data:
    """Return how often attacks on each slot fool each model."""
    return {
        "transfer": [
            {
                "attacked": cell.attacked,
                "judging": cell.judging,
                "n": cell.pictures,
                "fooled": cell.fooled,
                "success": _share(cell.fooled, cell.pictures),
            }
            for cell in cells
        ]
    }


def lines(found: Data) -> Iterator[str]:
    """Yield the results as lines of text."""
    fields = " ".join(f"{name}={_value(value)}" for name, value in found["attack"].items() if name != "kind")
    yield f"{found['model']}, {found['slot']}"
    yield f"{found['title']}: {fields}" + (f", target {found['target']}" if found["target"] else "")
    if "transfer" in found:
        yield from _matrix(found["transfer"])
        return
    yield from _labels(found)
    if "success" in found:
        yield from _success(found)
    for point in found.get("curve", ()):
        yield f"epsilon {point['epsilon']:<8g} accuracy {_percent(point['accuracy'])}  {point['fooled']} successes"
    if "minimal" in found:
        least = found["minimal"]
        yield f"smallest epsilon  {_spread(least)}  found for {least['found']} of {least['n']}"


def _labels(found: Data) -> Iterator[str]:
    """Yield how many pictures there are, and where their classes come from."""
    pictures, named, correct = found["pictures"], found["named"], found["correct"]
    if pictures > 1:
        told = "all" if named == pictures else str(named)
        own = "" if named == pictures else f"; {pictures - named} by the network's top class"
        yield f"{pictures} pictures, {told} labeled by name{own}"
        yield f"{correct} classified correctly and attacked"
    elif not correct:
        yield "no attack: the picture is already misclassified"


def _success(found: Data) -> Iterator[str]:
    if not found["n"]:
        return
    yield f"success  {_percent(found['success'])}  {found['fooled']} of {found['n']}"
    if found["fooled"]:
        for size, unit in SIZES.items():
            yield f"{size:7}  {_spread(found[size])}{unit}"
    yield f"{found['queries']:g} queries and {found['seconds']:.3g} s per picture"
    if found["n"] == 1:
        row = found["rows"][0]
        before, after = (f"{row[when]['name']} {row[when]['probability']:.2%}" for when in ("before", "after"))
        yield f"{before} → {after}"


def _matrix(cells: Sequence[Data]) -> Iterator[str]:
    slots = list(dict.fromkeys(cell["attacked"] for cell in cells))
    yield "Success rate of attacks on the network of each row, evaluated on that of each column"
    yield " " * 8 + "".join(f"{slot:>18}" for slot in slots)
    for attacked in slots:
        row = [cell for cell in cells if cell["attacked"] == attacked]
        shown = (f"{_percent(cell['success']).strip()} of {cell['n']}" for cell in row)
        yield f"{attacked:8}" + "".join(f"{text:>18}" for text in shown)


def _answer(prediction: Any) -> Data:
    return {
        "wnid": prediction.wnid,
        "name": prediction.name,
        "probability": _rounded(prediction.probability),
    }


def _quartiles(values: Sequence[float]) -> Data:
    found = np.quantile(values, [0.25, 0.5, 0.75]).tolist() if values else [None] * 3
    return {name: None if v is None else _rounded(v) for name, v in zip(("q1", "median", "q3"), found, strict=True)}


def _spread(quartiles: Data) -> str:
    if quartiles["median"] is None:
        return "none"
    median, low, high = (
        f"{quartiles[name]:.4g}" if quartiles[name] < 1000 else f"{quartiles[name]:.0f}" for name in ORDER
    )
    return median if low == high else f"{median} (quartiles {low} to {high})"


def _share(part: int, whole: int) -> float | None:
    return _rounded(part / whole) if whole else None


def _percent(share: float | None) -> str:
    return "     –" if share is None else f"{share:6.1%}"


def _rounded(value: float) -> float:
    return float(f"{value:.6g}")


def _value(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value).lower() if isinstance(value, bool) else str(value)

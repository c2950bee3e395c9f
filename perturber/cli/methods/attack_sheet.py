"""Results of attacks on many pictures, as plain data and as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np

from perturber.core.rates import Rate

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
        "already": sum(label.already for label in labels),
    }


def summarize_rows(rows: Sequence[AttackRow]) -> Data:
    """Return the result of each attack, and the statistics over all of them."""
    fooled = [row for row in rows if row.fooled]
    count = len(rows)
    return {
        "n": count,
        "fooled": len(fooled),
        **_rate("success", len(fooled), count),
        "zero_gradient": Rate(sum(row.flat for row in rows), count).as_dict(),
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
        {"epsilon": epsilon, "n": count, "fooled": fooled, **_rate("accuracy", count - fooled, count)}
        for epsilon, fooled in sorted(found.items())
    ]
    return {"curve": points}


def zero_gradient(searched: Searched) -> Data:
    """Return on how many pictures every gradient was zero."""
    flat = sum(int(search.flat.sum()) for _, search in searched)
    return {"zero_gradient": Rate(flat, sum(len(batch.labels) for batch, _ in searched)).as_dict()}


def notices(found: Data) -> Iterator[str]:
    """Yield what makes the results mean less than they seem to."""
    if "transfer" in found:
        cells = {cell["attacked"]: cell["zero_gradient"] for cell in found["transfer"]}
        yield from (f"{slot}: {_flat(rate)}" for slot, rate in cells.items() if rate["count"])
    elif found["zero_gradient"]["count"]:
        yield _flat(found["zero_gradient"])


def _flat(rate: Data) -> str:
    count, n = rate["count"], rate["n"]
    return (
        f"the gradient is zero on {count} of {n} pictures ({Rate(count, n).percent}); "
        "a gradient attack cannot change them"
    )


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
                **_rate("success", cell.fooled, cell.pictures),
                "zero_gradient": cell.flat.as_dict(),
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
        yield f"epsilon {point['epsilon']:<8g} accuracy {Rate(point['n'] - point['fooled'], point['n'])}"
    if "minimal" in found:
        least = found["minimal"]
        yield f"smallest epsilon  {_spread(least)}  found for {Rate(least['found'], least['n'])}"


def _labels(found: Data) -> Iterator[str]:
    """Yield how many pictures there are, and where their classes come from."""
    pictures, named, correct, already = (found[key] for key in ("pictures", "named", "correct", "already"))
    if pictures > 1:
        told = "all" if named == pictures else str(named)
        own = "" if named == pictures else f"; {pictures - named} by the network's top class"
        yield f"{pictures} pictures, {told} labeled by name{own}"
        out = f"; {already} left out, classified as the target without an attack" if already else ""
        yield f"{correct} classified correctly and attacked{out}"
    elif not correct:
        yield f"no attack: the picture is already {'classified as the target' if already else 'misclassified'}"


def _success(found: Data) -> Iterator[str]:
    if not found["n"]:
        return
    yield f"success  {Rate(found['fooled'], found['n'])}"
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
    width = 3 + max(len(str(Rate(cell["fooled"], cell["n"]))) for cell in cells)
    yield " " * 8 + "".join(f"{slot:>{width}}" for slot in slots)
    for attacked in slots:
        row = [cell for cell in cells if cell["attacked"] == attacked]
        shown = (str(Rate(cell["fooled"], cell["n"])) for cell in row)
        yield f"{attacked:8}" + "".join(f"{text:>{width}}" for text in shown)


def _answer(prediction: Any) -> Data:
    return {
        "wnid": prediction.wnid,
        "name": prediction.name,
        "output": prediction.output,
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


def _rate(name: str, count: int, n: int) -> Data:
    """Return a share under its name, and its 95 % interval."""
    found = Rate(count, n).as_dict()
    return {name: found["rate"], "interval": found["interval"]}


def _rounded(value: float) -> float:
    return float(f"{value:.6g}")


def _value(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value).lower() if isinstance(value, bool) else str(value)

"""``perturber evaluate``: measures of every checkpoint of a family, computed once and cached."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import torch
from annotated_types import Interval, Len
from pydantic import Field, ValidationError

from perturber import paths
from perturber.core.errors import InputError
from perturber.core.parameters.parameter import explain
from perturber.core.parameters.plugin import kinds
from perturber.core.parameters.state import State
from perturber.core.rates import Rate
from perturber.core.session.attack import Norm
from perturber.core.storage.files import write_whole
from perturber.core.storage.reading import is_regular, read_json
from perturber.nets.families.family import FILE, Checkpoint, Family, Variant, family, read_family
from perturber.training.measures.base_measure import Count, Measure, Values
from perturber.training.measures.material import Material, MeasuredCheckpoint, Pool
from perturber.training.measures.pools import from_folder, rendered
from perturber.training.measures.robust_accuracy import Epsilon

REFERENCE = "standard"
"""The variant whose last checkpoint is the reference; if it is missing, the first variant is."""
Tell = Callable[[str], None]
Watch = Callable[[str, int, int], None]
"""Called with the current task, the amount done and the total. Exceptions end the evaluation; finished results
stay cached."""


class Options(State):
    """The measures to run, and on how many pictures."""

    measures: tuple[str, ...] = ()
    """Kinds of measures; empty: all."""
    checkpoints: Literal["all", "last"] = "all"
    pictures: Count = 1000
    """Largest number of pictures per set, at the last checkpoint of a variant."""
    attacked: Count = 200
    """Number of these pictures that are attacked there."""
    before: Annotated[float, Interval(gt=0, le=1)] = 0.25
    """Share of these pictures used at the other checkpoints."""
    norm: Norm = "l2"
    epsilons: Annotated[tuple[Epsilon, ...], Len(1, 100)] = (0.25, 0.5, 1.0, 2.0, 3.0)
    steps: Annotated[int, Interval(ge=1, le=10_000)] = 20

    def measure(self, kind: str, last: bool) -> Measure:
        """Return the measure of a kind, as applied to a last or to another checkpoint."""
        fields: dict[str, Any] = {}
        if kind in ("clean", "shape", "background"):
            fields = {"pictures": self._many(self.pictures, last)}
        if kind == "robust":
            many = self._many(self.attacked, last)
            fields = {"norm": self.norm, "epsilons": self.epsilons, "steps": self.steps, "pictures": many}
        return kinds(Measure)[kind](**fields)

    def _many(self, count: int, last: bool) -> int:
        return count if last else max(1, round(count * self.before))


class MeasureRow(State):
    """The results of one measure on one checkpoint."""

    variant: str
    checkpoint: str
    step: int
    sha256: str
    measure: str
    parameters: dict[str, Any]
    values: Values
    n: dict[str, int] = Field(default_factory=dict)
    """Number of pictures behind each value that is a rate."""

    def rate(self, name: str) -> Rate | None:
        """Return a value as a rate; None where it is not one."""
        return Rate.of_share(self.values[name], self.n[name]) if self.n.get(name) else None


@dataclass(frozen=True)
class Findings:
    """All results, by checkpoint."""

    family: Family
    reference: str
    """Variant and checkpoint of the reference."""
    pictures: str
    """Description of the pictures."""
    rows: tuple[MeasureRow, ...]
    left_out: tuple[str, ...]
    """Kinds of measures left out for lack of pictures."""

    def of(self, kind: str, variant: str | None = None) -> list[MeasureRow]:
        """Return the rows of one measure, for all variants or one."""
        return [row for row in self.rows if row.measure == kind and variant in (None, row.variant)]

    def of_checkpoint(self, variant: str, checkpoint: str) -> list[MeasureRow]:
        """Return the rows of one checkpoint."""
        return [row for row in self.rows if (row.variant, row.checkpoint) == (variant, checkpoint)]

    def as_dict(self) -> dict[str, Any]:
        """Return everything as plain data for JSON."""
        measured = {kind: kinds(Measure)[kind] for kind in dict.fromkeys(row.measure for row in self.rows)}
        return {
            "family": self.family.name,
            "reference": self.reference,
            "pictures": self.pictures,
            "measures": {kind: {"title": found.title, "about": found.about} for kind, found in measured.items()},
            "left_out": list(self.left_out),
            "results": [_as_dict(row) for row in self.rows],
        }


def find_family(name: str) -> Family:
    """Return the family with this name or in this folder. Raises InputError if there is none."""
    folder = Path(name)
    return read_family(folder / FILE) if is_regular(folder / FILE) else family(name)


def check_options(**fields: Any) -> Options:
    """Return validated options. Raises InputError that names the flag."""
    try:
        options = Options(**fields)
    except ValidationError as error:
        problem = explain(error)
        flag = "--" + problem.source.replace("_", "-").replace(".", " ")
        raise InputError(flag, problem.problem, problem.expected) from None
    for kind in options.measures:
        if kind not in kinds(Measure):
            raise InputError("--measures", f"there is no measure {kind!r}", "one of " + ", ".join(kinds(Measure)))
    return options


@dataclass(frozen=True)
class Supply:
    """A source of pictures for the measures."""

    told: str
    """Description of the pictures."""
    load: Callable[[], Mapping[str, Pool]]
    """Loads the pictures when they are first needed."""


def supply_for(found: Family, images: Path | None, tell: Tell) -> Supply:
    """Return the rendered test pictures, or those of the user's folder. Unusable ones are reported to ``tell``."""
    if images is not None:
        return Supply(f"the pictures in {images.resolve().name}", lambda: from_folder(found, images, tell))

    def load() -> Mapping[str, Pool]:
        from perturber.training.data.held_out import held_out
        from perturber.training.data.progress import show_bar
        from perturber.training.studio.kinds import KINDS

        return rendered(
            found, held_out(paths.cache() / "training" / "data", show_bar), tuple(kind.wnid for kind in KINDS), tell
        )

    return Supply("rendered pictures of meshes, textures and backdrops held out for testing", load)


class Evaluator:
    """Measures the checkpoints of a family. Results are cached by checkpoint, measure, parameters and pictures."""

    def __init__(
        self,
        found: Family,
        supply: Supply,
        device: torch.device,
        watch: Watch,
        folder: Path | None = None,
    ) -> None:
        """Keep results in ``folder``, by default in the user's cache."""
        self.family, self.supply, self.watch, self._device = found, supply, watch, device
        self._folder = folder or paths.cache() / "measured"
        names = [variant.name for variant in found.variants]
        variant = found.variants[names.index(REFERENCE) if REFERENCE in names else 0]
        self.reference = MeasuredCheckpoint(found, variant, variant.checkpoints[-1], device)
        self.material = Material(self.reference, supply.load, self._folder / "views")

    def run(self, options: Options) -> Findings:
        """Return everything the options ask for, with cached results where there are any."""
        known = kinds(Measure)
        wanted = options.measures or tuple(known)
        there = [kind for kind in wanted if all(name in self.material.pools for name in known[kind].sets)]
        if any(known[kind].views for kind in there) and not self.material.seen:
            there = [kind for kind in there if not known[kind].views]
        rows = [
            self.row(subject, options.measure(kind, last))
            for subject, last in self._subjects(options.checkpoints == "last")
            for kind in there
        ]
        reference = f"{self.reference.variant.name} @ {self.reference.checkpoint.name}"
        left_out = tuple(kind for kind in wanted if kind not in there)
        return Findings(self.family, reference, self.supply.told, tuple(rows), left_out)

    def _subjects(self, only_last: bool) -> Iterator[tuple[MeasuredCheckpoint, bool]]:
        for variant in self.family.variants:
            for checkpoint in variant.checkpoints:
                last = checkpoint == variant.checkpoints[-1]
                if last or not only_last:
                    yield self._subject(variant, checkpoint), last

    def _subject(self, variant: Variant, checkpoint: Checkpoint) -> MeasuredCheckpoint:
        return MeasuredCheckpoint(self.family, variant, checkpoint, self._device)

    def row(self, subject: MeasuredCheckpoint, measure: Measure) -> MeasureRow:
        """Return the cached or new results of one measure on one network. Raises InputError."""
        checkpoint = subject.checkpoint
        what = f"{subject.variant.label} @ {checkpoint.name}: {measure.title.lower()}"
        file = self._folder / checkpoint.sha256[:16] / f"{measure.kind}-{self._key(subject, measure)}.json"
        values = _kept(file)
        if values is None:
            self.watch(what, 0, 1)
            values = measure.run(subject, self.material, lambda done, count: self.watch(what, done, count))
            write_whole(file, json.dumps(values), make_folder=True)
        return MeasureRow(
            variant=subject.variant.name,
            checkpoint=checkpoint.name,
            step=checkpoint.step,
            sha256=checkpoint.sha256,
            measure=measure.kind,
            parameters=measure.model_dump(mode="json", exclude={"kind"}),
            values=values,
            n=measure.trials(self.material, values),
        )

    def _key(self, subject: MeasuredCheckpoint, measure: Measure) -> str:
        """Return a key of everything that the values depend on besides the weights."""
        found = self.family
        parts = [measure.model_dump_json(), measure.edition, found.architecture, found.arguments, found.classes]
        parts += [self.material.chosen(name, getattr(measure, "pictures", 0)).digest for name in measure.sets]
        if measure.views:
            parts.append(self.material.views_digest)
        parts += [self.reference.checkpoint.sha256] * measure.aligned
        return hashlib.sha256(json.dumps([subject.checkpoint.sha256, *parts]).encode()).hexdigest()[:16]


def _as_dict(row: MeasureRow) -> dict[str, Any]:
    """Return a row with the 95 % interval of each rate."""
    rates = {name: row.rate(name) for name in row.values}
    intervals = {name: rate.as_dict()["interval"] for name, rate in rates.items() if rate is not None}
    return row.model_dump(mode="json") | {"intervals": intervals}


def _kept(file: Path) -> Values | None:
    """Return cached results; None when there are none, or the file is damaged."""
    try:
        values = read_json(file)
        return {str(name): float(value) for name, value in values.items()}
    except (InputError, ValueError, AttributeError, TypeError):
        return None

"""The README's sheet of feature images: the same units in every variant, in two parameterizations, over checkpoints.

``python -m scripts.features -o docs/features.jpg``; its numbers are written beside it as CSV, and a page with their
spread over the optimizer's seeds. Cached images are reused, missing ones are made. Part of ``make shots``.
"""

from __future__ import annotations

import argparse
import csv
import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from perturber.core.jobs.feature_spec import FOURIER, NAIVE, FeatureSpec
from perturber.core.jobs.job import FeatureRequest
from perturber.core.session.models import FamilyModel
from perturber.core.storage.files import write_whole
from perturber.engine.device import prepare_threads
from perturber.engine.frame.feature_maker import FeatureMaker
from perturber.nets.families.family import Checkpoint, Family, family
from perturber.nets.families.feature_store import Picture
from perturber.training.measures.gradient_frequency import low_share
from scripts.objects import INK, PAPER

Named = tuple[str, int]
"""A unit: layer and number."""
TILE, SMALL, GAP, SIZE = 132, 84, 4, 15
LEFT, RIGHT, MARGIN, LINE = 128, 176, 14, 24
STRONG, BAR, GROOVE = (244, 245, 248), (96, 156, 255), (48, 50, 56)
QUALITY = 86
BATCH = 8
"""Images per batch."""


@dataclass(frozen=True)
class Plan:
    """The contents of the sheet."""

    found: Family
    variants: tuple[str, ...] = ("standard", "stylized", "adversarial")
    courses: tuple[str, ...] = ("adversarial", "stylized")
    """Variants whose checkpoints are shown."""
    units: tuple[Named, ...] = (
        ("mixed3a", 7),
        ("mixed3a", 66),
        ("mixed3b", 25),
        ("mixed3b", 33),
        ("mixed4a", 26),
        ("mixed4a", 31),
        ("mixed4a", 242),
        ("mixed4d", 4),
    )
    along: tuple[Named, ...] = (("mixed3b", 25), ("mixed4a", 31))
    """Units shown at every checkpoint."""
    measured: tuple[Named, ...] = tuple((f"mixed{name}", unit) for name in ("3a", "3b", "4a") for unit in range(8))
    """Units whose frequencies are measured: the first of each layer, without selection."""
    specs: dict[str, FeatureSpec] = field(default_factory=lambda: {"Fourier": FOURIER, "Naive": NAIVE})
    """Specifications of the images, by name."""
    seeds: int = 5
    """Number of seeds from which the measured images of the last checkpoints are made; those shown are of seed 0."""

    @property
    def compared(self) -> str:
        """Specification measured over checkpoints: the last, since Fourier itself favors low frequencies."""
        return list(self.specs)[-1]

    def model(self, variant: str, checkpoint: Checkpoint) -> FamilyModel:
        """Return a network of the family, as sessions name it."""
        reference = self.found.variant(variant).reference(checkpoint)
        return FamilyModel(family=self.found.name, variant=variant, checkpoint=reference)

    def seeded(self, name: str) -> list[FeatureSpec]:
        """Return a specification with each seed."""
        return [self.specs[name].model_copy(update={"seed": seed}) for seed in range(self.seeds)]

    def ending(self, variant: str) -> tuple[FamilyModel, Checkpoint]:
        """Return the last checkpoint of a variant, as sessions name it and as the family describes it."""
        return self.last(variant), self.found.variant(variant).checkpoints[-1]

    def last(self, variant: str) -> FamilyModel:
        """Return the last checkpoint of a variant."""
        return FamilyModel(family=self.found.name, variant=variant)


@dataclass(frozen=True)
class Share:
    """Mean share of low frequencies in images of some units of one layer, or of all, and its spread over seeds."""

    variant: str
    checkpoint: Checkpoint
    made: str
    layer: str
    units: int
    seeds: int
    value: float
    """Mean over units and seeds."""
    low: float
    high: float
    """Smallest and largest mean over the units of one seed."""
    deviation: float
    """Root mean square over the units of one unit's standard deviation between seeds; NaN of one seed."""

    @classmethod
    def of(cls, place: tuple[str, Checkpoint, str, str], values: NDArray[np.float64]) -> Share:
        """Summarize units × seeds values of a variant, checkpoint, parameterization and layer."""
        units, seeds = values.shape
        means = values.mean(axis=0)
        deviation = float(np.sqrt(values.var(axis=1, ddof=1).mean())) if seeds > 1 else math.nan
        return cls(*place, units, seeds, float(means.mean()), float(means.min()), float(means.max()), deviation)


def wanted(plan: Plan) -> Iterator[FeatureRequest]:
    """Yield all images of the sheet; those that share a batch follow one another."""
    for name in plan.specs:
        for number, made in enumerate(plan.seeded(name)):
            for variant in plan.variants:
                for layer, unit in sorted({*plan.units, *plan.measured} if number == 0 else plan.measured):
                    yield FeatureRequest(model=plan.last(variant), layer=layer, unit=unit, spec=made)
    for name, made in plan.specs.items():
        units = sorted({*plan.along, *plan.measured} if name == plan.compared else plan.along)
        for variant in plan.courses:
            for checkpoint in plan.found.variant(variant).checkpoints:
                for layer, unit in units:
                    yield FeatureRequest(model=plan.model(variant, checkpoint), layer=layer, unit=unit, spec=made)


def prepare(maker: FeatureMaker, plan: Plan) -> None:
    """Make the missing images and report how many were made."""
    made, needed = 0, {maker.feature(w): w for w in wanted(plan)}  # variants may share a checkpoint
    for images in maker.make(needed.values(), BATCH):
        if images.complete:
            made += len(images.pictures)
            sys.stderr.write(f"\r{made} feature images made")
            sys.stderr.flush()


def shares(
    maker: FeatureMaker, plan: Plan, network: tuple[FamilyModel, Checkpoint], made: str, specs: list[FeatureSpec]
) -> Iterator[Share]:
    """Yield the share of each measured layer, then that of all units, over the seeds of ``specs``."""
    model, checkpoint = network
    values: dict[str, list[list[float]]] = {}
    for layer, unit in plan.measured:
        requests = (FeatureRequest(model=model, layer=layer, unit=unit, spec=spec) for spec in specs)
        values.setdefault(layer, []).append([_low_share(maker.get(request)) for request in requests])
    values["all"] = [of_unit for found in values.values() for of_unit in found]
    for layer, found in values.items():
        yield Share.of((model.variant, checkpoint, made, layer), np.array(found))


def _low_share(picture: Picture) -> float:
    return float(low_share(torch.from_numpy(picture.copy()).permute(2, 0, 1)[None].float()))


def measure(maker: FeatureMaker, plan: Plan) -> list[Share]:
    """Measure all shares, the last checkpoints of all variants first."""
    found = [
        share
        for made in plan.specs
        for variant in plan.variants
        for share in shares(maker, plan, plan.ending(variant), made, plan.seeded(made))
    ]
    for variant in plan.courses:
        for checkpoint in plan.found.variant(variant).checkpoints[:-1]:
            network = plan.model(variant, checkpoint), checkpoint
            found += shares(maker, plan, network, plan.compared, [plan.specs[plan.compared]])
    return found


class Board:
    """The sheet being drawn."""

    def __init__(self, maker: FeatureMaker, plan: Plan, found: list[Share]) -> None:
        self._maker, self._plan = maker, plan
        self._shares = {(s.variant, s.checkpoint.name, s.made): s.value for s in found if s.layer == "all"}
        steps = [len(plan.found.variant(variant).checkpoints) for variant in plan.courses]
        self._step, tile = SMALL + GAP, TILE + GAP
        self._rows = [(layer, unit, made) for layer, unit in plan.along for made in plan.specs]
        upper = len(plan.specs) * (len(plan.variants) * tile + LINE + MARGIN) + LINE
        lower = len(self._rows) * self._step + 4 * LINE
        wide = max(len(plan.units) * tile + RIGHT, sum(steps) * self._step + MARGIN * len(steps))
        self.picture = Image.new("RGB", (LEFT + wide, 2 * MARGIN + upper + lower), PAPER)
        self._pen = ImageDraw.Draw(self.picture)
        self._variants(MARGIN)
        left = LEFT
        for variant, count in zip(plan.courses, steps, strict=True):
            self._course(variant, left, MARGIN + upper)
            left += count * self._step + MARGIN
        for number, (layer, unit, made) in enumerate(self._rows):
            middle = MARGIN + upper + 2 * LINE + number * self._step + SMALL / 2
            self._text((LEFT - MARGIN, middle - 9), f"{layer}:{unit}", anchor="rm", strong=True)
            self._text((LEFT - MARGIN, middle + 9), made, anchor="rm")
        foot = MARGIN + upper + 2 * LINE + len(self._rows) * self._step
        self._text((LEFT - MARGIN, foot + LINE / 2), "low frequencies", anchor="rm", strong=True)
        self._text((LEFT - MARGIN, foot + 1.4 * LINE), plan.compared, anchor="rm")

    def _text(self, place: tuple[float, float], words: str, *, anchor: str = "mm", strong: bool = False) -> None:
        self._pen.text(place, words, STRONG if strong else INK, ImageFont.load_default(SIZE), anchor=anchor)

    def _put(self, place: tuple[int, int], side: int, wanted: FeatureRequest) -> None:
        tile = Image.fromarray(self._maker.get(wanted)).resize((side, side), Image.Resampling.BICUBIC)
        self.picture.paste(tile, place)

    def _variants(self, top: int) -> None:
        """Draw all units in every variant, with a group of rows for each specification."""
        plan, tile = self._plan, TILE + GAP
        for number, (layer, unit) in enumerate(plan.units):
            self._text((LEFT + number * tile + TILE / 2, top + LINE / 2), f"{layer}:{unit}", strong=True)
        right = LEFT + len(plan.units) * tile + MARGIN
        top += LINE
        for made, spec in plan.specs.items():
            self._text((LEFT, top + LINE / 2), f"{made} parameterization", anchor="lm", strong=True)
            self._text((right, top + LINE / 2), "low frequencies,", anchor="lm")
            words = f"{len(plan.measured)} units, {plan.seeds} seeds"
            self._text((right, top + 1.5 * LINE), words, anchor="lm")
            top += LINE
            for variant in plan.variants:
                middle = top + TILE / 2
                self._text((LEFT - MARGIN, middle), plan.found.variant(variant).label, anchor="rm", strong=True)
                for number, (layer, unit) in enumerate(plan.units):
                    wanted = FeatureRequest(model=plan.last(variant), layer=layer, unit=unit, spec=spec)
                    self._put((LEFT + number * tile, top), TILE, wanted)
                name = plan.found.variant(variant).checkpoints[-1].name
                self._bar(right, middle, self._shares[variant, name, made])
                top += tile
            top += MARGIN

    def _bar(self, left: float, middle: float, value: float) -> None:
        long = RIGHT - 2 * MARGIN
        self._text((left, middle - 13), f"{value:.1%}", anchor="lm", strong=True)
        self._pen.rectangle((left, middle, left + long, middle + 9), GROOVE)
        self._pen.rectangle((left, middle, left + long * value, middle + 9), BAR)

    def _course(self, variant: str, left: int, top: int) -> None:
        """Draw some units at every checkpoint of a variant, with the share of low frequencies below."""
        plan, found = self._plan, self._plan.found.variant(variant)
        self._text((left, top + LINE / 2), f"toward {found.label}, by training step", anchor="lm", strong=True)
        foot = top + 2 * LINE + len(self._rows) * self._step
        for column, checkpoint in enumerate(found.checkpoints):
            place = left + column * self._step
            middle = place + SMALL / 2
            self._text((middle, top + 1.5 * LINE), str(checkpoint.step))
            for row, (layer, unit, made) in enumerate(self._rows):
                model = plan.model(variant, checkpoint)
                wanted = FeatureRequest(model=model, layer=layer, unit=unit, spec=plan.specs[made])
                self._put((place, top + 2 * LINE + row * self._step), SMALL, wanted)
            self._text(
                (middle, foot + LINE / 2), f"{self._shares[variant, checkpoint.name, plan.compared]:.1%}", strong=True
            )


def write_table(found: list[Share], file: Path) -> None:
    """Write one row per share."""
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(
            [
                "variant",
                "checkpoint",
                "step",
                "parameterization",
                "layer",
                "units",
                "seeds",
                "low frequencies",
                "lowest seed",
                "highest seed",
                "deviation of one unit",
            ]
        )
        for s in found:
            numbers = (f"{value:.4f}" for value in (s.value, s.low, s.high, s.deviation))
            place = [s.variant, s.checkpoint.name, s.checkpoint.step, s.made, s.layer, s.units, s.seeds]
            writer.writerow([*place, *numbers])


ABOUT = """# Low frequencies in feature images

How much of the energy of feature images lies in frequencies below an eighth of Nyquist: the mean over {units} units of
the embedded family (the first eight of each of three layers, chosen beforehand) and {seeds} seeds of the optimizer.
*Range over seeds* is the smallest and the largest mean of one seed. *One unit* is the standard deviation between the
seeds of one unit's image (root mean square over the units): what a statement about a single image has to exceed.
`python -m scripts.features` generates this page; [features.csv](features.csv) has every layer, and the earlier
checkpoints, measured with one seed.

| Parameterization | Variant | Units | Seeds | Low frequencies | Range over seeds | One unit |
|---|---|---|---|---|---|---|"""


def page(found: list[Share], plan: Plan) -> str:
    """Return the page with the shares of all units at the last checkpoints."""
    lines = [ABOUT.format(units=len(plan.measured), seeds=plan.seeds)]
    for share in found:
        if share.layer == "all" and share.checkpoint == plan.ending(share.variant)[1]:
            cells = [share.made, plan.found.variant(share.variant).label, str(share.units), str(share.seeds)]
            cells += [f"{share.value:.1%}", f"{share.low:.1%} to {share.high:.1%}", f"± {share.deviation:.1%}"]
            lines.append("| " + " | ".join(cells) + " |")
    return "\n".join([*lines, ""])


def feature_sheet(path: Path, maker: FeatureMaker, plan: Plan) -> None:
    """Write the sheet, and beside it the table of its numbers and the page with their spread."""
    prepare(maker, plan)
    found = measure(maker, plan)
    write_table(found, path.with_suffix(".csv"))
    write_whole(path.with_suffix(".md"), page(found, plan))
    Board(maker, plan, found).picture.save(path, quality=QUALITY, optimize=True, progressive=True)


def studio_features(path: Path) -> None:
    """Write the sheet of the embedded family."""
    feature_sheet(path, FeatureMaker(torch.device("cpu"), torch.float32), Plan(family("studio")))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", type=Path, default=Path("docs/features.jpg"), help="the picture")
    prepare_threads()
    studio_features(parser.parse_args().output)


if __name__ == "__main__":
    main()

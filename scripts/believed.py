"""Predictions of a real ImageNet network for our objects: a chart for each pair, and a table of ablations.

``python -m scripts.believed --model squeezenet1_0 --weights FILE`` writes docs/morph_<pair>.svg and
docs/believed.md in about two minutes on two cores.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import tyro

from perturber.core.errors import InputError, PerturberError
from perturber.core.parameters.parameter import replace_all
from perturber.core.rates import Rate
from perturber.core.search.axis import Axis
from perturber.core.session.models import ArchitectureModel
from perturber.core.session.session import Session
from perturber.core.storage.files import FileRef
from perturber.engine.batch.export import with_model
from perturber.engine.batch.sweep_run import open_networks, probabilities, sweep
from perturber.engine.batch.sweep_tables import summary, write_sweep
from perturber.engine.device import prepare_threads
from perturber.engine.frame.engine import Engine
from perturber.nets.architectures.network import Network
from perturber.scene.assets.pairs import End, backgrounds, pairs
from perturber.scene.assets.views import around, objects, with_pair

DOCS = Path(__file__).resolve().parents[1] / "docs"
MORPH = "scene.morph.overall"
LAST_ORDER = 99
"""Largest ``order`` of a pair included; later pairs predate this check."""


@dataclass(frozen=True)
class Ablation:
    """A change that removes one cue from the scene."""

    name: str
    changes: dict[str, Any] = field(default_factory=dict)
    backgrounds: tuple[str, ...] = ()
    """Backgrounds to use: the first that is not the pair's own."""

    def applied(self, session: Session) -> Session:
        """Return the session with the change."""
        own, known = session.scene.background.name, backgrounds()
        other = next((name for name in self.backgrounds if name != own and name in known), None)
        behind = {} if other is None else {"scene.background.name": other}
        return replace_all(session, {**self.changes, **behind})


ABLATIONS = (
    Ablation("as it is"),
    Ablation("without texture", {"scene.surface.texture": 0.0}),
    Ablation("plain background", backgrounds=("grey",)),
    Ablation("other background", backgrounds=("lawn", "street")),
    Ablation("lighting 0", {"scene.surface.lighting": 0.0}),
    Ablation("side light", {"scene.surface.light": 90.0}),
)


@dataclass(frozen=True)
class Cell:
    """Results over the views: how often top-1 and top-5 are in the group, and the group's mean probability."""

    top1: Rate
    top5: Rate
    mass: float

    def __str__(self) -> str:
        return f"{_percent(self.top1)} / {_percent(self.top5)} / {self.mass:.2f}"


def _percent(rate: Rate) -> str:
    """Return such as ``96 % (82–99)``."""
    low, high = rate.interval or (0.0, 1.0)
    return f"{100 * (rate.share or 0.0):.0f} % ({100 * low:.0f}–{100 * high:.0f})"


@dataclass(frozen=True)
class Arguments:
    """Write docs/morph_<pair>.svg and docs/believed.md, judged by a network with weights from a file."""

    weights: Path | None = None
    """Weights of --model; without them the embedded networks judge, and no table is written."""
    model: str = "squeezenet1_0"
    """An ImageNet architecture."""
    pairs: tuple[str, ...] = ()
    """Object pairs; by default those listed first in the window."""
    docs: Path = DOCS
    """Folder to write to."""


def judge(engine: Engine, network: Network, end: End, session: Session) -> Cell:
    """Return how often, and with what probability, a network recognizes an object in its 28 views."""
    group = list(network.labels.group(end.wnids))
    if not group:
        raise InputError(network.name, f"the network has no class of {end.label}", "a network trained on ImageNet")
    shares = np.stack(list(probabilities(network, (engine.render(view) for view in around(session)))))
    hits = np.isin(np.argsort(-shares, axis=1)[:, :5], group)
    top1, top5 = (Rate(int(found.sum()), len(hits)) for found in (hits[:, 0], hits.any(axis=1)))
    return Cell(top1, top5, float(shares[:, group].sum(axis=1).mean()))


def table(engine: Engine, network: Network, names: Iterable[str]) -> Iterator[str]:
    """Yield the ablations as lines of Markdown, one column per object."""
    ends = list(objects(Session(), names))
    yield "| | " + " | ".join(end.label for end, _ in ends) + " |"
    yield "|---|" + "---|" * len(ends)
    for ablation in ABLATIONS:
        cells = (judge(engine, network, end, ablation.applied(session)) for end, session in ends)
        yield f"| {ablation.name} | " + " | ".join(map(str, cells)) + " |"


def report(engine: Engine, network: Network, names: Iterable[str]) -> str:
    """Return the page with the table."""
    judge_name = network.name.split(" (")[0]
    return "\n".join(
        [
            "# What a network that never saw our pictures predicts",
            "",
            f"Top-1 / top-5 / mean probability of the object's group of classes (`pair.toml`), by {judge_name},",
            "over the 28 views of `perturber render --views` (n 28), drawn at 224² as networks take them, standard",
            "detail. In parentheses the 95 % Wilson interval, as if the views were drawn independently: neighboring",
            "views resemble each other, so it is rather too narrow. Columns are objects, rows what was changed.",
            "`python -m scripts.believed --weights FILE` generates this page.",
            "",
            *table(engine, network, names),
            "",
        ]
    )


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> None:
    arguments = tyro.cli(Arguments, description=__doc__)
    started = perf_counter()
    prepare_threads()
    engine = Engine()
    try:
        write_all(engine, arguments)
    except PerturberError as error:
        sys.exit(f"believed: {error}")
    finally:
        engine.close()
    say(f"{perf_counter() - started:.0f} s")


def write_all(engine: Engine, arguments: Arguments) -> None:
    """Write the charts of all pairs, then the table."""
    names = arguments.pairs or tuple(name for name, pair in pairs().items() if pair.order <= LAST_ORDER)
    session = Session()
    if arguments.weights is not None:
        ref = ArchitectureModel(name=arguments.model, weights=FileRef.of(arguments.weights))
        session = with_model(session, ref)
    for name in names:
        shown = with_pair(session, name)
        done = sweep(engine, shown, Axis.along(shown, MORPH))
        write_sweep(done, arguments.docs / f"morph_{name}.svg")
        for line in summary(done):
            say(line)
    if arguments.weights is not None:
        page = arguments.docs / "believed.md"
        page.write_text(report(engine, open_networks(engine, session)[0], names), encoding="utf-8")
        say(page.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()

"""Comparison of every attack on photos with Foolbox's at the same budget: writes docs/attacks.md.

``python -m scripts.attacks --photos FOLDER --weights FILE`` attacks the photos that the network classifies correctly;
the WordNet id at the beginning of a file's name is its class. With ``--only`` the other rows of the
page keep their last results.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from time import perf_counter
from typing import Any

import torch
import tyro
from pydantic import TypeAdapter
from torch import Tensor

from perturber import paths
from perturber.core.parameters.plugin import kind_of, kinds
from perturber.core.rates import Rate
from perturber.core.session.attack import AttackMethod
from perturber.core.session.models import ArchitectureModel
from perturber.core.storage.files import FileRef, write_whole
from perturber.engine.batch.consistency_run import to_batch
from perturber.engine.batch.picture_classes import class_in
from perturber.engine.batch.picture_sets import PhotoFolder
from perturber.engine.device import prepare_threads
from perturber.methods.attacks.base_attack import Bounded, Iterative
from perturber.methods.networks.victim import Victim
from perturber.nets.architectures.network import Network
from perturber.nets.open_model import open_model

PAGE = Path(__file__).resolve().parents[1] / "docs" / "attacks.md"
BATCH = 4
SOME, FEW = 20, 6
"""Photos for variants of PGD that Foolbox lacks, and for attacks with thousands of queries."""
Rival = Callable[[Any], Any]
"""Creates Foolbox's attack from a `Given`."""


@dataclass(frozen=True)
class Options:
    """Attack photos with every method."""

    photos: Path
    """Folder of photos named after their WordNet ids."""
    weights: Path
    """Weights of --model."""
    model: str = "squeezenet1_0"
    only: tuple[str, ...] = ()
    """Kinds of attacks to measure; all by default. The other rows stay unchanged."""
    at_most: int | None = None
    """Largest number of photos; by default each attack has its own, up to all photos."""
    page: Path = PAGE
    """The Markdown file to write."""
    rows: Path = field(default_factory=lambda: paths.cache() / "attacks.json")
    """Where the rows are kept between runs."""


@dataclass(frozen=True)
class Case:
    """An attack and its oracle."""

    method: Iterative
    oracle: str = "formula (tests)"
    rival: Rival | None = None
    most: int = 1000
    """Largest number of photos."""
    note: str = ""
    """Description of the budget."""

    @property
    def epsilon(self) -> float | None:
        """Radius of the ball, if it has one."""
        return self.method.epsilon if isinstance(self.method, Bounded) else None

    @property
    def budget(self) -> str:
        """Describe the ball and the steps."""
        if not isinstance(self.method, Bounded):
            return self.note
        ball = f"L2 {self.epsilon:g}" if self.method.norm == "l2" else f"L∞ {255 * self.method.epsilon:g}/255"
        steps = self.method.planned
        return f"{ball}, {self.note or ('1 step' if steps == 1 else f'{steps} steps')}"


@dataclass(frozen=True)
class Row:
    """The result of a case. Distances are medians over the fooled photos, for pixels in [0, 1]."""

    title: str
    budget: str
    photos: int
    fooled: float
    oracle: str
    judged: float | None
    """Share of photos that the oracle fooled."""
    l2: float
    judged_l2: float | None
    linf: float
    values: float
    seconds: float

    def line(self) -> str:
        """Return the row as a line of a Markdown table."""
        judged = "" if self.judged is None else _share(self.judged, self.photos)
        their = "" if self.judged_l2 is None else f" ({self.judged_l2:.3f})"
        cells = [self.title, self.budget, str(self.photos), _share(self.fooled, self.photos), self.oracle, judged]
        cells += [f"{self.l2:.3f}{their}", f"{255 * self.linf:.2f}", f"{self.values:.0f}", f"{self.seconds:.2f}"]
        return "| " + " | ".join(cells) + " |"


def _share(share: float, n: int) -> str:
    """Return a percentage with its 95 % interval."""
    low, high = Rate.of_share(share, n).interval or (0.0, 1.0)
    return f"{share:.0%} ({100 * low:.0f}–{100 * high:.0f})"


ABOUT = """# Attacks on photos

Untargeted attacks on {name} with ImageNet weights. Of {total} photos (the center at 224²) it classifies {right}
correctly. These are attacked, or the first of them by name if the third column says fewer: compare such a row
with its oracle, not with rows of other photos. *Fooled* is the share that is misclassified afterwards, with its
95 % Wilson interval. *Oracle* is the same attack of another library with
the same budget, or the tests that compare it with the paper's formula. Foolbox has no Auto-PGD, so its PGD
stands in. Distances are medians over the fooled photos: L2 for pixels in [0, 1] (the oracle's in parentheses),
L∞ for pixels in [0, 255], and how many of the 150528 values changed. The last column depends on the machine
(two shared processor cores). What an attack does not fool is an upper bound of the robust accuracy: a stronger
attack may fool it.
`python -m scripts.attacks --photos FOLDER --weights FILE` generates this page.

| Attack | Budget | Photos | Fooled | Oracle | Oracle fooled | L2 | L∞ | Values | s per photo |
|---|---|---|---|---|---|---|---|---|---|"""
ROWS = TypeAdapter(dict[str, Row])


def stepwise(name: str) -> Rival:
    """Return the maker of Foolbox's attack of a name, with the steps of the case."""
    return lambda given: getattr(given.attacks, name)(
        abs_stepsize=given.method.length, steps=given.method.steps, random_start=False
    )


def cases() -> Iterator[Case]:
    """Yield every attack; the gradient attacks have budgets that do not fool every photo."""
    known = kinds(AttackMethod)

    def made(kind: str, **fields: Any) -> Any:
        return known[kind](**fields)

    def ball(kind: str, norm: str, oracle: str, rival: Rival, **fields: Any) -> Case:
        epsilon = 0.1 if norm == "l2" else 0.15 / 255
        return Case(made(kind, norm=norm, epsilon=epsilon, **fields), oracle, rival)

    yield ball("fgsm", "linf", "Foolbox FGSM", lambda given: given.attacks.LinfFastGradientAttack())
    yield ball("fgsm", "l2", "Foolbox FGSM", lambda given: given.attacks.L2FastGradientAttack())
    yield ball("iterated_fgsm", "linf", "Foolbox BIM", stepwise("LinfBasicIterativeAttack"))
    inert = stepwise("LinfMomentumIterativeFastGradientMethod")
    yield ball("momentum", "linf", "Foolbox MI-FGSM", inert)
    projected = stepwise("L2ProjectedGradientDescentAttack")
    yield ball("pgd", "linf", "Foolbox PGD", stepwise("LinfProjectedGradientDescentAttack"), steps=10)
    yield ball("pgd", "l2", "Foolbox PGD", projected, steps=10)
    yield ball("apgd", "l2", "Foolbox PGD", lambda given: projected(given.like(made("pgd"))), steps=10)
    yield Case(made("ascent", rate=0.02), note="steps of 0.02 until fooled")
    yield Case(
        made("deepfool", candidates=4),
        "Foolbox DeepFool",
        lambda given: given.attacks.L2DeepFoolAttack(steps=50, candidates=5),
        note="4 candidates, 50 steps",
    )
    yield Case(made("jsma"), note="100 values a step, up to 10 % of all")
    yield Case(
        made("carlini_wagner", searches=3, steps=30, rate=0.002),
        "Foolbox C&W",
        lambda given: given.attacks.L2CarliniWagnerAttack(
            binary_search_steps=3, steps=30, stepsize=0.002, initial_const=given.method.weight
        ),
        note="3 weights, 30 steps each",
    )
    checked = "formula, torchattacks (tests)"
    yield Case(made("apgd_t", epsilon=0.1, steps=20), checked, most=SOME, note="20 steps toward 9 classes")
    yield Case(made("fab", steps=20), checked, most=FEW, note="20 steps toward 9 classes")
    yield Case(made("autoattack", epsilon=0.3), checked, most=SOME, note="standard: 3 x 100 steps, 5000 queries")
    yield from others(known)


def others(known: dict[str, type[AttackMethod]]) -> Iterator[Case]:
    """Yield the attacks without a counterpart in Foolbox."""
    special = {
        "band": {"epsilon": 0.3},
        "masked": {"epsilon": 0.3},
        "ensemble": {"epsilon": 0.15},
        "square": {"epsilon": 5.0},
        "surrogate": {"epsilon": 5.0},
    }
    notes = {
        "masked": "20 steps, in a centered square of half the side",
        "ensemble": "20 steps, an ensemble of one",
        "square": "2000 queries",
        "one_pixel": "2100 queries",
    }
    paired = {"fgsm", "iterated_fgsm", "momentum", "pgd", "apgd", "ascent", "deepfool", "jsma", "carlini_wagner"}
    paired |= {"apgd_t", "fab", "autoattack"}
    for kind, member in known.items():
        if kind not in paired:
            method: Any = member(**special.get(kind, {}))
            most = SOME if hasattr(method, "random_start") else FEW
            yield Case(method, most=most, note=notes.get(kind, ""))


@dataclass(frozen=True)
class Photos:
    """The photos that the network classifies correctly."""

    network: Network
    pixels: Tensor
    goals: Tensor
    total: int

    @classmethod
    def read(cls, network: Network, folder: Path) -> Photos:
        """Read all photos of a folder that show a class of the network."""
        pictures = PhotoFolder(folder)
        for _ in pictures.prepare():
            pass
        named = [number for number, name in enumerate(pictures.names) if class_in(name) in network.labels.wnids]
        pixels = to_batch([pictures.pixels(number) for number in named], network.device)
        goals = torch.tensor([network.labels.wnids.index(class_in(pictures.names[number])) for number in named])
        right = torch.cat([_logits(network, part).argmax(1) for part in pixels.split(BATCH)]) == goals
        return cls(network, pixels[right], goals[right], len(named))


@dataclass(frozen=True)
class Given:
    """What Foolbox's attack is created from."""

    attacks: Any
    method: Any

    def like(self, method: Any) -> Given:
        """Return the same ball and steps with another method's step size."""
        fields = {name: getattr(self.method, name) for name in ("norm", "epsilon", "steps")}
        return Given(self.attacks, method.model_copy(update=fields))


@cache
def foolbox_of(network: Network) -> tuple[Any, Any]:
    """Return Foolbox's attacks and its wrapper of the network."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about versions of its own dependencies
        import foolbox
    return foolbox.attacks, foolbox.PyTorchModel(network.architecture, bounds=(0, 1), device=network.device)


def _logits(network: Network, pixels: Tensor) -> Tensor:
    with torch.no_grad():
        return network.logits(pixels)


def measure_case(case: Case, photos: Photos, at_most: int | None = None) -> Row:
    """Run an attack and its oracle."""
    ours, theirs, seconds = [], [], 0.0
    most = case.most if at_most is None else min(case.most, at_most)
    pixels, goals = photos.pixels[:most], photos.goals[:most]
    for part, goal in zip(pixels.split(BATCH), goals.split(BATCH), strict=True):
        mask = torch.zeros_like(part[:, :1])
        mask[..., 56:168, 56:168] = 1
        victim = Victim(photos.network.logits, goal, mask=mask if case.method.masked else None)
        began = perf_counter()
        ours.append(case.method.after(victim, part, case.method.planned))
        seconds += perf_counter() - began
        if case.rival is not None:
            attacks, model = foolbox_of(photos.network)
            theirs.append(case.rival(Given(attacks, case.method))(model, part, goal, epsilons=case.epsilon)[1])
    fooled, l2, linf, values = _found(photos.network, torch.cat(ours), pixels, goals)
    judged = _found(photos.network, torch.cat(theirs), pixels, goals) if theirs else (None, None)
    each = seconds / len(pixels)
    title = type(case.method).title
    return Row(title, case.budget, len(pixels), fooled, case.oracle, judged[0], l2, judged[1], linf, values, each)


def _found(network: Network, attacked: Tensor, pixels: Tensor, goals: Tensor) -> tuple[float, float, float, float]:
    """Return the fooled share, and the medians of L2 distance, L∞ distance and number of changed values."""
    fooled = torch.cat([_logits(network, part).argmax(1) for part in attacked.split(BATCH)]) != goals
    change = (attacked - pixels)[fooled].flatten(1)
    if not len(change):
        return 0.0, 0.0, 0.0, 0.0
    sizes = change.norm(dim=1), change.abs().amax(1), (change != 0).sum(1).float()
    l2, linf, values = (float(size.median()) for size in sizes)
    return float(fooled.float().mean()), l2, linf, values


def page(rows: dict[str, Row], photos: Photos) -> str:
    """Return the page with the table."""
    name = photos.network.name.split(" (")[0]
    text = ABOUT.format(name=name, total=photos.total, right=len(photos.pixels))
    return "\n".join([text, *(row.line() for row in rows.values()), ""])


def main() -> None:
    options = tyro.cli(Options, description=__doc__)
    prepare_threads()
    ref = ArchitectureModel(name=options.model, weights=FileRef.of(options.weights))
    photos = Photos.read(open_model(ref, torch.device("cpu")), options.photos)
    before = ROWS.validate_json(options.rows.read_bytes()) if options.rows.is_file() else {}
    wanted = [(f"{kind_of(type(case.method))}, {case.budget}", case) for case in cases()]
    rows = {key: before[key] for key, _ in wanted if key in before}
    for key, case in wanted:
        if options.only and kind_of(type(case.method)) not in options.only:
            continue
        rows[key] = measure_case(case, photos, options.at_most)
        rows = {name: rows[name] for name, _ in wanted if name in rows}
        sys.stdout.write(f"{rows[key].line()}\n")
        sys.stdout.flush()
        options.rows.parent.mkdir(parents=True, exist_ok=True)
        write_whole(options.rows, ROWS.dump_json(rows, indent=2).decode())
    write_whole(options.page, page(rows, photos))


if __name__ == "__main__":
    main()

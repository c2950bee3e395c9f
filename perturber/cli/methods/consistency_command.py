"""``perturber consistency``: whether units represent a single concept, on original and attacked pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np

from perturber.cli.command import SessionCall, SessionCommand
from perturber.cli.options import ATTACK_STEPS, JsonOption, ModelOptions, PhotosOptions, SlotOption
from perturber.cli.output import write_json, write_lines
from perturber.core.errors import InputError
from perturber.core.jobs.analysis import Consistency
from perturber.core.jobs.job import Answer
from perturber.core.rates import Rate
from perturber.core.session.session import Session
from perturber.nets.lookup.wordnet import open_wordnet

if TYPE_CHECKING:
    import torch

    from perturber.engine.batch.consistency_run import ConsistencySettings

Tell = Callable[[str], None]
SHOWN = 10
"""Maximum number of units listed."""
SAID = 5
"""Batches between two progress messages."""


@dataclass(frozen=True)
class ConsistencyOptions(JsonOption, ModelOptions, PhotosOptions, SlotOption):
    """Measure whether units represent a single concept: how similar in meaning the pictures that activate them are.

    The consistency metric of Dong et al. (arXiv 1901.09035) for the units of --layer over a folder of pictures; 1 if
    all pictures that activate a unit show the same class. Requires WordNet 3.0 (apt install wordnet-base).

    JSON: {model, layer, pictures, named, activating, sigma, measured, consistency, chance, attack, units: [{unit,
    consistency, attacked}]}.
    """

    photos: Path | None = None
    """Folder of pictures, including subfolders. A WordNet id at the beginning of the file or folder name, such as
    n02123045_tabby.jpg, gives a picture's class; otherwise the network's top class is used."""
    attack: bool = False
    """Also measure on attacked pictures: PGD away from the network's top class."""
    norm: Literal["l2", "linf"] = "l2"
    """Norm of the attack."""
    epsilon: float = 1.0
    """Radius of the attack, for pixels in [0, 1]."""
    steps: Annotated[int, ATTACK_STEPS] = 20
    top: float = 0.01
    """Share of the pictures that count as activating a unit: those with its highest activations."""
    least: int = 5
    """Minimum number of activating pictures. Units that fewer pictures activate above 0 are left out."""
    sigma: float = 2.0
    """Width of the similarity exp(-d² / 2 sigma²) over the distance d in WordNet."""
    wordnet: Path | None = None
    """Folder with WordNet's data.noun, instead of the usual install locations."""


def measure(options: ConsistencyOptions, session: Session, device: torch.device, tell: Tell) -> None:
    """Measure consistency, reporting progress, and print it. Raises InputError that names the flag or file."""
    if options.photos is None:
        raise InputError("--photos", "it is missing", "a folder of pictures")
    settings = _settings(options, session.probe.layer)
    wordnet = open_wordnet(options.wordnet)
    from perturber.engine.batch.consistency_run import measure_folder
    from perturber.nets.open_model import open_model

    network = open_model(session.models.model(options.slot), device)
    for notice in network.notices:
        tell(notice)
    answer = Answer()
    for number, answer in enumerate(measure_folder(network, options.photos, wordnet, settings)):
        if answer.value is None and answer.total and number % SAID == 0:
            tell(f"evaluated {answer.done} of {answer.total} pictures")
    found = answer.value
    assert isinstance(found, Consistency)
    options.check_skipped(found.skipped)
    for name in found.skipped:
        tell(f"skipped {name}")
    if options.json:
        import torch

        from perturber.engine.batch.provenance import provenance_on

        run = provenance_on(device, torch.float32, session, [options.slot])
        write_json(_as_dict(found, options) | {"run": run}, ascii_only=True)
    else:
        _write(found, options)


def _settings(options: ConsistencyOptions, layer: str) -> ConsistencySettings:
    _check("--top", options.top, 0 < options.top <= 1, "more than 0, at most 1")
    _check("--least", options.least, options.least >= 1, "1 or more")
    _check("--sigma", options.sigma, options.sigma > 0, "more than 0")
    _check("--epsilon", options.epsilon, 0 < options.epsilon <= 1000, "more than 0, at most 1000")
    _check("--steps", options.steps, 1 <= options.steps <= 10_000, "1 to 10000")
    from perturber.engine.batch.consistency_run import ConsistencySettings
    from perturber.methods.attacks.gradient.pgd import Pgd

    attack = Pgd(norm=options.norm, epsilon=options.epsilon, steps=options.steps) if options.attack else None
    return ConsistencySettings(layer, options.top, options.least, options.sigma, attack)


def _check(flag: str, value: float, fits: bool, expected: str) -> None:
    if not fits:
        raise InputError(flag, f"{value:g} is out of range", expected)


def _sort_units(found: Consistency) -> list[int]:
    """Sort the units by their drop in consistency under the attack, or by consistency without one; highest first."""
    worth = found.clean if found.attacked is None else found.clean - found.attacked
    order = np.argsort(-worth, kind="stable")  # NaN comes last
    return [int(unit) for unit in order if not np.isnan(worth[unit])]


def _mean(values: np.ndarray, where: np.ndarray) -> float:
    return float(values[where].mean()) if where.any() else float("nan")


def _find_measured(found: Consistency) -> np.ndarray:
    """Return which units have all values, so that all means are over the same units."""
    there = ~np.isnan(found.clean)
    return there if found.attacked is None else there & ~np.isnan(found.attacked)


def _as_dict(found: Consistency, options: ConsistencyOptions) -> dict[str, Any]:
    there = _find_measured(found)
    attack = None
    if found.attacked is not None:
        kind = {"kind": "pgd", "norm": options.norm, "epsilon": options.epsilon, "steps": options.steps}
        attack = {**kind, "fooled": found.fooled, "consistency": _number(_mean(found.attacked, there))}
    units = [
        {
            "unit": unit,
            "consistency": _number(clean),
            **({} if found.attacked is None else {"attacked": _number(found.attacked[unit])}),
        }
        for unit, clean in enumerate(found.clean)
    ]
    return {
        "model": found.model,
        "layer": found.layer,
        "pictures": found.pictures,
        "named": found.named,
        "activating": found.activating,
        "sigma": options.sigma,
        "measured": int(there.sum()),
        "consistency": _number(_mean(found.clean, there)),
        "chance": _number(found.chance),
        "attack": attack,
        "units": units,
    }


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(f"{value:.6g}")


def _write(found: Consistency, options: ConsistencyOptions) -> None:
    there, own = _find_measured(found), found.pictures - found.named
    guessed = f", {own} of them labeled by the network's top class" if own else ""
    silent = f"; {int((~there).sum())} with fewer pictures left out" if not there.all() else ""
    lines = [
        f"{found.model}, {found.layer}: {found.pictures} pictures{guessed}",
        f"Activating pictures per unit {found.activating}, sigma {options.sigma:g}",
        f"chance level {found.chance:.4f}",
        f"consistency  {_mean(found.clean, there):.4f}  mean of {int(there.sum())} of {len(there)} units{silent}",
    ]
    if found.attacked is not None:
        attack = f"PGD {options.norm}, epsilon {options.epsilon:g}, {options.steps} steps"
        fooled = f"success rate {Rate(found.fooled, found.pictures)}"
        lines += [f"attacked     {_mean(found.attacked, there):.4f}  {attack}; {fooled}", "Largest drops:"]
    else:
        lines.append("Most consistent:")
    for unit in _sort_units(found)[:SHOWN]:
        to = "" if found.attacked is None else f" → {found.attacked[unit]:.3f}"
        lines.append(f"  {unit:5d}  {found.clean[unit]:.3f}{to}")
    write_lines(lines)


def run(options: ConsistencyOptions, call: SessionCall) -> None:
    """Measure on the device given by the flags."""
    measure(options, call.session_with(options), call.device(), call.tell)


COMMAND = SessionCommand(ConsistencyOptions, run)

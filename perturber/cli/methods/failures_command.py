"""``perturber failures``: find the smallest changes of a scene that flip a prediction."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import tyro

from perturber.cli.command import SessionCall, SessionCommand
from perturber.cli.methods.failure_search import FinishedSearch
from perturber.cli.methods.failures_sheet import write_report
from perturber.cli.options import JsonOption, ModelOptions, SlotOption
from perturber.cli.output import write_json, write_lines
from perturber.cli.trust import save_own
from perturber.core.errors import InputError
from perturber.core.jobs.failures import MOST, Failures, FindFailures, Method
from perturber.core.jobs.job import Answer
from perturber.core.parameters.parameter import replace, replace_all
from perturber.core.search.space import SHARE, Bound, Box, SearchSpace, searchable
from perturber.core.session.session import Session

if TYPE_CHECKING:
    from perturber.engine.frame.engine import Engine

Tell = Callable[[str], None]
OFTEN = 100
"""Evaluations between two progress messages."""
SHOWN = 8
"""Maximum number of failures listed and written per search."""
WORDS = 4
"""Maximum number of changes listed per failure."""


@dataclass(frozen=True)
class FailureOptions(JsonOption, ModelOptions, SlotOption):
    """Find the smallest changes of a scene, within bounds, that change a model's prediction.

    Searches camera, light, morph, background and post parameters by CMA-ES or at random. Each failure is written as a
    session that opens in the window, and as a picture.

    JSON: a list of searches with their failures.
    """

    target: str = ""
    """Target class: WordNet id such as n02123045, name or number; default: any class other than the top one."""
    share: tuple[float, ...] = (SHARE,)
    """How far each parameter may move in either direction, as a share of its range; one search per value."""
    only: tuple[str, ...] = ()
    """Search only these parameters: dotted paths, or prefixes such as scene.camera."""
    bound: tuple[tuple[str, float, float], ...] = ()
    """Bounds of single parameters as PATH LOW HIGH, instead of those from --share."""
    budget: int = 500
    """Pictures rendered and evaluated in each search."""
    method: Literal["cma", "random", "both"] = "cma"
    """CMA-ES, random search within the same bounds, or both with the same budget."""
    seeds: int = 1
    """Number of searches with different random seeds, starting at the session's seed."""
    output: Annotated[Path | None, tyro.conf.arg(aliases=["-o"])] = None
    """Folder for sessions and pictures; default: failures, or none with --json or --report."""
    report: Path | None = None
    """Write a report (.md) on the searches, and beside it a picture (.jpg) of the smallest failures."""


def find_failures(options: FailureOptions, session: Session, engine: Engine, tell: Tell) -> None:
    """Search from a session, and print and write the failures. Raises InputError that names the flag or file."""
    _check(options)
    session = replace(session, "attack.taken", 0)
    jobs = list(_jobs(options, session))
    folder = options.output or (None if options.json or options.report else Path("failures"))
    searches = [_search(engine, session, share, job, tell) for share, job in jobs]
    written = [] if folder is None else _write(folder, searches, engine)
    if options.report is not None:
        write_report(options.report, _command(options), searches, engine)
    if options.json:
        from perturber.engine.batch.provenance import provenance

        write_json([_row(done) | {"run": provenance(engine, session)} for done in searches])
        return
    for done in searches:
        write_lines(_table(done))
    told = [f"{len(written)} session{'s' * (len(written) > 1)} in {folder}"] if written else []
    write_lines([*told, *([str(options.report)] if options.report else [])])


def _command(options: FailureOptions) -> str:
    """Return the command line with the given flags, so that the report can be regenerated."""
    words = ["perturber failures"]
    for field in fields(options):
        value = getattr(options, field.name)
        if value != field.default and field.name not in {"json", "output"}:
            parts = value if isinstance(value, tuple) else (value,)
            flat = [word for part in parts for word in (part if isinstance(part, tuple) else (part,))]
            shown = [f"{word:g}" if isinstance(word, float) else str(word) for word in flat]
            words += [f"--{field.name}", *(shown if value is not True else ())]
    return " ".join(words)


def _check(options: FailureOptions) -> None:
    if not 1 <= options.budget <= MOST:
        raise InputError("--budget", f"{options.budget} is out of range", f"1 to {MOST}")
    if not 1 <= options.seeds <= 100:
        raise InputError("--seeds", f"{options.seeds} is out of range", "1 to 100")
    if not options.share:
        raise InputError("--share", "it is empty", "a number such as 0.1")
    if options.report is not None and options.report.suffix != ".md":
        raise InputError(str(options.report), "the report is not an .md file", "a name such as failures.md")


def _space(options: FailureOptions, session: Session, share: float) -> SearchSpace:
    """Return the parameters and bounds given by the flags. Raises InputError that names the flag or the path."""
    paths = [p.path for p in searchable(session)]
    for word in options.only:
        if not any(_begins(path, word) for path in paths):
            raise InputError("--only", f"no searchable parameter matches {word!r}", "a path or a prefix of one")
    chosen = [path for path in paths if not options.only or any(_begins(path, word) for word in options.only)]
    space = SearchSpace.around(session, share, chosen)
    for path, low, high in options.bound:
        space = space.with_bound(Bound(path=path, low=low, high=high))
    Box.of(space, session)
    return space


def _begins(path: str, word: str) -> bool:
    return path == word or path.startswith(f"{word}.")


def _jobs(options: FailureOptions, session: Session) -> Iterator[tuple[float, FindFailures]]:
    methods: tuple[Method, ...] = ("cma", "random") if options.method == "both" else (options.method,)
    for share in options.share:
        space = _space(options, session, share)
        for method, number in product(methods, range(options.seeds)):
            seed = (session.seed + number) % 2**31
            job = {"slot": options.slot, "target": options.target, "budget": options.budget, "seed": seed}
            yield share, FindFailures(space=space, method=method, **job)


def _search(engine: Engine, session: Session, share: float, job: FindFailures, tell: Tell) -> FinishedSearch:
    from perturber.engine.jobs.failure_job import find_failures as work
    from perturber.engine.jobs.workbench import Workbench

    answer, told = Answer(), 0
    for answer in work(Workbench(engine), session, job):
        if answer.value is None and answer.done >= told + OFTEN:
            told = answer.done
            tell(f"{job.method}, seed {job.seed}, ±{share:.0%}: {answer.done} of {answer.total} evaluations")
    assert isinstance(answer.value, Failures)
    name = engine.features.network(session.models.model(job.slot)).name
    assert job.seed is not None
    return FinishedSearch(session, name, share, job.method, job.seed, len(job.space.bounds), answer.value)


def _write(folder: Path, searches: list[FinishedSearch], engine: Engine) -> list[Path]:
    """Write sessions and pictures as <method>_<share>_<seed>_<number>. Return the session files."""
    from perturber.engine.batch.export import write_picture

    written = []
    for done in searches:
        for number, flip in enumerate(done.found.flips[:SHOWN]):
            there = replace_all(done.session, flip.changes)
            name = f"{done.method}_{done.share:g}_{done.seed}_{number}"
            write_picture(engine.render(there), folder / f"{name}.png")
            written.append(folder / f"{name}.json")
            save_own(there, written[-1])
    return written


def _table(done: FinishedSearch) -> Iterator[str]:
    found, original = done.found, done.found.original
    where = f"{done.method}, seed {done.seed}, {done.parameters} parameters ±{100 * done.share:g} % of their range"
    yield f"{done.model}, {original.name} {original.probability:.0%} · {where}"
    if not found.flips:
        yield f"  none found in {len(found.margins)} evaluations; smallest margin {found.best[-1]:.3f}"
        return
    counted = f"{len(found.flips)} found in {len(found.margins)} evaluations, the first after {done.first}"
    yield f"  {counted}; distances in percent of the bounds:"
    for flip in found.flips[:SHOWN]:
        words = done.words(flip)
        more = f", and {len(words) - WORDS} more" if len(words) > WORDS else ""
        became = f"{flip.became.name} {flip.became.probability:.0%}"
        yield f"  {flip.distance:6.2%}  {became:<18}  {', '.join(words[:WORDS])}{more}"


def _row(done: FinishedSearch) -> dict[str, Any]:
    found = done.found
    return {
        "model": done.model,
        "original": {"wnid": found.original.wnid, "name": found.original.name},
        "share": done.share,
        "method": done.method,
        "seed": done.seed,
        "evaluations": len(found.margins),
        "first": done.first,
        "margin": min(found.margins),
        "failures": [
            {
                "distance": flip.distance,
                "wnid": flip.became.wnid,
                "name": flip.became.name,
                "probability": flip.became.probability,
                "original": flip.original,
                "evaluation": flip.evaluation,
                "changes": dict(flip.changes),
            }
            for flip in found.flips
        ],
    }


def run(options: FailureOptions, call: SessionCall) -> None:
    """Search with the model given by the flags."""
    session = call.session_with(options)
    with call.engine() as engine:
        find_failures(options, session, engine, call.tell)


COMMAND = SessionCommand(FailureOptions, run)

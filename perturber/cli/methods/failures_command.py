"""``perturber failures``: the smallest changes of a scene that flip a prediction, as sessions and pictures."""

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
from perturber.core.errors import InputError
from perturber.core.jobs.failures import MOST, Failures, FindFailures, Method
from perturber.core.jobs.job import Answer
from perturber.core.parameters.parameter import replace, replace_all
from perturber.core.search.space import SHARE, Bound, Box, SearchSpace, searchable
from perturber.core.session.session import Session, save

if TYPE_CHECKING:
    from perturber.engine.frame.engine import Engine

Tell = Callable[[str], None]
OFTEN = 100
"""Evaluations between two words about the progress."""
SHOWN = 8
"""Failures of a search that are listed and written."""
WORDS = 4
"""Changes of a failure that are listed."""


@dataclass(frozen=True)
class FailureOptions(JsonOption, ModelOptions, SlotOption):
    """Find the smallest changes of a scene, within bounds, that make a model say something else.

    Camera, light, morph, background and post parameters are searched by CMA-ES or at random. What is found is written
    as sessions that open in the window, with a picture each.

    JSON: a list of the searches with what they found.
    """

    target: str = ""
    """WordNet id of the target class, such as n02123045; without it, any class other than the top one."""
    share: tuple[float, ...] = (SHARE,)
    """How far every parameter may go to either side, as a share of its range; several make a search each."""
    only: tuple[str, ...] = ()
    """Search these parameters only: dotted paths, or beginnings of them such as scene.camera."""
    bound: tuple[tuple[str, float, float], ...] = ()
    """Bounds of single parameters, PATH LOW HIGH each, instead of what --share gives them."""
    budget: int = 500
    """How many pictures are rendered and looked at in each search."""
    method: Literal["cma", "random", "both"] = "cma"
    """CMA-ES, or random points of the same bounds, or both at the same budget."""
    seeds: int = 1
    """So many searches that differ in their random numbers, from the session's seed on."""
    output: Annotated[Path | None, tyro.conf.arg(aliases=["-o"])] = None
    """Folder for the sessions and pictures: failures unless given or --json or --report."""
    report: Path | None = None
    """Write a page on the searches, .md, with a picture of the smallest failures beside it, .jpg."""


def find_failures(options: FailureOptions, session: Session, engine: Engine, tell: Tell) -> None:
    """Search from a session, tell what was found, and write it."""
    _check(options)
    session = replace(session, "attack.taken", 0)
    jobs = list(_jobs(options, session))
    folder = options.output or (None if options.json or options.report else Path("failures"))
    searches = [_searched(engine, session, share, job, tell) for share, job in jobs]
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
    """The flags that were given, so that the page can be generated again."""
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
        raise InputError("--share", "there is none", "a number such as 0.1")
    if options.report is not None and options.report.suffix != ".md":
        raise InputError(str(options.report), "the page has another suffix", "a name such as failures.md")


def _space(options: FailureOptions, session: Session, share: float) -> SearchSpace:
    """The parameters and bounds of the flags. Raises InputError that names the flag or the path."""
    paths = [p.path for p in searchable(session)]
    for word in options.only:
        if not any(_begins(path, word) for path in paths):
            raise InputError("--only", f"nothing that can be searched is called {word!r}", "a path or its beginning")
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


def _searched(engine: Engine, session: Session, share: float, job: FindFailures, tell: Tell) -> FinishedSearch:
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
    """The sessions and their pictures, as <method>_<share>_<seed>_<number>; returns the sessions."""
    from perturber.engine.batch.export import write_picture

    written = []
    for done in searches:
        for number, flip in enumerate(done.found.flips[:SHOWN]):
            there = replace_all(done.session, flip.changes)
            name = f"{done.method}_{done.share:g}_{done.seed}_{number}"
            write_picture(engine.render(there), folder / f"{name}.png")
            written.append(folder / f"{name}.json")
            save(there, written[-1])
    return written


def _table(done: FinishedSearch) -> Iterator[str]:
    found, original = done.found, done.found.original
    where = f"{done.method}, seed {done.seed}, {done.parameters} parameters ±{100 * done.share:g} % of their range"
    yield f"{done.model}, {original.name} {original.probability:.0%} · {where}"
    if not found.flips:
        yield f"  none found in {len(found.margins)} evaluations; the least margin was {found.best[-1]:.3f}"
        return
    counted = f"{len(found.flips)} found in {len(found.margins)} evaluations, the first after {done.first}"
    yield f"  {counted}; the change in percent of the bounds:"
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
    """Search with the model of the flags."""
    session = call.session_with(options)
    with call.engine() as engine:
        find_failures(options, session, engine, call.tell)


COMMAND = SessionCommand(FailureOptions, run)

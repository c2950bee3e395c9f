"""The command line: the window, and one command for each entry of COMMANDS. Parses and dispatches, nothing else.

Exit codes: 0 done, 2 bad input or flag (the message names it), 3 the machine lacks something.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from perturber.cli.notices import teller as _teller
from perturber.core.errors import InputError, MachineError, PerturberError

if TYPE_CHECKING:
    from perturber.cli.options import Common, PredictOptions
    from perturber.cli.training.train_command import TrainOptions
    from perturber.core.evaluation import Prediction
    from perturber.core.session.session import Session
    from perturber.engine.batch.export import PredictionRow
    from perturber.engine.frame.engine import Engine

BAD_INPUT, BAD_MACHINE = 2, 3
T = TypeVar("T")


def main(argv: Sequence[str] | None = None) -> None:
    """Entry point of the command ``perturber``."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        sys.exit(_dispatch(arguments))
    except MachineError as error:
        _fail(error, BAD_MACHINE)
    except PerturberError as error:
        _fail(error, BAD_INPUT)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


def _fail(error: PerturberError, code: int) -> None:
    sys.stderr.write(f"perturber: {error}\n")
    sys.exit(code)


def _dispatch(arguments: list[str]) -> int:
    if not arguments or (len(arguments) == 1 and not arguments[0].startswith("-") and arguments[0] not in COMMANDS):
        return _open_window(_load(arguments[0]) if arguments else None)
    if arguments[0] in COMMANDS:
        from perturber.engine.device import prepare_threads

        prepare_threads()  # before anything imports torch
        return COMMANDS[arguments[0]](arguments[1:])
    return _window(arguments)


def _load(path: str) -> Session:
    # Imported late, like everything heavy here: the empty window is on screen before it.
    from perturber.core.session.session import load

    return load(path)


@contextmanager
def _engine(common: Common) -> Iterator[Engine]:
    from perturber.engine.frame.engine import Engine

    engine = Engine(common.device, common.precision)
    try:
        yield engine
    finally:
        engine.close()


def _window(arguments: list[str]) -> int:
    from perturber.cli.options import WindowOptions, build_session, parse

    options, common, typed = parse(WindowOptions, arguments, "perturber")
    return _open_window(build_session(common, typed), common.device, common.precision, options.class_pictures)


def _open_window(
    session: Session | None, device: str = "auto", precision: str = "auto", class_pictures: Path | None = None
) -> int:
    if _has_display():
        from perturber.gui.shell.app import run

        return run(session, device, precision, class_pictures)
    return _without_display(session)


def _has_display() -> bool:
    named = any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))
    return named or not sys.platform.startswith("linux")


def _without_display(session: Session | None, picture: Path = Path("perturber.png")) -> int:
    """No display: evaluate the session all the same, and show the window as a picture."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from perturber.core.session.session import Session
    from perturber.gui.shell.snapshot import take_snapshot

    sys.stdout.write("There is no display (neither DISPLAY nor WAYLAND_DISPLAY is set), so no window can open.\n")
    evaluation = take_snapshot(session or Session(), picture)
    for result in evaluation.slots:
        _print_top(f"{result.slot} · {result.name}" + (f": {result.problem}" if result.problem else ""), result.top)
    sys.stdout.write(f"The window as a picture: {picture}\n")
    return 0


def _render(arguments: list[str]) -> int:
    from perturber.cli.options import RenderOptions, build_session, parse

    options, common, typed = parse(RenderOptions, arguments, "perturber render")
    size = (448 if options.views else 224) if options.size is None else options.size
    if not 16 <= size <= 2048:
        raise InputError("--size", f"{size} is out of range", "16 to 2048")
    session = build_session(common, typed)
    with _engine(common) as engine:
        from perturber.engine.batch.export import picture, render_views, write_picture

        if options.views:
            files = render_views(engine, session, options.views, size)
            sys.stdout.write(f"{len(files)} views in {options.views}\n")
        else:
            write_picture(picture(engine, session, size, _teller()), options.output)
            if options.mask:
                write_picture(engine.mask(session, size), options.mask)
    return 0


def _predict(arguments: list[str]) -> int:
    import json

    from perturber.cli.options import PredictOptions, build_session, parse

    options, common, typed = parse(PredictOptions, arguments, "perturber predict")
    session = build_session(common, typed)
    session = _with_model(session, options.model, options.weights)
    with _engine(common) as engine:
        rows = _rows(engine, session, options, str(common.session or "default"))
        if options.json:
            json.dump([row.as_dict() for row in rows], sys.stdout, indent=2)
            sys.stdout.write("\n")
        else:
            for row in rows:
                _print_top(f"{row.input} · {row.slot} · {row.model}", row.top)
    return 0


def _rows(engine: Engine, session: Session, options: PredictOptions, name: str) -> Iterator[PredictionRow]:
    from perturber.engine.batch.export import photo_sessions, predict

    inputs = photo_sessions(session, options.photos) if options.photos else [(name, session)]
    return predict(engine, inputs, _teller())


def _with_model(session: Session, model: str | None, weights: Path | None) -> Session:
    """The session with the model of the flags alone, if they name one."""
    if model is None:
        if weights is not None:
            raise InputError("--weights", "it says nothing without --model", "--model NAME beside it")
        return session
    from perturber.core.session.models import ArchitectureModel
    from perturber.core.storage.files import FileRef
    from perturber.engine.batch.export import with_model

    return with_model(session, ArchitectureModel(name=model, weights=FileRef.of(weights) if weights else None))


def _sweep(arguments: list[str]) -> int:
    from perturber.cli.options import SweepOptions, build_session, parse
    from perturber.core.search.axis import Axis

    options, common, typed = parse(SweepOptions, arguments, "perturber sweep")
    session = _with_model(build_session(common, typed), options.model, options.weights)
    axis = Axis.along(session, options.parameter, options.start, options.end, options.steps)
    with _engine(common) as engine:
        from perturber.engine.batch.sweep_run import sweep
        from perturber.engine.batch.sweep_tables import summary, write_sweep, writer_for

        writer_for(options.output)  # a bad name is refused before the work, not after it
        done = sweep(engine, session, axis, _teller())
        write_sweep(done, options.output)
        sys.stdout.writelines(f"{line}\n" for line in summary(done))
    return 0


def _train(arguments: list[str]) -> int:
    from perturber.cli.training.train_command import TrainOptions

    return _trained(TrainOptions, arguments, "perturber train")


def _finetune(arguments: list[str]) -> int:
    from perturber.cli.training.train_command import FinetuneOptions

    return _trained(FinetuneOptions, arguments, "perturber finetune")


def _trained(kind: type[TrainOptions], arguments: list[str], command: str) -> int:
    from perturber.cli.training.train_command import train
    from perturber.engine.device import choose_device

    options = _typed(kind, arguments, command)
    sys.stdout.write(f"{train(options, choose_device(options.device))}\n")
    return 0


def _typed(kind: type[T], arguments: list[str], command: str) -> T:
    """The options of a command without parameters of a session. Exits with status 2 for a wrong flag."""
    import tyro

    return tyro.cli(kind, args=arguments, prog=command, description=kind.__doc__)


def _evaluate(arguments: list[str]) -> int:
    from perturber.engine.device import choose_device
    from perturber.training.report.assess import EvaluateOptions, evaluate

    options = _typed(EvaluateOptions, arguments, "perturber evaluate")
    sys.stdout.writelines(f"{line}\n" for line in evaluate(options, choose_device(options.device)))
    return 0


def _report(arguments: list[str]) -> int:
    from perturber.engine.device import choose_device
    from perturber.training.report import assess
    from perturber.training.report import transplant_run as transplant

    name, rest = (arguments or ["--help"])[0], arguments[1:]
    kinds = {"training": assess.ReportOptions, "transplant": transplant.TransplantOptions}
    if name in {"--help", "-h"}:
        sys.stdout.writelines(f"perturber report {known}: {kind.__doc__}\n" for known, kind in kinds.items())
        return 0
    if name not in kinds:
        expected = " or ".join(f"perturber report {known} FAMILY" for known in kinds)
        raise InputError("report", f"there is no report {name!r}", expected)
    files: tuple[Path, ...]
    if name == "training":
        drawn = _typed(assess.ReportOptions, rest, "perturber report training")
        files = assess.report(drawn, choose_device(drawn.device))
    else:
        mixed = _typed(transplant.TransplantOptions, rest, "perturber report transplant")
        files = transplant.transplant(mixed, choose_device(mixed.device))
    sys.stdout.writelines(f"{file}\n" for file in files)
    return 0


def _print_top(title: str, top: Iterable[Prediction]) -> None:
    sys.stdout.write(f"{title}\n")
    for best in top:
        sys.stdout.write(f"  {best.probability:7.2%}  {best.logit:8.3f}  {best.wnid}  {best.name}\n")


def _models(arguments: list[str]) -> int:
    from perturber.cli.models.models_command import manage
    from perturber.cli.options import parse_models

    return manage(parse_models(arguments))


def _groups(arguments: list[str]) -> int:
    from perturber.cli.options import Common, build_session, parse
    from perturber.cli.units import groups_command as groups

    kinds = {"list": groups.ListGroups, "compute": groups.ComputeGroups, "make": groups.MakeGroups}
    name, rest = (arguments or ["--help"])[0], arguments[1:]
    if name in {"--help", "-h"}:
        sys.stdout.writelines(f"perturber groups {known}: {kind.__doc__}\n" for known, kind in kinds.items())
        return 0
    if name not in kinds:
        raise InputError("groups", f"there is no command {name!r}", "one of " + ", ".join(kinds))
    if name == "make":
        made = _typed(groups.MakeGroups, rest, "perturber groups make")
        groups.make_groups(made, lambda: _engine(Common(device=made.device)), _teller())
    elif name == "list":
        listed, common, typed = parse(groups.ListGroups, rest, "perturber groups list")
        groups.list_groups(listed, build_session(common, typed), common.layer)
    else:
        options, common, typed = parse(groups.ComputeGroups, rest, "perturber groups compute")
        session = _with_model(build_session(common, typed), options.model, options.weights)
        groups.compute_groups(options, session, common.layer, lambda: _engine(common))
    return 0


def _edit(arguments: list[str]) -> int:
    from perturber.cli.models.edit_command import EditOptions, edit_weights
    from perturber.cli.options import build_session, parse

    options, common, typed = parse(EditOptions, arguments, "perturber edit")
    with _engine(common) as engine:
        result = edit_weights(options, build_session(common, typed), engine)
    _print_top(result.name, result.top)
    return 0


def _features(arguments: list[str]) -> int:
    from perturber.cli.units.features_command import FeatureOptions, make_features
    from perturber.engine.device import choose_device, choose_dtype
    from perturber.engine.jobs.feature_maker import FeatureMaker

    options = _typed(FeatureOptions, arguments, "perturber features")
    make_features(options, FeatureMaker(choose_device(options.device), choose_dtype("auto")))
    return 0


def _visualize(arguments: list[str]) -> int:
    from perturber.cli.units.visualize_command import VisualizeOptions, visualize
    from perturber.engine.device import choose_device, choose_dtype
    from perturber.engine.jobs.feature_maker import FeatureMaker

    options = _typed(VisualizeOptions, arguments, "perturber visualize")
    visualize(options, FeatureMaker(choose_device(options.device), choose_dtype("auto")))
    return 0


def _on_session(kind: type[T], arguments: list[str], name: str, work: Callable[[T, Session, Engine, Any], None]) -> int:
    """A command whose options name a model, and whose work takes the session, an engine and a teller of notices."""
    from perturber.cli.options import build_session, parse

    options, common, typed = parse(kind, arguments, f"perturber {name}")
    model: Any = options
    session = _with_model(build_session(common, typed), model.model, model.weights)
    with _engine(common) as engine:
        work(options, session, engine, _teller())
    return 0


def _examples(arguments: list[str]) -> int:
    from perturber.cli.units.examples_command import ExampleOptions, find_examples

    return _on_session(ExampleOptions, arguments, "examples", find_examples)


def _consistency(arguments: list[str]) -> int:
    from perturber.cli.methods.consistency_command import ConsistencyOptions, measure
    from perturber.cli.options import build_session, parse
    from perturber.engine.device import choose_device

    options, common, typed = parse(ConsistencyOptions, arguments, "perturber consistency")
    session = _with_model(build_session(common, typed), options.model, options.weights)
    measure(options, session, choose_device(common.device), _teller())
    return 0


def _failures(arguments: list[str]) -> int:
    from perturber.cli.methods.failures_command import FailureOptions, find_failures

    return _on_session(FailureOptions, arguments, "failures", find_failures)


def _attack(arguments: list[str]) -> int:
    from perturber.cli.methods import attack_command as command

    if command.asks_for_list(arguments):
        command.list_kinds()
        return 0
    return _on_session(command.AttackOptions, arguments, "attack", command.attack)


def _attribute(arguments: list[str]) -> int:
    from perturber.cli.methods import attribute_command as command
    from perturber.cli.options import build_session, parse

    options, common, typed = parse(command.AttributeOptions, arguments, "perturber attribute")
    if options.kind == command.LIST:
        command.list_methods()
        return 0
    session = _with_model(build_session(common, typed), options.model, options.weights)
    with _engine(common) as engine:
        command.attribute(options, session, common.layer, engine, _teller())
    return 0


COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "render": _render,
    "predict": _predict,
    "sweep": _sweep,
    "train": _train,
    "finetune": _finetune,
    "models": _models,
    "evaluate": _evaluate,
    "report": _report,
    "groups": _groups,
    "features": _features,
    "visualize": _visualize,
    "edit": _edit,
    "examples": _examples,
    "consistency": _consistency,
    "attribute": _attribute,
    "failures": _failures,
    "attack": _attack,
}

"""Command-line flags made from the session's parameters, and their way back into a session."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, make_dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar

import tyro

from perturber.core.parameters.parameter import Parameter, plain_fields, replace, replace_all, walk
from perturber.core.parameters.state import State
from perturber.core.session.attack import Attack
from perturber.core.session.attribution import Explain
from perturber.core.session.scene import FeaturePlane, MeshSubject, Photo
from perturber.core.session.session import Session, load
from perturber.core.storage.files import FileRef

T = TypeVar("T")
TYPES: dict[str, type] = {"float": float, "int": int, "bool": bool}
PLAIN: dict[type[State], str] = {FeaturePlane: "scene.plane.", Attack: "attack.", Explain: "attribution."}
"""Parts whose fields are flags even where they have no control of their own, with their paths."""


@dataclass(frozen=True)
class Common:
    """What every command takes."""

    session: tyro.conf.Positional[Path | None] = None
    """A session file; without one the default session is used."""
    device: str = "auto"
    """auto, cpu, cuda, cuda:N or mps."""
    precision: str = "auto"
    """auto, float32, float16 or bfloat16."""
    pair: str | None = None
    """Object pair: a folder of assets/, such as dog_cat; brings its own background."""
    background: str | None = None
    """A shipped background's name, or a picture file."""
    photo: Path | None = None
    """A picture file as input instead of the 3D scene."""
    mesh: Path | None = None
    """An OBJ, glTF or PLY file as object."""
    diffuse: Path | None = None
    """Color texture of the mesh."""
    alpha: Path | None = None
    """Opacity texture of the mesh."""
    layer: str | None = None
    """The layer whose units are shown."""


@dataclass(frozen=True)
class WindowOptions:
    """Open the window.

    Further commands, each with --help: render, predict, sweep, edit, groups, features, visualize, examples,
    consistency, failures, attack, attribute, models, train, finetune, evaluate, report.
    """

    class_pictures: Path | None = None
    """A folder with a picture for each class, n02123045.jpg or folders as in ImageNet, for this run."""


@dataclass(frozen=True)
class RenderOptions:
    """Write the picture of a session, or 28 views of every object."""

    output: Annotated[Path, tyro.conf.arg(aliases=["-o"])] = Path("frame.png")
    """Picture file; the suffix decides the format."""
    size: int | None = None
    """Width and height in pixels, 16 to 2048: 224 (what the networks take), or 448 for views unless given."""
    mask: Path | None = None
    """Also write how much of each pixel the object covers, as a gray picture (before post effects)."""
    views: Path | None = None
    """Write the 28 views per object into this folder instead, as <object>/NN.png."""


@dataclass(frozen=True)
class PredictOptions:
    """Print the five leading classes of every model, for a session or for a folder of photos."""

    photos: Path | None = None
    """A folder of pictures, each used as input instead of the 3D scene."""
    model: str | None = None
    """An architecture such as squeezenet1_0, instead of the session's models."""
    weights: Path | None = None
    """Weights file for --model (safetensors or a state dict); without it the publisher's are downloaded."""
    json: bool = False
    """Print a JSON list of {input, slot, model, top: [{wnid, name, logit, probability}]}."""


@dataclass(frozen=True)
class SweepOptions:
    """Move one parameter step by step, and write what every model says of each step."""

    parameter: str = "scene.morph.overall"
    """Dotted path of the parameter, such as scene.camera.yaw."""
    steps: int = 21
    """How many values, 2 to 1001, both ends included."""
    start: Annotated[float | None, tyro.conf.arg(name="from")] = None
    """First value; without it the lowest the parameter allows."""
    end: Annotated[float | None, tyro.conf.arg(name="to")] = None
    """Last value; without it the highest the parameter allows."""
    model: str | None = None
    """An architecture such as squeezenet1_0, instead of the session's models."""
    weights: Path | None = None
    """Weights file for --model (safetensors or a state dict); without it the publisher's are downloaded."""
    output: Annotated[Path, tyro.conf.arg(aliases=["-o"])] = Path("sweep.csv")
    """.csv for a table, .json for everything, .svg for a chart of both ends of the object pair."""


def _flag(parameter: Parameter) -> tuple[str, Any, Any]:
    """A parameter as a field of the flags' dataclass, absent unless typed."""
    ends = [end for end in (parameter.low, parameter.high) if end is not None]
    span = f" [{' to '.join(f'{end:g}' for end in ends)}{'' if len(ends) > 1 else ' or more'}]" if ends else ""
    kind = TYPES.get(parameter.kind, str)
    argument = tyro.conf.arg(name=parameter.path, help=f"{parameter.doc}{span}".replace("\n", " "))
    return parameter.path.replace(".", "_"), Annotated[kind | None, argument], field(default=None)


def _spelled_out(arguments: list[str], switches: set[str]) -> list[str]:
    """The arguments with "True" behind every switch that no word follows."""
    following = [*arguments, "--"][1:]
    pairs = zip(arguments, following, strict=True)
    return [
        word
        for given, after in pairs
        for word in ((given, "True") if given in switches and after.startswith("-") else (given,))
    ]


def parse(options: type[T], arguments: list[str], command: str) -> tuple[T, Common, dict[str, Any]]:
    """The command's own options, the common ones, and the typed parameters by path.

    Exits with status 2 and a message that names the flag when one is unknown or malformed.
    """
    walked = walk(replace(Session(), "scene.photo", Photo(file=FileRef(path=""))))
    parameters = [*walked, *(field for part, prefix in PLAIN.items() for field in plain_fields(part, prefix))]
    arguments = _spelled_out(arguments, {f"--{p.path}" for p in parameters if p.kind == "bool"})
    flags: Any = make_dataclass("Parameters", [_flag(p) for p in parameters])
    bare: Any = tyro.conf.OmitArgPrefixes
    kinds: dict[str, Any] = {"command": options, "common": Common, "parameters": flags}
    parts = [(name, bare[kind], field(default_factory=kind)) for name, kind in kinds.items()]
    parsed: Any = tyro.cli(
        make_dataclass("Arguments", parts), args=arguments, prog=command, description=options.__doc__
    )
    values = asdict(parsed.parameters)
    typed = {p.path: values[p.path.replace(".", "_")] for p in parameters}
    return parsed.command, parsed.common, {path: value for path, value in typed.items() if value is not None}


def build_session(common: Common, typed: dict[str, Any]) -> Session:
    """The session file (or the default) with everything typed applied.

    Raises InputError that names the file or the parameter.
    """
    session = load(common.session) if common.session else Session()
    if common.pair:
        from perturber.scene.assets.views import with_pair

        session = with_pair(session, common.pair)
    if common.background:
        file = Path(common.background)
        named = {"scene.background.name": common.background, "scene.background.file": None}
        session = replace_all(session, {"scene.background.file": FileRef.of(file)} if file.is_file() else named)
    if common.mesh:
        textures = {"diffuse": common.diffuse, "alpha": common.alpha}
        refs = {name: FileRef.of(path) if path else None for name, path in textures.items()}
        session = replace(session, "scene.subject", MeshSubject(mesh=FileRef.of(common.mesh), **refs))
    if common.photo:
        session = replace(session, "scene.photo", Photo(file=FileRef.of(common.photo)))
    if common.layer:
        session = replace(session, "probe.layer", common.layer)
    return replace_all(session, typed)


@dataclass(frozen=True)
class ListModels:
    """What can be added, and what has been."""

    json: bool = False
    """Print a JSON list of {name, state, size, label, about, family, variant, license, urls, sha256}."""


@dataclass(frozen=True)
class AddModel:
    """Download published weights, verify them, and put the model into the menus of models."""

    name: tyro.conf.Positional[str]
    """A name of the list; NAME/CHECKPOINT for one of several files."""
    file: Path | None = None
    """Take this file instead of downloading; for thesis, the downloaded folder."""
    yes: bool = False
    """Accept the license that is shown."""
    progress: bool = False
    """Write the progress as JSON lines, for programs."""


@dataclass(frozen=True)
class RemoveModel:
    """Take a model out of the menus, its files out of the cache and its hash out of the pins."""

    name: tyro.conf.Positional[str]
    """A name of the list; NAME/CHECKPOINT for one of several files."""


def parse_models(arguments: list[str]) -> ListModels | AddModel | RemoveModel:
    """The flags of ``perturber models list``, ``add`` or ``remove``; exits with status 2 when they are wrong."""
    kinds: dict[str, Any] = {"list": ListModels, "add": AddModel, "remove": RemoveModel}
    parsed: ListModels | AddModel | RemoveModel = tyro.extras.subcommand_cli_from_dict(
        kinds, args=arguments, prog="perturber models", description="Networks whose weights others publish."
    )
    return parsed

"""Conversion of session parameters to command-line flags, and back into a session."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, field, make_dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar

import tyro

from perturber.cli.options import SessionOptions
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
"""Parts whose fields are flags even if they have no control, with their path prefixes."""


def _flag(parameter: Parameter) -> tuple[str, Any, Any]:
    """Describe a parameter as a field of the flags dataclass; None unless given."""
    ends = [end for end in (parameter.low, parameter.high) if end is not None]
    span = f" [{' to '.join(f'{end:g}' for end in ends)}{'' if len(ends) > 1 else ' or more'}]" if ends else ""
    kind = TYPES.get(parameter.kind, str)
    argument = tyro.conf.arg(name=parameter.path, help=f"{parameter.doc}{span}".replace("\n", " "))
    return parameter.path.replace(".", "_"), Annotated[kind | None, argument], field(default=None)


def _complete_switches(arguments: list[str], switches: set[str]) -> list[str]:
    """Insert "True" after every switch that has no value."""
    following = [*arguments, "--"][1:]
    pairs = zip(arguments, following, strict=True)
    return [
        word
        for given, after in pairs
        for word in ((given, "True") if given in switches and after.startswith("-") else (given,))
    ]


def parse(
    options: type[T], arguments: list[str], called: str, description: str | None = None
) -> tuple[T, SessionOptions, dict[str, Any]]:
    """Return the command's own options, the common options, and the parameters given as flags, by path.

    Exits with status 2 and a message that names the flag if one is unknown or malformed.
    """
    walked = walk(replace(Session(), "scene.photo", Photo(file=FileRef(path=""))))
    parameters = [*walked, *(field for part, prefix in PLAIN.items() for field in plain_fields(part, prefix))]
    arguments = _complete_switches(arguments, {f"--{p.path}" for p in parameters if p.kind == "bool"})
    flags: Any = make_dataclass("Parameters", [_flag(p) for p in parameters])
    bare: Any = tyro.conf.OmitArgPrefixes
    kinds: dict[str, Any] = {"command": options, "common": SessionOptions, "parameters": flags}
    parts = [(name, bare[kind], field(default_factory=kind)) for name, kind in kinds.items()]
    parsed: Any = tyro.cli(make_dataclass("Arguments", parts), args=arguments, prog=called, description=description)
    values = asdict(parsed.parameters)
    typed = {p.path: values[p.path.replace(".", "_")] for p in parameters}
    return parsed.command, parsed.common, {path: value for path, value in typed.items() if value is not None}


def build_session(common: SessionOptions, typed: Mapping[str, Any]) -> Session:
    """Load the session file, or the default session, and apply all flags.

    Raises InputError that names the file or the parameter.
    """
    session = load(common.session) if common.session else Session()
    if common.pair:
        from perturber.scene.assets.views import with_pair

        session = with_pair(session, common.pair)
    if common.background:
        file = Path(common.background)
        named = {"scene.background.name": common.background, "scene.background.file": None}
        session = replace_all(session, {"scene.background.file": FileRef.of(file)} if os.path.exists(file) else named)
    if common.mesh:
        textures = {"diffuse": common.diffuse, "alpha": common.alpha}
        refs = {name: FileRef.of(path) if path else None for name, path in textures.items()}
        session = replace(session, "scene.subject", MeshSubject(mesh=FileRef.of(common.mesh), **refs))
    if common.photo:
        session = replace(session, "scene.photo", Photo(file=FileRef.of(common.photo)))
    if common.layer:
        session = replace(session, "probe.layer", common.layer)
    return replace_all(session, dict(typed))

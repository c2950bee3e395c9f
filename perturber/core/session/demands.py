"""What a session file asks for beyond its own folder: files to read, weights to download, code to run."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple

from perturber.core.parameters.plugin import Plugin, kind_of
from perturber.core.parameters.state import State
from perturber.core.session.models import ArchitectureModel
from perturber.core.session.session import Session
from perturber.core.storage.files import FileRef

Kind = Literal["read", "download", "run"]
OWN_PACKAGE = __name__.partition(".")[0]


class Demand(NamedTuple):
    """One thing that a session asks for."""

    kind: Kind
    what: str
    """Identifies it: a path, an architecture, a plug-in, or the SHA-256 of code."""
    text: str
    """Describes it, as a phrase that follows "This session wants to"."""


def demands(session: Session, folder: Path) -> tuple[Demand, ...]:
    """Return what a session asks for, each thing once; files in ``folder``, where it lies, are its own.

    Touches the disk only for paths that lie in ``folder`` by their name, to see whether a link leads out of it:
    a path such as ``\\\\server\\share`` must not be contacted in order to ask about it.
    """
    found = [*_read(session, folder), *_download(session), *_run(session)]
    return tuple({(demand.kind, demand.what): demand for demand in found}.values())


def _read(session: Session, folder: Path) -> Iterator[Demand]:
    for part in _parts(session):
        if isinstance(part, FileRef) and not _is_inside(part.path, folder):
            place = str(Path(part.path).absolute())
            yield Demand("read", place, f"read {place}")


def _is_inside(path: str, folder: Path) -> bool:
    """Whether a path leads into a folder, links and ``..`` resolved; False also for what is no path."""
    place, own = Path(path).absolute(), folder.absolute()
    if not place.is_relative_to(own):
        return False
    try:
        return place.resolve().is_relative_to(own.resolve())
    except (OSError, ValueError, RuntimeError):  # a circle of links, or a NUL in the name
        return False


def _download(session: Session) -> Iterator[Demand]:
    for part in _parts(session):
        if isinstance(part, ArchitectureModel) and part.weights is None:
            text = f"download the weights of {part.name} from their publisher, unless they have been downloaded before"
            yield Demand("download", part.name, text)


def _run(session: Session) -> Iterator[Demand]:
    custom = session.post.custom
    if custom.code != type(custom)().code:
        digest = hashlib.sha256(custom.code.encode("utf-8", "replace")).hexdigest()
        yield Demand("run", digest, "run GLSL code of its own on the graphics processor (Custom Parameter)")
    for part in _parts(session):
        if isinstance(part, Plugin) and (owner := type(part).__module__.partition(".")[0]) != OWN_PACKAGE:
            yield Demand("run", f"{owner}:{kind_of(type(part))}", f"run the plug-in {kind_of(type(part))} of {owner}")


def _parts(value: Any) -> Iterator[State]:
    """Every part of a session, the outer ones first."""
    if isinstance(value, State):
        yield value
        for name in type(value).model_fields:
            yield from _parts(getattr(value, name))
    elif isinstance(value, (tuple, list, frozenset)):
        yield from _each(value)
    elif isinstance(value, dict):
        yield from _each(value.values())


def _each(values: Iterable[Any]) -> Iterator[State]:
    for value in values:
        yield from _parts(value)

"""The session: everything that determines a frame, and its file format."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from annotated_types import Interval
from pydantic import Field, ValidationError

from perturber.core.errors import InputError, NewerVersionError
from perturber.core.parameters.parameter import Control, explain
from perturber.core.parameters.state import State
from perturber.core.session.attack import Attack
from perturber.core.session.attribution import Explain
from perturber.core.session.models import Models, Probe
from perturber.core.session.post import Post
from perturber.core.session.scene import Scene
from perturber.core.storage.files import write_whole

VERSION = 1
MIGRATIONS: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}
"""By version: a function that converts a file's dictionary to the next version."""
MAX_BYTES = 4 << 20


class Session(State):
    """Everything that determines a frame. Equal sessions give equal pixels and equal logits."""

    scene: Scene = Scene()
    post: Post = Post()
    models: Models = Models()
    attack: Attack = Field(default_factory=Attack)
    attribution: Explain = Explain()
    probe: Probe = Probe()
    seed: Annotated[int, Interval(ge=0, le=2**31 - 1), Control("Seed")] = 0
    """Seed of every random choice: patch order, noise."""


def dumps(session: Session) -> str:
    """Return the session as JSON text with its version."""
    return json.dumps({"perturber": VERSION, **session.model_dump(mode="json")}, indent=2) + "\n"


def _migrated(data: dict[str, Any], source: str) -> dict[str, Any]:
    version = data.pop("perturber", None)
    if not isinstance(version, int) or version < 1:
        raise InputError(
            source,
            "the field 'perturber' (file version) is missing or not a version number",
            f"a session file of version {VERSION} or older",
        )
    if version > VERSION:
        raise NewerVersionError(
            source, f"it is of version {version}, written by a newer Perturber", f"version {VERSION} or older"
        )
    for step in range(version, VERSION):
        data = MIGRATIONS[step](data)
    return data


def loads(text: str, source: str = "session") -> Session:
    """Return the session in a JSON text. Raises InputError that names ``source`` and the field."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:  # ValueError also for numbers with thousands of digits
        line = getattr(error, "lineno", None)
        raise InputError(source, f"it is not JSON ({error})", "a session saved by Perturber", line) from None
    if not isinstance(data, dict):
        raise InputError(source, "it is not a JSON object", "a session saved by Perturber")
    try:
        return Session.model_validate(_migrated(data, source))
    except ValidationError as error:
        problem = explain(error)
        raise InputError(source, f"{problem.source}: {problem.problem}", problem.expected) from None


def load(path: str | Path) -> Session:
    """Read a session file. Raises InputError that names the file and the field."""
    file = Path(path)
    try:
        if file.stat().st_size > MAX_BYTES:
            raise InputError(str(path), "it is larger than 4 MiB", "a session saved by Perturber")
        return loads(file.read_text(encoding="utf-8"), str(path))
    except OSError as error:
        raise InputError(str(path), error.strerror or str(error), "a readable session file") from error
    except UnicodeDecodeError:
        raise InputError(str(path), "it is not text", "a session saved by Perturber") from None


def save(session: Session, path: str | Path) -> None:
    """Write a session file atomically. Raises InputError when it cannot be written."""
    write_whole(path, dumps(session))

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
from perturber.core.parameters.state import State, find_no_text, validate_strictly
from perturber.core.printable import clean_line
from perturber.core.session.attack import Attack
from perturber.core.session.attribution import Explain
from perturber.core.session.models import Models, Probe
from perturber.core.session.post import Post
from perturber.core.session.scene import Scene
from perturber.core.storage.files import write_whole
from perturber.core.storage.reading import parse_json, read_text

VERSION = 1
MIGRATIONS: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}
"""By version: a function that converts a file's dictionary to the next version."""
MAX_BYTES = 4 << 20
EXPECTED = "a session saved by Perturber"


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
    if type(version) is not int or version < 1:  # true is an int, too
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
    data = parse_json(text, source, EXPECTED, finite=False)
    if not isinstance(data, dict):
        raise InputError(source, "it is not a JSON object", EXPECTED)
    where, what = find_no_text(data)
    if what:
        raise InputError(source, f"{clean_line(where)}: it has {what}", "a text")
    try:
        return validate_strictly(Session, _migrated(data, source))
    except ValidationError as error:
        problem = explain(error)
        raise InputError(source, f"{problem.source}: {problem.problem}", problem.expected) from None


def load(path: str | Path) -> Session:
    """Read a session file. Raises InputError that names the file and the field."""
    return loads(read_text(path, MAX_BYTES, EXPECTED), str(path))


def save(session: Session, path: str | Path) -> None:
    """Write a session file atomically. Raises InputError when it cannot be written."""
    write_whole(path, dumps(session))

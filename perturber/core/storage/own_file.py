"""JSON files for the user's own items: written atomically, moved aside when damaged."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import ValidationError

from perturber.core.errors import InputError, MissingFileError
from perturber.core.parameters.parameter import explain
from perturber.core.parameters.state import State, validate_strictly
from perturber.core.storage.files import write_whole
from perturber.core.storage.reading import parse_json, read_regular

MAX_BYTES = 4 << 20
C = TypeVar("C", bound=State)


class OwnFile(Generic[C]):
    """A JSON file that is read again before every change, so that two windows do not overwrite each other's changes.

    A damaged file is moved aside, never overwritten, and reported in ``message``. A file of a newer
    version is rejected and left unchanged.
    """

    content: ClassVar[type[State]]
    """Class of the content; its field named by ``mark`` holds the version."""
    mark: ClassVar[str]
    version: ClassVar[int] = 1
    what: ClassVar[str]
    """Name of the content in messages, such as presets."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.message = ""
        """Message that says that the file was damaged and where it is now; empty otherwise."""

    def _read(self) -> C:
        try:
            content = read_regular(self.file, MAX_BYTES, f"a file of {self.what}")
        except MissingFileError:
            return self._parsed({})
        try:
            data = parse_json(content.decode("utf-8-sig"), self.what, finite=False)
        except UnicodeDecodeError:
            return self._put_aside("it is not text in UTF-8")
        except InputError as error:
            return self._put_aside(error.problem)
        self._refuse_newer(data)
        try:
            return self._parsed(data)
        except ValidationError as error:
            problem = explain(error, self.what.rpartition(" ")[2])
            return self._put_aside(f"{problem.source}: {problem.problem}")

    def _write(self, content: C) -> None:
        """Write the file. Raises InputError when it cannot be written."""
        data = {self.mark: self.version, **content.model_dump(mode="json", exclude_defaults=True)}
        write_whole(self.file, json.dumps(data, indent=1, ensure_ascii=False) + "\n", make_folder=True)

    def _parsed(self, data: Any) -> C:
        return validate_strictly(self.content, data)  # type: ignore[return-value]

    def _refuse_newer(self, data: Any) -> None:
        version = data.get(self.mark) if isinstance(data, dict) else None
        if type(version) is int and version > self.version:
            problem = f"it is of version {version}, written by a newer Perturber"
            raise InputError(str(self.file), problem, f"version {self.version}")

    def _put_aside(self, problem: str) -> C:
        """Move a damaged file aside to an unused name and return empty content."""
        try:
            aside = put_aside(self.file)
        except OSError as error:
            raise InputError(str(self.file), f"it is damaged ({problem}) and cannot be moved aside") from error
        self.message = f"{self.file.name} was damaged ({problem:.160}); it is kept as {aside}. A new file was started."
        return self._parsed({})


def put_aside(file: Path) -> Path:
    """Move a damaged file to an unused name beside it, and return that. Raises OSError."""
    number = 1
    while os.path.lexists(aside := file.with_name(f"{file.stem}.damaged-{number}{file.suffix}")):
        number += 1
    return file.rename(aside)

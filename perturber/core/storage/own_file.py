"""JSON files for the user's own items: written atomically, moved aside when damaged."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import ValidationError

from perturber.core.errors import InputError
from perturber.core.parameters.parameter import explain
from perturber.core.parameters.state import State
from perturber.core.storage.file_lock import locked
from perturber.core.storage.files import write_whole

MAX_BYTES = 4 << 20
C = TypeVar("C", bound=State)


class OwnFile(Generic[C]):
    """A JSON file that is locked and read again for every change, so that no window overwrites another's changes.

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

    @contextmanager
    def _change(self) -> Iterator[C]:
        """Give the content, and keep other processes from changing it until the block ends."""
        with locked(self.file):
            yield self._read(is_locked=True)

    def _read(self, is_locked: bool = False) -> C:
        try:
            if not self.file.is_file():
                return self._parsed({})
            if self.file.stat().st_size > MAX_BYTES:
                raise InputError(str(self.file), "it is larger than 4 MiB", f"a file of {self.what}")
            data = json.loads(self.file.read_text(encoding="utf-8"))
            self._refuse_newer(data)
            return self._parsed(data)
        except OSError as error:
            raise InputError(str(self.file), error.strerror or str(error), "a readable file") from error
        except ValidationError as error:
            problem = explain(error, self.what.rpartition(" ")[2])
            damage = f"{problem.source}: {problem.problem}"
        except (ValueError, RecursionError) as error:
            damage = f"it is not JSON ({error})"
        if not is_locked:  # another window may have put the damaged file aside and written a new one
            with locked(self.file):
                return self._read(is_locked=True)
        return self._put_aside(damage)

    def _write(self, content: C) -> None:
        """Write the file. Raises InputError when it cannot be written."""
        data = {self.mark: self.version, **content.model_dump(mode="json", exclude_defaults=True)}
        write_whole(self.file, json.dumps(data, indent=1, ensure_ascii=False) + "\n", make_folder=True)

    def _parsed(self, data: Any) -> C:
        return self.content.model_validate(data)  # type: ignore[return-value]

    def _refuse_newer(self, data: Any) -> None:
        version = data.get(self.mark) if isinstance(data, dict) else None
        if isinstance(version, int) and version > self.version:
            problem = f"it is of version {version}, written by a newer Perturber"
            raise InputError(str(self.file), problem, f"version {self.version}")

    def _put_aside(self, problem: str) -> C:
        """Move a damaged file aside to an unused name and return empty content."""
        aside = put_aside(self.file, problem)
        self.message = f"{self.file.name} was damaged ({problem:.160}); it is kept as {aside}. A new file was started."
        return self._parsed({})


def put_aside(file: Path, problem: str) -> Path:
    """Rename a damaged file to an unused name beside it; return that. Raises InputError when it cannot be renamed."""
    number = 1
    while (aside := file.with_name(f"{file.stem}.damaged-{number}{file.suffix}")).exists():
        number += 1
    try:
        file.rename(aside)
    except OSError as error:
        raise InputError(str(file), f"it is damaged ({problem}) and cannot be moved aside") from error
    return aside

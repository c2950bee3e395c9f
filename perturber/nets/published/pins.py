"""Pinned hashes of files without a documented hash: recorded at the first download and required afterwards."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError

from perturber.core.damage import report_damage
from perturber.core.errors import InputError, MissingFileError
from perturber.core.parameters.parameter import explain
from perturber.core.parameters.state import State
from perturber.core.storage.files import replace_file
from perturber.core.storage.reading import read_json

FILE = "pins.json"
MAX_BYTES = 4 << 20
EXPECTED = "the pinned hashes; delete the file to pin the next downloads again"


class Pin(State):
    """The hash and origin of a file at its first download."""

    sha256: str
    date: str
    """UTC date as YYYY-MM-DD."""
    origin: str
    """URL or path of the file."""
    size: Annotated[int, Field(ge=0)] = 0
    """Size in bytes; 0 for pins of earlier versions, which did not record it."""

    def describe(self) -> str:
        """Return the pin as text: hash, date, size and origin."""
        size = describe_size(self.size)
        return f"{self.sha256} (pinned on {self.date}{size and ', '}{size}, from {self.origin:.300})"


def describe_size(size: int) -> str:
    """Return a number of bytes for display; empty if it is 0, which means unknown."""
    return f"{size / 1e6:.1f} MB ({size} bytes)" if size else ""


class Pins:
    """The pins file of a folder, read at each access because other processes write it too."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE

    def get(self, key: str) -> Pin | None:
        """Return the pin of a file, or None. Raises InputError if it cannot be read."""
        found = self._read().get(key)
        if found is None:
            return None
        try:
            return Pin.model_validate(found)
        except ValidationError as error:
            problem = explain(error, key)
            raise InputError(str(self._file), f"{problem.source}: {problem.problem}", EXPECTED) from None

    def put(self, key: str, sha256: str, origin: str, size: int = 0) -> Pin:
        """Pin a file with today's date. Raises OSError if the pins cannot be written."""
        pin = Pin(sha256=sha256, date=datetime.now(UTC).date().isoformat(), origin=origin, size=size)
        self._write({**self._read(), key: pin.model_dump()})
        return pin

    def drop(self, prefix: str) -> None:
        """Delete all pins whose key starts with ``prefix``. Raises OSError if the pins cannot be written.

        Pins that cannot be read are left alone and reported.
        """
        try:
            known = self._read()
        except InputError as error:
            report_damage(error)
            return
        kept = {key: pin for key, pin in known.items() if not key.startswith(prefix)}
        if kept != known:
            self._write(kept)

    def _read(self) -> dict[str, Any]:
        """Return the pins by key, each to be validated when it is used: a damaged one costs only itself."""
        try:
            data = read_json(self._file, MAX_BYTES, EXPECTED)
        except MissingFileError:
            return {}
        if not isinstance(data, dict):
            raise InputError(str(self._file), "it is not an object with the pins by file", EXPECTED)
        return data

    def _write(self, pins: dict[str, Any]) -> None:
        replace_file(self._file, json.dumps(pins, indent=1, sort_keys=True) + "\n")

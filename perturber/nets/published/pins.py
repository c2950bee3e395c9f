"""Pinned hashes of files without a documented hash: recorded at the first download and required afterwards."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from perturber.core.errors import InputError, MissingFileError
from perturber.core.parameters.state import State
from perturber.core.storage.files import replace_file
from perturber.core.storage.reading import read_json

FILE = "pins.json"


class Pin(State):
    """The hash and origin of a file at its first download."""

    sha256: str
    date: str
    """UTC date as YYYY-MM-DD."""
    origin: str
    """URL or path of the file."""


class Pins:
    """The pins file of a folder, read at each access because other processes write it too."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE

    def get(self, key: str) -> Pin | None:
        """Return the pin of a file, or None. Raises InputError if the pins cannot be read."""
        return self._read().get(key)

    def put(self, key: str, sha256: str, origin: str) -> None:
        """Pin a file with today's date. Raises OSError if the pins cannot be written."""
        pin = Pin(sha256=sha256, date=datetime.now(UTC).date().isoformat(), origin=origin)
        self._write({**self._read(), key: pin})

    def drop(self, prefix: str) -> None:
        """Delete all pins whose key starts with ``prefix``. Raises OSError if the pins cannot be written."""
        known = self._read()
        kept = {key: pin for key, pin in known.items() if not key.startswith(prefix)}
        if kept != known:
            self._write(kept)

    def _read(self) -> dict[str, Pin]:
        try:
            data = read_json(self._file, expected="the pinned hashes")
            return {str(key): Pin.model_validate(value) for key, value in data.items()}
        except MissingFileError:
            return {}
        except (ValueError, AttributeError) as error:
            raise InputError(str(self._file), f"it cannot be read ({error})", "the pinned hashes") from None

    def _write(self, pins: dict[str, Pin]) -> None:
        data = {key: pin.model_dump() for key, pin in sorted(pins.items())}
        replace_file(self._file, json.dumps(data, indent=1) + "\n")

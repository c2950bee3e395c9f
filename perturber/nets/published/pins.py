"""Hashes of files for which none is documented: noted when a file is first fetched, and required from then on."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from perturber.core.errors import InputError
from perturber.core.parameters.state import State
from perturber.core.storage.files import replace_file

FILE = "pins.json"


class Pin(State):
    """What a file was when it was first fetched."""

    sha256: str
    date: str
    """Day, as YYYY-MM-DD, UTC."""
    origin: str
    """URL or path it came from."""


class Pins:
    """The pins file of a folder, read again for every question: other processes write it too."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE

    def get(self, key: str) -> Pin | None:
        """The pin of a file. Raises InputError when the pins cannot be read."""
        return self._read().get(key)

    def put(self, key: str, sha256: str, origin: str) -> None:
        """Pin a file now. Raises OSError when the pins cannot be written."""
        pin = Pin(sha256=sha256, date=datetime.now(UTC).date().isoformat(), origin=origin)
        self._write({**self._read(), key: pin})

    def drop(self, prefix: str) -> None:
        """Forget all pins whose key starts so. Raises OSError when the pins cannot be written."""
        known = self._read()
        kept = {key: pin for key, pin in known.items() if not key.startswith(prefix)}
        if kept != known:
            self._write(kept)

    def _read(self) -> dict[str, Pin]:
        try:
            data = json.loads(self._file.read_text(encoding="utf-8"))
            return {str(key): Pin.model_validate(value) for key, value in data.items()}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, AttributeError) as error:
            raise InputError(str(self._file), f"it cannot be read ({error})", "the pinned hashes") from None

    def _write(self, pins: dict[str, Pin]) -> None:
        data = {key: pin.model_dump() for key, pin in sorted(pins.items())}
        replace_file(self._file, json.dumps(data, indent=1) + "\n")

"""What the window stores between runs: layout and appearance. Never part of a session."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from PySide6.QtCore import QByteArray, QSettings, QStandardPaths

from perturber.platforms import current

NAME = "Perturber"
RECENT = 8


class Settings:
    """Typed access to QSettings; ``file`` (an INI file) replaces the user's own settings."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._seen: dict[str, object] = {}
        self.problem = ""
        """Message that says what was wrong with the settings file; empty otherwise."""
        self._store = self._opened()

    def _opened(self) -> QSettings:
        """Return the store; a damaged file is moved aside, and settings start with their defaults."""
        place = self._place()
        if place is not None and os.path.lexists(place) and not place.is_file():
            self._start_over(place, "it is not a file")  # before it is opened, since a pipe would block
        store = self._new_store()
        store.allKeys()  # reads the file
        if place is not None and store.status() == QSettings.Status.FormatError:
            self._start_over(place, "it cannot be read as settings")
            store = self._new_store()
        if store.status() == QSettings.Status.AccessError:
            self.problem = f"{store.fileName()}: it cannot be read; the settings are the default ones"
        return store

    def _place(self) -> Path | None:
        """Return the settings file, which may not exist; None where the system keeps settings elsewhere."""
        if self._file is not None:
            return self._file
        if current().system != "linux":
            return None
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericConfigLocation)
        return Path(folder) / NAME / f"{NAME}.conf"

    def _start_over(self, place: Path, problem: str) -> None:
        """Move a damaged file aside, and say so."""
        from perturber.core.errors import InputError  # imported late, because the window opens first
        from perturber.core.storage.own_file import put_aside

        try:
            kept = f"it is kept as {put_aside(place, problem).name}"
        except InputError as error:
            kept = f"it cannot be moved aside ({error})"
        self.problem = f"{place}: {problem}; {kept}, and the settings are the default ones"

    def _new_store(self) -> QSettings:
        if self._file is None:
            return QSettings(NAME, NAME)
        return QSettings(str(self._file), QSettings.Format.IniFormat)

    @property
    def folder(self) -> Path:
        """The folder for the window's own files."""
        if self._file is not None:
            return self._file.parent
        from perturber.paths import cache  # imported late, because the window opens first

        return cache() / "window"

    @property
    def groups_file(self) -> Path:
        """The file with the user's neuron groups; may not exist."""
        from perturber.paths import own_groups  # imported late, as above

        return self._beside(own_groups())

    @property
    def presets_file(self) -> Path:
        """The file with the user's edits of weights; may not exist."""
        from perturber.paths import own_presets  # imported late, as above

        return self._beside(own_presets())

    @property
    def trusted_file(self) -> Path:
        """The file with what the user accepted of other people's sessions; may not exist."""
        from perturber.paths import trusted  # imported late, as above

        return self._beside(trusted())

    def _beside(self, own: Path) -> Path:
        """Return one of the user's own files, or the one of its name beside the file that replaces the settings."""
        return own if self._file is None else self._file.parent / own.name

    def text(self, key: str, default: str) -> str:
        stored = self._store.value(key, default)
        value = stored if isinstance(stored, str) else default
        self._seen[key] = value
        return value

    def flag(self, key: str, default: bool) -> bool:
        return self.text(key, "yes" if default else "no") == "yes"

    def layout(self, key: str) -> QByteArray:
        """Return a saved geometry or splitter state; empty if there is none."""
        stored: Any = self._store.value(key)
        value = stored if isinstance(stored, QByteArray) else QByteArray()
        self._seen[key] = value
        return value

    def put(self, key: str, value: str | bool | QByteArray) -> None:
        """Store a value, unless this window has not changed it: another window may have, meanwhile."""
        stored = ("yes" if value else "no") if isinstance(value, bool) else value
        if self._seen.get(key) != stored:
            self._seen[key] = stored
            self._store.setValue(key, stored)

    def lines(self, key: str) -> list[str]:
        """Return a saved list of texts."""
        return [line for line in self.text(key, "").split("\n") if line]

    @property
    def recent(self) -> list[str]:
        """Recently opened or saved session files, newest first, also those of other windows."""
        self._store.sync()
        return self.lines("recent")

    def add_recent(self, path: str) -> None:
        """Move a file to the head of the recent files. Nothing happens while another process holds them."""
        from perturber.core.errors import InputError  # imported late, as above
        from perturber.core.storage.file_lock import locked

        with suppress(InputError), locked(self.folder / "recent", patience=1):
            self.put("recent", "\n".join([path, *(p for p in self.recent if p != path)][:RECENT]))
            self._store.sync()

    def flush(self) -> None:
        """Write the settings to disk."""
        self._store.sync()

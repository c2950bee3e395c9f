"""What the window stores between runs: layout and appearance. Never part of a session."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

from PySide6.QtCore import QByteArray, QSettings

RECENT = 8


class Settings:
    """Typed access to QSettings; ``file`` (an INI file) replaces the user's own settings."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._seen: dict[str, object] = {}
        if file is None:
            self._store = QSettings("Perturber", "Perturber")
        else:
            self._store = QSettings(str(file), QSettings.Format.IniFormat)

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
        if self._file is not None:
            return self._file.parent / "groups.json"
        from perturber.paths import own_groups  # imported late, as above

        return own_groups()

    @property
    def presets_file(self) -> Path:
        """The file with the user's edits of weights; may not exist."""
        if self._file is not None:
            return self._file.parent / "presets.json"
        from perturber.paths import own_presets  # imported late, as above

        return own_presets()

    @property
    def trusted_file(self) -> Path:
        """The file with what the user accepted of other people's sessions; may not exist."""
        if self._file is not None:
            return self._file.parent / "trusted.json"
        from perturber.paths import trusted  # imported late, as above

        return trusted()

    def text(self, key: str, default: str) -> str:
        value = self._store.value(key, default)
        self._seen[key] = value if isinstance(value, str) else default
        return value if isinstance(value, str) else default

    def flag(self, key: str, default: bool) -> bool:
        return self.text(key, "yes" if default else "no") == "yes"

    def layout(self, key: str) -> QByteArray:
        """Return a saved geometry or splitter state; empty if there is none."""
        value: Any = self._store.value(key)
        self._seen[key] = value if isinstance(value, QByteArray) else QByteArray()
        return value if isinstance(value, QByteArray) else QByteArray()

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

"""What the window remembers between runs: layout and looks. Never part of a session."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QByteArray, QSettings

RECENT = 8


class Settings:
    """A thin, typed front of QSettings; ``file`` (an INI file) takes the place of the user's own."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        if file is None:
            self._store = QSettings("Perturber", "Perturber")
        else:
            self._store = QSettings(str(file), QSettings.Format.IniFormat)

    @property
    def folder(self) -> Path:
        """Where the window may keep files of its own."""
        if self._file is not None:
            return self._file.parent
        from perturber.paths import cache  # late: the window opens before anything else is imported

        return cache() / "window"

    @property
    def groups_file(self) -> Path:
        """The file with the user's own neuron groups; may not exist."""
        if self._file is not None:
            return self._file.parent / "groups.json"
        from perturber.paths import own_groups  # late, as above

        return own_groups()

    @property
    def presets_file(self) -> Path:
        """The file with the user's own edits of weights; may not exist."""
        if self._file is not None:
            return self._file.parent / "presets.json"
        from perturber.paths import own_presets  # late, as above

        return own_presets()

    def text(self, key: str, default: str) -> str:
        value = self._store.value(key, default)
        return value if isinstance(value, str) else default

    def flag(self, key: str, default: bool) -> bool:
        return self.text(key, "yes" if default else "no") == "yes"

    def layout(self, key: str) -> QByteArray:
        """A saved geometry or splitter state; empty when there is none."""
        value: Any = self._store.value(key)
        return value if isinstance(value, QByteArray) else QByteArray()

    def put(self, key: str, value: str | bool | QByteArray) -> None:
        """Remember a value."""
        self._store.setValue(key, ("yes" if value else "no") if isinstance(value, bool) else value)

    def lines(self, key: str) -> list[str]:
        """A saved list of texts."""
        return [line for line in self.text(key, "").split("\n") if line]

    @property
    def recent(self) -> list[str]:
        """Session files opened or saved last, newest first."""
        return self.lines("recent")

    def add_recent(self, path: str) -> None:
        """Put a file at the head of the recent ones."""
        self.put("recent", "\n".join([path, *(p for p in self.recent if p != path)][:RECENT]))

    def flush(self) -> None:
        """Write to disk."""
        self._store.sync()

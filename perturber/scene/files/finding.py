"""Where the files lie that a mesh names: exporters write absolute paths, other letter cases and other folders."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

TEXTURES = "textures"
"""The folder beside or above a mesh in which many archives keep its pictures."""
ABSOLUTE = re.compile(r"^(/|[A-Za-z]:|\w+://)")


@dataclass(frozen=True)
class FoundFile:
    """A file that a mesh names, and what its name differs in."""

    path: Path
    remark: str = ""


class FileFinder:
    """Searches the folder of a mesh and what is below it, for pictures also its parent, never anything outside."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._above = folder if folder.parent == folder.parent.parent else folder.parent
        self._root = folder
        self._listings: dict[Path, dict[str, str]] = {}

    def find(self, key: str, above: bool) -> FoundFile | None:
        """Return the file of that name; by its last part alone where the path as a whole does not exist.

        With ``above`` it may lie in the folder above, or below that.
        """
        self._root = self._above if above else self._folder
        places = list(dict.fromkeys(self._places(key)))
        for place in places:
            if (path := self._walk(place, exactly=True)) is not None:
                return FoundFile(path)
        for place in places:
            if (path := self._walk(place, exactly=False)) is not None:
                return FoundFile(path, f"{path.name} is used for {key[:80]}, which differs in letter case")
        return None

    def _places(self, key: str) -> list[str]:
        """Return the relative paths at which a file can lie, the likeliest first."""
        plain, raw = unquote(key.strip()).replace("\\", "/"), key.strip()
        names = [name for name in (plain, raw) if name and not ABSOLUTE.match(name)]
        last = plain.rsplit("/", 1)[-1]
        if last and last not in {".", ".."}:
            names += [last, f"{TEXTURES}/{last}", f"../{TEXTURES}/{last}"]
        if len(words := plain.split()) > 1:
            names.append(words[-1].rsplit("/", 1)[-1])
        return [name for name in names if "\0" not in name]

    def _walk(self, place: str, exactly: bool) -> Path | None:
        """Return the file at a path relative to the folder, unless that leads out of what may be searched."""
        path = self._folder
        try:
            for part in PurePosixPath(place).parts:
                inner = path.parent if part == ".." else path / part
                if not exactly and part != ".." and not inner.exists():
                    other = self._listing(path).get(_folded(part))
                    if other is None:
                        return None
                    inner = path / other
                path = inner
                if not path.is_relative_to(self._root):
                    return None
            path = path.resolve()
            return path if path.is_relative_to(self._root) and path.is_file() else None
        except (OSError, ValueError):  # names that are too long
            return None

    def _listing(self, folder: Path) -> dict[str, str]:
        if folder not in self._listings:
            self._listings[folder] = {_folded(path.name): path.name for path in sorted(folder.iterdir(), reverse=True)}
        return self._listings[folder]


def _folded(name: str) -> str:
    """Return a name without letter case, and with its accents in one form (macOS stores another)."""
    return unicodedata.normalize("NFC", name).casefold()

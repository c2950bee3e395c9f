"""Where things lie: the only module that knows about folders."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

from platformdirs import user_cache_path, user_config_path

PACKAGE = Path(__file__).resolve().parent


def _shipped(name: str) -> Path:
    """A resource folder: beside the package in a checkout, inside it in a wheel."""
    inside = PACKAGE / name
    return inside if inside.is_dir() else PACKAGE.parent / name


def shaders() -> Path:
    return _shipped("shaders")


def assets() -> Path:
    return _shipped("assets")


def models() -> Path:
    return _shipped("models")


def cache() -> Path:
    """The user's cache, made when missing, if that is possible."""
    path = _rooted(user_cache_path("perturber"), ".cache")
    with suppress(OSError):
        path.mkdir(parents=True, exist_ok=True)
    return path


def own_groups() -> Path:
    """The file with the user's own neuron groups; may not exist."""
    return _config() / "groups.json"


def own_presets() -> Path:
    """The file with the user's own edits of weights; may not exist."""
    return _config() / "presets.json"


def trusted() -> Path:
    """The file with what the user accepted of other people's sessions; may not exist."""
    return _config() / "trusted.json"


def wordnets() -> tuple[Path, ...]:
    """Folders in which a WordNet may be installed, best first: as its own programs, Debian and NLTK look for it."""
    named = [Path(os.environ["WNSEARCHDIR"])] if os.environ.get("WNSEARCHDIR") else []
    named += [Path(os.environ["WNHOME"], "dict")] if os.environ.get("WNHOME") else []
    usual = [Path("/usr/share/wordnet"), Path("/usr/local/WordNet-3.0/dict")]
    own = [Path(place) for place in os.environ.get("NLTK_DATA", "").split(os.pathsep) if place]
    shared = [Path("~").expanduser(), Path(sys.prefix), *map(Path, ("/usr/share", "/usr/local/share", "/usr/lib"))]
    nltk = [*own, *(place / "nltk_data" for place in shared)]
    return (*named, *usual, *(place / "corpora" / "wordnet" for place in nltk))


def _config() -> Path:
    return _rooted(user_config_path("perturber"), ".config")


def _rooted(folder: Path, usual: str) -> Path:
    """A folder of the user's, or the usual one: relative XDG_ variables are to be ignored, says their specification."""
    if folder.is_absolute():
        return folder
    home = Path(os.path.expanduser("~"))
    if not home.is_absolute():  # neither HOME nor an entry in the list of users
        from tempfile import gettempdir

        home = Path(gettempdir()) / f"home-{os.getuid() if hasattr(os, 'getuid') else 0}"
    return home / usual / "perturber"

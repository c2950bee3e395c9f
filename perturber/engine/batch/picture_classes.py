"""The classes that pictures show, read from their names."""

from __future__ import annotations

from pathlib import PurePosixPath

from perturber.nets.families.class_pictures import WNID
from perturber.nets.lookup.labels import Labels


def class_in(name: str) -> str:
    """Return the WordNet id that a picture's name begins with, or else that of its folder; empty without one."""
    path = PurePosixPath(name)
    match = WNID.match(path.name) or WNID.match(path.parent.name)
    return match[0] if match is not None else ""


def shown_class(labels: Labels, name: str) -> int | None:
    """Return the number of the class that a picture shows, or None if its name does not say.

    ``name`` is the path below the opened folder. The class is named by a WordNet id (`class_in`) that the network
    knows, or by the folder: the name of exactly one class, in any case and with spaces or underscores, or, for a
    network without class names, its number (``3``).
    """
    number = labels.index(class_in(name))
    if number is not None:
        return number
    folder = _plain(PurePosixPath(name).parent.name)
    if not folder:
        return None
    names = [_plain(known) for known in labels.names]
    if names.count(folder) == 1:
        return names.index(folder)
    return names.index(f"class {folder}") if folder.isdecimal() and f"class {folder}" in names else None


def _plain(name: str) -> str:
    return " ".join(name.lower().replace("_", " ").split())

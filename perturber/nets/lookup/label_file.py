"""Labels from a file of the user: a text with a class per line, or JSON."""

from __future__ import annotations

import re
from pathlib import Path

from perturber.core.errors import InputError
from perturber.core.storage.reading import parse_json, read_text
from perturber.nets.lookup.labels import Labels, imagenet

MAX_BYTES = 8 << 20
WNID = re.compile(r"(n\d{8})(?:[\s,;:]+(.*))?")
EXPECTED = "a class per line, in the order of the outputs: a name, or a WordNet id and a name"


def read_labels(file: Path) -> Labels:
    """Return the labels in a text file (UTF-8), one line per class in the order of the network's outputs.

    A line is a name, a WordNet id and a name, or a WordNet id of ImageNet alone; empty lines at the end do not count.
    A .json file holds a list of names or of pairs, or a dictionary of these by number. Raises InputError that
    names the file and the line.
    """
    text = read_text(file, MAX_BYTES, EXPECTED)
    lines = _json_lines(file, text) if file.suffix.lower() == ".json" else text.rstrip().splitlines()
    pairs = [_pair(file, line.strip(), number) for number, line in enumerate(lines, 1)]
    if not pairs:
        raise InputError(str(file), "it holds no labels", EXPECTED)
    _check_unique(file, [wnid for wnid, _ in pairs])
    return Labels(tuple(wnid for wnid, _ in pairs), tuple(name for _, name in pairs))


def labels_from(file: Path, classes: int, network: str) -> Labels:
    """Return the labels in a file for a network with ``classes`` classes. Raises InputError for another number."""
    labels = read_labels(file)
    if len(labels) != classes:
        problem = f"it has {len(labels)} labels, but {network} has {classes} classes"
        raise InputError(str(file), problem, f"{classes} lines, one for each class")
    return labels


def _pair(file: Path, line: str, number: int) -> tuple[str, str]:
    """Return the WordNet id (empty if there is none) and the name."""
    if not line:
        raise InputError(str(file), "the line is empty", EXPECTED, number)
    found = WNID.fullmatch(line)
    if found is None:
        return "", line
    known = imagenet()
    index = known.index(found[1])
    return found[1], found[2] or (found[1] if index is None else known.names[index])


def _check_unique(file: Path, wnids: list[str]) -> None:
    seen: dict[str, int] = {}
    for number, wnid in enumerate(wnids, 1):
        if wnid and wnid in seen:
            raise InputError(str(file), f"{wnid} is already in line {seen[wnid]}", "each class once", number)
        seen[wnid] = number


def _json_lines(file: Path, text: str) -> list[str]:
    """Return the JSON's entries as lines of a text file."""
    try:
        found = parse_json(text, str(file), EXPECTED)
        if isinstance(found, dict):
            found = [found[str(number)] for number in range(len(found))]
        return [" ".join(entry) if isinstance(entry, list) else str(entry) for entry in found]
    except (KeyError, TypeError):
        raise InputError(str(file), "it is not a JSON list of names or pairs", EXPECTED) from None

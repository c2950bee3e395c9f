"""How the program speaks: no archaic words, American spelling, the field's nouns."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PLACES = [
    *(ROOT / name for name in ("perturber", "scripts", "benchmarks", "assets", "shaders", "docs")),
    ROOT / "README.md",
]
ENDINGS = {".py", ".md", ".toml", ".frag", ".glsl", ".vert", ".css"}
FILES = sorted(
    file
    for place in PLACES
    for file in ([place] if place.is_file() else place.rglob("*"))
    if file.suffix in ENDINGS and "__pycache__" not in file.parts
)
INSTEAD = {
    r"anew": "again",
    r"upon": "on",
    r"whom": "who",
    r"shall": "should, must, or the present tense",
    r"nobody": "no one, or the passive",
    r"somebody": "someone, or the thing itself",
    r"noughts?": "zeros",
    r"ever more|ever after": "then keep going, from then on",
    r"is another than|are another than": "differs from",
    r"lets? go of": "release",
    r"told of": "reported",
    r"tak(?:es?|en|ing) up": "restores, continues",
    r"kept from": "since",
    r"slopes?": "gradient (a hill or a roof may slope: see EXCEPT)",
    r"whilst|amongst|thereof|therein|hitherto|henceforth|lest|ere": "plain English",
    r"reckon(?:s|ed|ing)?": "compute, count",
    r"fares?": "performs",
    r"\w*colour\w*": "color",
    r"centred?|centring": "center",
    r"(?:normal|optim|visual|random|raster|linear|equal|recogn)is(?:e[drs]?|ing|ation)s?": "-ize",
    r"(?:regular|minim|maxim|parameter|serial)is(?:e[drs]?|ing|ation)s?": "-ize",
    r"catalogues?|licences?|neighbours?|favourites?|behaviours?|labelled|learnt|grey(?:s|ish)?": "American spelling",
}
EXCEPT: dict[str, tuple[str, ...]] = {
    "nets/families/family.py": ("licence",),  # the field's former name in files
    "nets/published/catalog.py": ("licence", "catalogue"),  # former names of a field and of a file
    "search/flip_search.py": ("slope",),  # of a line through two points
    "attributions/integrated_gradients.py": ("grey",),  # a value in session files, as in the next three
    "attributions/occlusion.py": ("grey",),
    "attributions/rise.py": ("grey",),
    "networks/explained.py": ("grey",),
    "gui/base/rows.py": ("grey",),  # the same value, displayed as gray
    "backgrounds/backgrounds.toml": ("grey",),  # a background's name in session files, as in the next
    "scripts/believed.py": ("grey",),
}
"""Words that a file may use all the same, by the end of its path."""


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_plain_american_english(file: Path):
    place = str(file.relative_to(ROOT))
    allowed = {word for end, words in EXCEPT.items() if place.endswith(end) for word in words}
    text = file.read_text(encoding="utf-8")
    found = [
        f"{number}: {match[0]} -> {better}"
        for number, line in enumerate(text.splitlines(), 1)
        for pattern, better in INSTEAD.items()
        for match in re.finditer(rf"(?<![\w-])(?:{pattern})(?![\w-])", line, re.IGNORECASE)
        if match[0].lower() not in allowed
    ]
    assert not found, "\n".join(found)

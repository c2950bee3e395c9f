"""Write the generated pages into the documentation while MkDocs builds it (run by mkdocs-gen-files)."""

from __future__ import annotations

import re
from pathlib import Path

import mkdocs_gen_files

from scripts.reference.commands import all_help, command_page
from scripts.reference.homes import FAMILIES
from scripts.reference.speed import recorded, speed_page
from scripts.reference.tables import member_table, parameter_tables

ROOT = Path(__file__).resolve().parents[2]
COPIES = {"CHANGELOG.md": "changelog.md", "CONTRIBUTING.md": "contributing.md", "SECURITY.md": "security.md"}
"""Pages of the repository that are also pages of the documentation."""
REPOSITORY = "https://github.com/perturber/perturber/blob/main/"
HEADS = {
    "parameters.md": "# Parameters\n\nEvery parameter has a slider or switch with its label in the window and a flag "
    "of the same name on the command line, and can be swept, searched and saved.\n\n",
    "commands.md": "# Commands\n\nExit codes: 0 done, 2 bad input (the message names the file or flag), 3 the machine "
    "lacks something, such as OpenGL.\n\n",
}


def fill(page: str, **parts: str) -> str:
    """Return a page with generated parts in place of its markers ``<!-- generated: NAME -->``."""
    for name, part in parts.items():
        page = page.replace(f"<!-- generated: {name} -->", part)
    return page


def elsewhere(page: str) -> str:
    """Return a page of the repository with its relative links pointed at the repository or at the copied pages."""

    def lead(match: re.Match[str]) -> str:
        return f"]({COPIES.get(match[1], REPOSITORY + match[1])})"

    return re.sub(r"\]\((?!https?:|#)([^)]+)\)", lead, page)


def main() -> None:
    """Write all generated pages."""
    docs = ROOT / "docs"
    tables = {subject: member_table(subject) for subject in FAMILIES}
    for page in sorted(docs.rglob("*.md")):
        text = page.read_text(encoding="utf-8")
        if "<!-- generated:" in text:
            _write(str(page.relative_to(docs)), fill(text, speed=speed_page(recorded()), **tables))
    _write("reference/parameters.md", HEADS["parameters.md"] + parameter_tables())
    _write("reference/commands.md", HEADS["commands.md"] + command_page(all_help()))
    for name, copy in COPIES.items():
        _write(copy, elsewhere((ROOT / name).read_text(encoding="utf-8")))


def _write(name: str, text: str) -> None:
    with mkdocs_gen_files.open(name, "w") as stream:
        stream.write(text)


main()

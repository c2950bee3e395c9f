"""The commands that exist: every file ``<name>_command.py`` in a folder of `perturber.cli` is one.

A file ends with ``COMMAND = …``, an instance of one of the classes of `perturber.cli.command`. Names come from
the file names and summaries from the source text, so that neither imports a command and what it needs.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, cast

from perturber.cli.output import first_paragraph

if TYPE_CHECKING:
    from perturber.cli.command import AnyCommand

SUFFIX = "_command"
WINDOW = "window"
"""The command that runs when none is named; its own name is not one that can be typed."""


class CommandSummary(NamedTuple):
    """A command, or one member of a group of commands, as documentation shows it."""

    summary: str
    """The first paragraph of its options' docstring."""
    options: str
    """Dotted path of the dataclass of its options."""


@cache
def command_modules() -> dict[str, str]:
    """Return the module of every command by the command's name, in alphabetical order."""
    # The folder is read, not the packages: importing them would delay the window.
    files = Path(__file__).parent.glob(f"*/*{SUFFIX}.py")
    found = {file.stem.removesuffix(SUFFIX): f"{__package__}.{file.parent.name}.{file.stem}" for file in files}
    return dict(sorted(found.items()))


def command_names() -> tuple[str, ...]:
    """Return the names that can be typed after ``perturber``."""
    return tuple(name for name in command_modules() if name != WINDOW)


def open_command(name: str) -> AnyCommand:
    """Import a command. Raises KeyError when there is none of that name."""
    return cast("AnyCommand", import_module(command_modules()[name]).COMMAND)


def commands() -> dict[str, CommandSummary]:
    """Return the summary of every command by its name ("predict", "groups list"), without importing any."""
    return {
        f"{name} {member}".rstrip(): summary
        for name, module in command_modules().items()
        for member, summary in _summaries(module)
    }


def _summaries(module: str) -> Iterator[tuple[str, CommandSummary]]:
    """The members of a command's file: one without a name, or those of a group."""
    spec = find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    tree = ast.parse(Path(spec.origin).read_text(encoding="utf-8"))
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    for member, name in _declared(tree):
        yield member, CommandSummary(first_paragraph(ast.get_docstring(classes[name])), f"{module}.{name}")


def _declared(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Member and options' class of what a file assigns to COMMAND."""
    for node in tree.body:
        if not (isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "COMMAND"):
            continue
        assert isinstance(node.value, ast.Call)
        first = node.value.args[0]
        members = zip(first.keys, first.values, strict=True) if isinstance(first, ast.Dict) else [(None, node.value)]
        for key, value in members:
            assert isinstance(value, ast.Call)
            yield (str(ast.literal_eval(key)) if key is not None else ""), ast.unparse(value.args[0])

"""Registry of commands: every file ``<name>_command.py`` in a subfolder of `perturber.cli` is one.

A file ends with ``COMMAND = …``, an instance of a class of `perturber.cli.command`. Names are read from the file names
and summaries from the source text, so that listing commands does not import them or their dependencies.
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
"""Name of the command that runs by default; it cannot be typed."""


class CommandSummary(NamedTuple):
    """Summary of a command, or of one member of a command group, for the documentation."""

    summary: str
    """The first paragraph of its options' docstring."""
    options: str
    """Dotted path of its options dataclass."""


@cache
def command_modules() -> dict[str, str]:
    """Return the modules of all commands by command name, in alphabetical order."""
    # The folder is read, not the packages: importing them would delay the window.
    files = Path(__file__).parent.glob(f"*/*{SUFFIX}.py")
    found = {file.stem.removesuffix(SUFFIX): f"{__package__}.{file.parent.name}.{file.stem}" for file in files}
    return dict(sorted(found.items()))


def command_names() -> tuple[str, ...]:
    """Return the names that can be typed after ``perturber``."""
    return tuple(name for name in command_modules() if name != WINDOW)


def open_command(name: str) -> AnyCommand:
    """Import a command. Raises KeyError for an unknown name."""
    return cast("AnyCommand", import_module(command_modules()[name]).COMMAND)


def commands() -> dict[str, CommandSummary]:
    """Return the summaries of all commands by name ("predict", "groups list"), without importing any."""
    return {
        f"{name} {member}".rstrip(): summary
        for name, module in command_modules().items()
        for member, summary in _summaries(module)
    }


def _summaries(module: str) -> Iterator[tuple[str, CommandSummary]]:
    """Yield the members of a command module with their summaries; a single command has an empty name."""
    spec = find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    tree = ast.parse(Path(spec.origin).read_text(encoding="utf-8"))
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    for member, name in _declared(tree):
        yield member, CommandSummary(first_paragraph(ast.get_docstring(classes[name])), f"{module}.{name}")


def _declared(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield member name and options class of each command that a module assigns to COMMAND."""
    for node in tree.body:
        if not (isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "COMMAND"):
            continue
        assert isinstance(node.value, ast.Call)
        first = node.value.args[0]
        members = zip(first.keys, first.values, strict=True) if isinstance(first, ast.Dict) else [(None, node.value)]
        for key, value in members:
            assert isinstance(value, ast.Call)
            yield (str(ast.literal_eval(key)) if key is not None else ""), ast.unparse(value.args[0])

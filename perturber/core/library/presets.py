"""The user's named edits of weights, and the file that stores them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, ValidationError

from perturber.core.errors import InputError
from perturber.core.parameters.parameter import explain
from perturber.core.parameters.state import State
from perturber.core.session.edit import Edit
from perturber.core.storage.own_file import OwnFile

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]


class Preset(State):
    """A named edit; its blocks and layers are those of the network it was made for."""

    name: Name
    edit: Edit


class _PresetsFile(State):
    """Content of a file of presets."""

    perturber_presets: Literal[1] = 1
    presets: tuple[Preset, ...] = Field(default=(), max_length=4096)


class OwnPresets(OwnFile[_PresetsFile]):
    """The user's own presets, in one JSON file that is replaced atomically.

    Every method raises InputError when the file cannot be read or written.
    """

    content, mark, what = _PresetsFile, "perturber_presets", "presets"

    def all(self) -> tuple[Preset, ...]:
        """Return every preset, in the order of their creation."""
        return self._read().presets

    def save(self, name: str, edit: Edit) -> None:
        """Add a preset. Raises InputError when the name is empty or taken."""
        with self._change() as content:
            _check_free(name, content.presets)
            self._keep((*content.presets, _made(name, edit)))

    def rename(self, old: str, new: str) -> None:
        """Rename a preset. Raises InputError when there is no such preset, or the new name is empty or taken."""
        with self._change() as content:
            there = content.presets
            _find(old, there)
            _check_free(new, (p for p in there if p.name != old))
            self._keep(tuple(_made(new, p.edit) if p.name == old else p for p in there))

    def delete(self, name: str) -> None:
        """Delete a preset. Raises InputError when there is no preset of that name."""
        with self._change() as content:
            _find(name, content.presets)
            self._keep(tuple(p for p in content.presets if p.name != name))

    def _keep(self, presets: tuple[Preset, ...]) -> None:
        self._write(_PresetsFile(presets=presets))


def unknown(edit: Edit, blocks: Iterable[str]) -> tuple[str, ...]:
    """Return the blocks and layers of an edit that are not among ``blocks``."""
    known = set(blocks)
    named = (*edit.mix, *edit.prune, *(unit.layer for unit in edit.units))
    return tuple(dict.fromkeys(block for block in named if block not in known))


def _made(name: str, edit: Edit) -> Preset:
    try:
        return Preset(name=name, edit=edit)
    except ValidationError as error:
        raise InputError("preset", explain(error).problem, "a name of 1 to 80 letters") from None


def _find(name: str, presets: Iterable[Preset]) -> None:
    names = [preset.name for preset in presets]
    if name not in names:
        raise InputError("preset", f"there is no preset {name!r}", "one of " + ", ".join(names))


def _check_free(name: str, presets: Iterable[Preset]) -> None:
    if any(preset.name == name.strip() for preset in presets):
        raise InputError("preset", f"there is already a preset {name.strip()!r}", "another name")

"""``perturber models``: list, add and remove published networks."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from perturber.cli import output
from perturber.cli.command import PlainCommand, SubcommandGroup
from perturber.cli.options import JsonOption
from perturber.core.errors import InputError, noting_interrupts
from perturber.nets.published import shelf
from perturber.nets.published.catalog import CatalogEntry, WeightsSource, catalog, lookup
from perturber.nets.published.download import HEADERS
from perturber.nets.published.fetch import bring, cached, forget
from perturber.nets.published.pins import describe_size
from perturber.nets.published.proof import describe_hash, pin_of
from perturber.platforms import interrupt_on_termination

TORCHVISION = "torchvision_"
WORDS = {"added": "added", "downloaded": "downloaded", "begun": "partly downloaded", "": "-"}
"""File states as shown in the table."""


CatalogName = Annotated[
    tyro.conf.Positional[str], tyro.conf.arg(help="Name from the list; NAME/CHECKPOINT for one of several files.")
]


@dataclass(frozen=True)
class ListModels(JsonOption):
    """List the models that can be added, and their state.

    JSON: a list of {name, state, size, label, about, family, variant, license, urls, sha256}.
    """


@dataclass(frozen=True)
class AddModel:
    """Download published weights, verify them, and add the model to the model menus."""

    name: CatalogName
    file: Path | None = None
    """Use this file instead of downloading; for thesis, the downloaded folder."""
    yes: bool = False
    """Accept the license without asking."""
    progress: bool = False
    """Print progress as JSON lines."""


@dataclass(frozen=True)
class RemoveModel:
    """Remove a model from the menus, its files from the cache, and its hash from the pinned ones."""

    name: CatalogName


def remove_model(options: RemoveModel) -> None:
    """Remove a model by name. Raises InputError for an unknown one."""
    entry, sources = _find(options.name)
    there = shelf.remove(entry, sources)
    output.write_line(f"{options.name} removed" if there else f"{options.name} was not added")


def _find(name: str) -> tuple[CatalogEntry, tuple[WeightsSource, ...]]:
    """Return the catalog entry of a name; entries for torchvision architectures are created on demand."""
    if name.startswith(TORCHVISION) and name not in catalog():
        from perturber.nets.architectures.torchvision_models import entry

        found = entry(name.removeprefix(TORCHVISION))
        return found, found.sources
    return lookup(name)


def list_models(options: ListModels) -> None:
    """Print every catalog entry and its state."""
    entries = catalog().values()
    states = shelf.survey(entries)
    rows = [row for entry in entries for row in _rows(entry, states)]
    if options.json:
        output.write_json(rows, indent=2)
        return
    columns = ("name", "state", "size", "license", "label")
    output.write_table([columns, *(tuple(_cell(row, c) for c in columns) for row in rows)])
    output.write_line(f"Any other architecture of torchvision: {TORCHVISION}ARCHITECTURE, such as torchvision_alexnet")


def _cell(row: dict[str, object], column: str) -> str:
    text = str(row[column])
    if column in ("state", "label"):
        return WORDS.get(text, text)
    return text.split(" (", maxsplit=1)[0] or "unknown"


def _rows(entry: CatalogEntry, states: Mapping[tuple[str, str], shelf.State]) -> Iterator[dict[str, object]]:
    """Yield the rows of an entry: one for its folder, and one per checkpoint."""
    told = {
        "label": entry.label,
        "about": entry.about,
        "family": entry.family,
        "variant": entry.variant,
        "license": entry.license,
    }
    if entry.folder:
        yield {"name": entry.name, "state": states[entry.name, ""], "size": "", **told, "urls": [entry.folder]}
    several = len(entry.sources) > 1
    for source in entry.sources:
        yield {
            "name": f"{entry.name}/{source.checkpoint}" if several else entry.name,
            "state": states[entry.name, source.checkpoint],
            "size": source.size,
            **told,
            "urls": list(source.urls),
            "sha256": source.sha256,
        }


def add_model(options: AddModel) -> None:
    """Download or copy files, and add the model to the menus. Raises InputError and MachineError."""
    with interrupt_on_termination(), noting_interrupts(lambda: f"add {options.name} again to continue the download"):
        _add(options)


def _add(options: AddModel) -> None:
    entry, sources = _find(options.name)
    file = Path(os.path.expanduser(options.file)) if options.file else None
    if entry.folder and file is None:
        raise InputError(entry.name, f"download it by hand from {entry.folder}", "--file with the downloaded folder")
    if file is not None and not os.path.exists(file):
        raise InputError(str(file), "there is no such file", "a downloaded file")
    if file is not None and not entry.folder and len(sources) > 1:
        raise InputError(
            "--file", f"{entry.name} has {len(sources)} files", f"one: {entry.name}/{sources[0].checkpoint}"
        )
    _show_proof(entry, sources, file)
    _agree(entry, options.yes or file is not None)
    if entry.folder and file is not None:
        from perturber.nets.install import add_folder

        output.write_line(f"{entry.name}: {add_folder(entry, file)} checkpoints added to the model menus")
        return
    _add_files(entry, sources, file, options.progress)


def _add_files(entry: CatalogEntry, sources: tuple[WeightsSource, ...], file: Path | None, progress: bool) -> None:
    states = shelf.survey([entry])
    for number, source in enumerate(sources):
        if states[entry.name, source.checkpoint] == "added" and file is None:
            continue
        bar = DownloadBar(source.file, number, len(sources), progress)
        before = pin_of(entry, source)
        weights = bring(entry, source, file, bar)
        bar.end()
        pin = pin_of(entry, source)
        if pin is not None and pin != before:
            output.write_aside(f"{source.file}: SHA-256 {pin.describe()}; compare it with the publisher's")
        # Imported after the download, because torch takes seconds.
        from perturber.nets.install import add

        try:
            add(entry, source, weights)
        except InputError:
            if not source.sha256:
                # The hash of an unreadable, for instance truncated, file must not be pinned.
                forget(entry, source)
            raise
    if not progress:
        names = entry.name if len(sources) == len(entry.sources) else f"{entry.name}/{sources[0].checkpoint}"
        output.write_line(f"{names} added to the model menus")


def _show_proof(entry: CatalogEntry, sources: tuple[WeightsSource, ...], file: Path | None) -> None:
    """Show size, date and hash of each file before it is downloaded, as far as they are known."""
    if entry.folder:
        return
    from perturber.nets.published.http_transfer import Announced, announced

    asking = file is None
    for source in sources:
        told = announced(source.urls, HEADERS) if asking and not cached(entry, source).is_file() else Announced()
        asking = asking and told != Announced()  # a server that does not answer is asked once, not for every file
        size = describe_size(told.size) or source.size or "size unknown"
        date = f"last changed on {told.date}" if told.date else "date unknown"
        output.write_aside(f"{source.file}: {size}, {date}, {describe_hash(entry, source)}")


def _agree(entry: CatalogEntry, agreed: bool) -> None:
    """Show the license and ask for consent if not given yet. Raises InputError without it."""
    output.write_aside(f"{entry.label}. {entry.about}")
    output.write_aside(f"License: {entry.terms}")
    if agreed:
        return
    answer = output.ask("Accept and download?")
    if answer is None:
        raise InputError("--yes", "the license has not been accepted", "--yes")
    if not answer:
        raise InputError(entry.name, "the license was not accepted", "y")


class DownloadBar:
    """Progress of a download: a live line on a terminal, or JSON lines for programs."""

    def __init__(self, file: str, number: int, count: int, as_json: bool) -> None:
        self._file, self._number, self._count, self._json = file, number, count, as_json
        self._shown = -1

    def __call__(self, done: int, total: int) -> None:
        share = done * 1000 // total if total else done >> 20
        if share == self._shown:
            return
        self._shown = share
        if self._json:
            told = {"file": self._file, "number": self._number, "count": self._count, "done": done, "total": total}
            output.write_event(told)
        else:
            of = f" of {total / 1e6:.1f} MB ({done / total:.0%})" if total else " MB"
            output.show_live(f"{self._file}: {done / 1e6:.1f}{of}")

    def end(self) -> None:
        """End the live line."""
        if self._shown >= 0 and not self._json:
            output.end_live()


COMMAND = SubcommandGroup(
    {
        "list": PlainCommand(ListModels, list_models),
        "add": PlainCommand(AddModel, add_model),
        "remove": PlainCommand(RemoveModel, remove_model),
    },
    listed=False,
)

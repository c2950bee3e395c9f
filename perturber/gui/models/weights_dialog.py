"""The dialog for published weights: shows what is available and installed, adds and removes files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QProgressBar,
    QTreeWidget,
    QTreeWidgetItem,
    QTreeWidgetItemIterator,
    QVBoxLayout,
    QWidget,
)

from perturber.gui.answers.errand import Errand, Progress
from perturber.gui.answers.tasks import Tasks
from perturber.gui.base.context import Resources
from perturber.gui.style.theme import SPACE
from perturber.gui.widgets.frames.text_labels import wrapped_label
from perturber.gui.widgets.inputs.dialog_button import dialog_button
from perturber.nets.families.family import Family, families
from perturber.nets.published.catalog import CatalogEntry, catalog
from perturber.nets.published.shelf import State, survey

COLUMNS = ("Model", "Size", "License", "State")
WORDS: dict[State, str] = {"added": "Added", "downloaded": "Downloaded", "begun": "Partly downloaded", "": ""}
NAME = Qt.ItemDataRole.UserRole
States = Mapping[tuple[str, str], State]
Shown = tuple[Mapping[str, CatalogEntry], States, Mapping[str, Family]]


def _read() -> Shown:
    known = catalog()
    return known, survey(known.values()), families()


class WeightsDialog(QDialog):
    """Stays open next to the window. Its commands run in a separate process, which survives closing the dialog."""

    def __init__(
        self, resources: Resources, tasks: Tasks, errand: Errand | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Weights")
        self._resources, self._tasks = resources, tasks
        self._entries: Mapping[str, CatalogEntry] = {}
        self._states: States = {}
        self.errand = errand or Errand()
        self.errand.setParent(self)
        self.errand.progressed.connect(self._show_progress)
        self.errand.ended.connect(self._ended)
        self.table = QTreeWidget()
        self.table.setHeaderLabels(COLUMNS)
        self.table.setUniformRowHeights(True)
        self.table.currentItemChanged.connect(lambda *_: self._choose())
        self.note = _label("caption")
        self.note.setOpenExternalLinks(True)
        self.accepted_terms = QCheckBox("I accept the license")
        self.accepted_terms.toggled.connect(lambda _on: self._follow())
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(6)
        self.doing = _label("caption")
        self.problem = _label("error")
        self.add = dialog_button("Add", self._add, "Download and verify the weights, and add them to the model menus")
        self.add_file = dialog_button("Add from File…", self._pick, "Use a local file instead of downloading")
        self.remove = dialog_button("Remove", self._remove, "Remove from the menus, the cache and the pinned hashes")
        self.cancel = dialog_button("Cancel", self.errand.stop, "Stop the download; adding it again resumes")
        self._lay_out()
        self.resize(820, 620)
        self._follow()
        self.refresh()

    def _lay_out(self) -> None:
        header = self.table.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for number in range(1, len(COLUMNS)):
            header.setSectionResizeMode(number, QHeaderView.ResizeMode.ResizeToContents)
        buttons = QHBoxLayout()
        buttons.addWidget(self.accepted_terms)
        buttons.addStretch(1)
        for button in (self.cancel, self.remove, self.add_file, self.add):
            buttons.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(SPACE)
        column.addWidget(self.table, 1)
        for widget in (self.note, self.problem, self.doing, self.bar):
            column.addWidget(widget)
        column.addLayout(buttons)

    def refresh(self) -> None:
        """Read catalog and installed files on a thread, then update the table and the model menus."""
        self._tasks.run(_read, self._show, lambda error: self._say(str(error)))

    def _show(self, read: Shown) -> None:
        entries, self._states, known = read
        self._resources.families.clear()
        self._resources.families.update(known)
        if entries != self._entries:
            self._entries = entries
            self._fill()
        for item in self._items():
            item.setText(3, _summary(self._found(self._name(item))))
        self._follow()

    def _fill(self) -> None:
        self.table.clear()
        for entry in self._entries.values():
            sizes = {source.size for source in entry.sources}
            item = _item(entry.label, next(iter(sizes)) if len(sizes) == 1 else "", entry, entry.name)
            self.table.addTopLevelItem(item)
            for source in entry.sources if len(entry.sources) > 1 else ():
                item.addChild(_item(source.file, source.size, entry, f"{entry.name}/{source.checkpoint}"))
        first = self.table.topLevelItem(0)
        if first is not None:
            self.table.setCurrentItem(first)

    def _items(self) -> Iterable[QTreeWidgetItem]:
        """Return all rows, including those of single files."""
        iterator = QTreeWidgetItemIterator(self.table)
        while (item := iterator.value()) is not None:
            yield item
            iterator += 1

    @staticmethod
    def _name(item: QTreeWidgetItem | None) -> str:
        return "" if item is None else str(item.data(0, NAME))

    @property
    def chosen(self) -> str:
        """The name of the selection as on the command line; empty if there is none."""
        return self._name(self.table.currentItem())

    def _found(self, name: str) -> list[State]:
        """Return the states of an entry's files, or of one of them."""
        return [state for key, state in self._states.items() if name in (key[0], "/".join(key))]

    def _entry(self) -> CatalogEntry | None:
        return self._entries.get(self.chosen.partition("/")[0])

    def _choose(self) -> None:
        entry = self._entry()
        self.accepted_terms.setChecked(False)
        if entry is not None:
            place = f' <a href="{escape(entry.folder)}">{escape(entry.folder)}</a>' if entry.folder else ""
            self.note.setText(f"{escape(entry.about)}{place}<br>License: {escape(entry.terms)}")
        self._say("")
        self._follow()

    def _follow(self) -> None:
        """Enable the controls that apply to the selection."""
        entry, running = self._entry(), self.errand.is_running
        one = entry is not None and ("/" in self.chosen or len(entry.sources) <= 1)
        states = self._found(self.chosen)
        fetchable = entry is not None and not entry.folder and not all(s == "added" for s in states)
        self.add.setEnabled(fetchable and not running and self.accepted_terms.isChecked())
        self.accepted_terms.setEnabled(fetchable and not running)
        self.add_file.setEnabled(one and not running)
        self.add_file.setText("Add from Folder…" if entry is not None and entry.folder else "Add from File…")
        self.remove.setEnabled(any(states) and not running)
        for widget in (self.cancel, self.bar, self.doing):
            widget.setVisible(running)

    def _add(self) -> None:
        self._run("add", "--yes", "--progress")

    def _pick(self) -> None:
        entry = self._entry()
        if entry is not None and entry.folder:
            name = QFileDialog.getExistingDirectory(self, "Add from Folder")
        else:
            name, _ = QFileDialog.getOpenFileName(self, "Add from File")
        if name:
            self.add_from(Path(name))

    def add_from(self, path: Path) -> None:
        """Add the selection from a local file or folder."""
        self._run("add", "--file", str(path))

    def _remove(self) -> None:
        self._run("remove")

    def _run(self, verb: str, *options: str) -> None:
        self._say("")
        self.doing.setText("Removing…" if verb == "remove" else "Starting…")
        self.bar.setRange(0, 0)
        self.errand.start("models", verb, self.chosen, *options)
        self._follow()

    def _show_progress(self, progress: Progress) -> None:
        done, total = progress.done / 1e6, progress.total / 1e6
        number = f" (file {progress.number + 1} of {progress.count})" if progress.count > 1 else ""
        arrived = progress.total and progress.done >= progress.total
        of = f"{done:.1f} of {total:.1f} MB" if progress.total else f"{done:.1f} MB"
        self.doing.setText(f"{progress.file}{number}: " + ("reading" if arrived else of))
        # In thousandths, because the bar counts in 32 bits.
        self.bar.setRange(0, 0 if arrived or not progress.total else 1000)
        self.bar.setValue(1000 * progress.done // progress.total if progress.total else 0)

    def _ended(self, problem: str) -> None:
        self._say(problem)
        self._follow()
        self.refresh()

    def _say(self, problem: str) -> None:
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))


def _summary(found: list[State]) -> str:
    """Return the state of one or several files as text."""
    added = found.count("added")
    if len(found) > 1 and 0 < added < len(found):
        return f"{added} of {len(found)} added"
    return WORDS[found[0]] if len(set(found)) == 1 else WORDS["begun"]


def _item(label: str, size: str, entry: CatalogEntry, name: str) -> QTreeWidgetItem:
    item = QTreeWidgetItem([label, size or "unknown", entry.license.split(" (", maxsplit=1)[0] or "unknown", ""])
    item.setData(0, NAME, name)
    item.setToolTip(0, f"perturber models add {name}")
    return item


def _label(kind: str) -> QLabel:
    made = wrapped_label(kind)
    made.setTextInteractionFlags(Qt.TextInteractionFlag.TextBrowserInteraction)
    return made

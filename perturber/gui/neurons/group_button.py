"""The menu of unit groups beside the layer: choose, compute, save."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QMenu, QToolButton, QWidget

from perturber.core.errors import InputError
from perturber.core.evaluation import SlotResult
from perturber.core.jobs.job import Answer, FindUnits
from perturber.core.library.groups import Group, make_group
from perturber.core.session.models import Probe
from perturber.core.session.session import Session
from perturber.gui.base.context import Context
from perturber.gui.models.slot_head import title_of
from perturber.gui.neurons.group_choices import (
    MOST,
    SECTIONS,
    GroupEntry,
    ShownLayer,
    describe_units,
    find_classes,
    list_groups,
    make_attack_entry,
)
from perturber.gui.widgets.inputs.elided import MenuButton
from perturber.gui.widgets.inputs.finder import ROLE, Finder, Row
from perturber.gui.widgets.inputs.naming import NameDialog

CHOOSE = "Choose…"
TIP = "Choose units by what they respond to, by class relevance, or by their activation on this frame"
STOP = "stop"
VIEWS = "Views of the Object"


class GroupButton(MenuButton):
    """The button that names the group of the shown units and opens the list of groups of the layer."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context, self._own = context, context.groups
        self._results: dict[str, SlotResult] = {}
        self._slot = context.slots[0]
        self._kept: Session | None = None
        self._photos = ""
        self._question = context.question(self)
        self._question.answered.connect(self._on_answered)
        self._asked: tuple[GroupEntry, ShownLayer] | None = None
        self._used: tuple[str, Group, str] | None = None  # label, group, layer of the session when chosen
        self._entries: list[GroupEntry] = []
        self._finder: Finder | None = None
        self._owners: list[QToolButton] = []
        self.setObjectName("model")
        self.clicked.connect(self.open)
        self._say()
        context.store.changed.connect(self._on_changed)

    @property
    def finder(self) -> Finder:
        """The list of groups, built on first use."""
        if self._finder is None:
            self._finder = made = Finder(self)
            for slot in self._context.slots:
                made.add_tab(slot, title_of(slot), slot == self._slot)
            made.add_button("Save Units as Group…", "Save the shown units under a name", self.save_units)
            made.add_button("Set Reference", "Compare later sessions with the current one", self.keep_session)
            self._source = self._source_button()
            made.add_corner(self._source)
            self._owners = [
                made.add_button("Rename…", "Rename your group", self.rename),
                made.add_button("Delete", "Delete your group", self.delete),
            ]
            made.turned.connect(self._turn)
            made.searched.connect(self._fill)
            made.chosen.connect(self.choose)
            made.moved.connect(self._follow)
        return self._finder

    def _source_button(self) -> MenuButton:
        """Build the menu of picture sources for class-relevant units."""
        menu = QMenu(self)
        menu.addAction(VIEWS, lambda: self.use_photos(""))
        menu.addAction("Pictures in a Folder…", self.choose_photos)
        button = MenuButton()
        button.setObjectName("quiet")
        button.setToolTip("Choose the pictures that class-relevant units are computed from")
        button.setMenu(menu)
        button.set_name(VIEWS)
        return button

    def choose_photos(self) -> None:
        """Ask for a folder with pictures of a class."""
        name = QFileDialog.getExistingDirectory(self.window(), "Pictures of a Class", self._photos)
        if name:
            self.use_photos(name)
            self.open()

    def use_photos(self, folder: str) -> None:
        """Compute class-relevant units from the pictures in ``folder``; if empty, from views of the object."""
        self._photos = folder
        self._source.set_name(Path(folder).name if folder else VIEWS)
        self._turn(self._slot)

    def show_results(self, slots: tuple[SlotResult, ...]) -> None:
        """Store the latest result of every slot."""
        self._results = {result.slot: result for result in slots}

    def close_panel(self) -> None:
        """Disconnect from the store and close the question."""
        self._context.store.changed.disconnect(self._on_changed, missing_ok=True)
        self._question.close()

    def open(self) -> None:
        """Open the list of groups below the button."""
        self._gather()
        self.finder.open_below(self)
        self._fill("")

    def shown_layer(self, slot: str = "") -> ShownLayer | None:
        """Return the shown layer of ``slot`` (default: the selected slot), or None without activations."""
        result = self._results.get(slot or self._slot)
        return ShownLayer.of(result, self._context.store.session, self._photos) if result is not None else None

    def _gather(self) -> None:
        self._entries = []
        shown = self.shown_layer()
        if shown is None:
            return
        session, families = self._context.store.session, self._context.resources.families
        own: tuple[Group, ...] = ()
        try:
            own = self._own.of(shown.key, shown.layer)
            self._entries = list_groups(shown, session, self._kept, families, own)
        except InputError as error:
            self._context.report(str(error), "error")
            self._entries = list_groups(shown, session, self._kept, {}, own)
        if self._own.message:
            self._context.report(self._own.message, "error")
            self._own.message = ""

    def _fill(self, text: str) -> None:
        shown = self.shown_layer()
        rows: list[Row] = [("Working", f"Stop: {self.name}", "", STOP)] if self._question.is_open else []
        found = [e for e in self._entries if text in e.label.lower() or text in e.section.lower()]
        found += find_classes(shown, text, self._entries) if shown is not None else []
        found.sort(key=lambda entry: SECTIONS.index(entry.section))
        rows += [(entry.section, entry.text, entry.tip, entry) for entry in found]
        if shown is None:
            rows.append((f"{title_of(self._slot)} shows no activations", "", "", None))
        elif not rows:
            rows.append(("No matches", "", "", None))
        self.finder.fill(rows)

    def _turn(self, slot: str) -> None:
        self._slot = slot
        self._gather()
        self._fill(self.finder.search.text().strip().lower())

    def _follow(self, chosen: object) -> None:
        own = isinstance(chosen, GroupEntry) and chosen.own
        for button in self._owners:
            button.setEnabled(own)

    def choose(self, chosen: GroupEntry | str) -> None:
        """Show the units of a group, after computing them if needed; any other entry stops the computation."""
        shown = self.shown_layer()
        if not isinstance(chosen, GroupEntry):
            self.stop()
        elif chosen.group is not None and shown is not None:
            self._use(chosen.label, chosen.group, shown)
        elif shown is not None:
            self._compute(chosen, shown)

    def show_attacked(self, slot: str) -> None:
        """Show the units of a slot's layer that the attack changed most."""
        shown = self.shown_layer(slot)
        if shown is None:
            self._context.report(f"{title_of(slot)} shows no activations", "error")
        else:
            self._compute(make_attack_entry(shown, self._context.store.session), shown)

    def _compute(self, entry: GroupEntry, shown: ShownLayer) -> None:
        if entry.query is not None:
            job = FindUnits(query=entry.query, before=entry.before)
            self._asked = (entry, shown)
            self._question.ask(job)
            self._say()

    def stop(self) -> None:
        """Cancel the current computation."""
        if self._question.is_open:
            self._question.cancel()
            self._say()

    def _on_answered(self, answer: Answer) -> None:
        if self._asked is None:
            return
        entry, shown = self._asked
        if not answer.finished:
            self._say(f"{answer.done}/{answer.total}" if answer.total else "")
            return
        self._say()
        now = self.shown_layer(shown.slot)
        if answer.value is None:
            self._context.report(f"{entry.label}: {answer.problem}", "error")
        elif now is None or (now.key, now.layer) != (shown.key, shown.layer):
            self._context.report(f"{entry.label} was computed for {shown.layer}, which is no longer shown", "info")
        else:
            self._use(entry.label, answer.value[shown.layer], shown)
            for notice in answer.notices:
                self._context.report(notice, "info")

    def _use(self, label: str, group: Group, shown: ShownLayer) -> None:
        """Show the first units of the group, as one undo step."""
        units = tuple(unit for unit in group.units if unit < shown.channels)[:MOST]
        if not units:
            self._context.report(f"{label}: {shown.layer} contains none of these units", "error")
            return
        self._used = (label, group, self._context.store.session.probe.layer)
        self._context.store.update({"probe.units": units, "probe.count": len(units)})
        self._say()

    def _on_changed(self, old: Session, new: Session) -> None:
        if old.probe is not new.probe:
            self._say()

    def _say(self, progress: str = "") -> None:
        """Update the button's text: the running computation, or else the group of the shown units."""
        tip, name = TIP, CHOOSE
        probe = self._context.store.session.probe
        if self._question.is_open and self._asked is not None:
            name = f"Computing {self._asked[0].label} {progress or '…'}"
        elif (used := self._in_use(probe)) is not None:
            name, tip = used[0], f"{used[0]}: {describe_units(used[1])}"
        self.set_name(name)
        self.setToolTip(tip)

    def _in_use(self, probe: Probe) -> tuple[str, Group] | None:
        """Return the label and group that the shown units come from, or None if they were changed since."""
        if self._used is None or not probe.units:
            return None
        label, group, layer = self._used
        return (label, group) if layer == probe.layer and group.units[: len(probe.units)] == probe.units else None

    # User-defined groups.

    def save_units(self) -> None:
        """Ask for a name and save the shown units as a group."""
        shown = self.shown_layer()
        self.finder.hide()
        if shown is None:
            self._context.report(f"{title_of(self._slot)} shows no activations", "error")
            return
        probe = self._context.store.session.probe
        units, used = probe.shown(shown.channels), self._in_use(probe)
        scores = used[1].scores[: len(units)] if used is not None and len(units) == len(probe.units) else ()

        def save(name: str) -> None:
            made = make_group(name, units, scores)
            self._own.save(shown.key, shown.layer, made)
            self._used = (name, made, probe.layer)
            self._say()

        note = f"Units {', '.join(map(str, units))} of {shown.layer}"
        self._ask("Save Units as Group", note, "", save)

    def keep_session(self) -> None:
        """Store the current session as the reference for comparisons."""
        self._kept = self._context.store.session
        self.finder.hide()
        self._context.report("Current session set as the reference for “Most Changed since Reference”", "info")

    def rename(self) -> None:
        """Ask for a new name for the selected group."""
        shown, entry = self.shown_layer(), self._current()
        if shown is not None and entry is not None:
            self.finder.hide()
            rename = partial(self._own.rename, shown.key, shown.layer, entry.label)
            self._ask("Rename Group", entry.tip, entry.label, rename)

    def delete(self) -> None:
        """Delete the selected group; the shown units stay."""
        shown, entry = self.shown_layer(), self._current()
        if shown is None or entry is None:
            return
        try:
            self._own.delete(shown.key, shown.layer, entry.label)
        except InputError as error:
            self._context.report(str(error), "error")
        self._gather()
        self._fill(self.finder.search.text().strip().lower())

    def _current(self) -> GroupEntry | None:
        item = self.finder.list.currentItem()
        entry = item.data(ROLE) if item is not None else None
        return entry if isinstance(entry, GroupEntry) and entry.own else None

    def _ask(self, title: str, note: str, name: str, use: Callable[[str], None]) -> None:
        NameDialog(title, note, name, use, self.window()).open()

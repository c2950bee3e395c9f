"""Offers the sessions of crashed windows and restores them, deleting nothing before it is safe elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QWidget

from perturber.core.errors import InputError, PerturberError
from perturber.core.evaluation import Failure
from perturber.core.session.recovery import CrashedSession, RecoverySlot, find_crashed, open_claimed
from perturber.core.session.scene import MeshSubject
from perturber.core.session.session import Session
from perturber.gui.answers.tasks import Tasks
from perturber.gui.base.context import Context
from perturber.gui.base.documents import Documents, explain_failure
from perturber.gui.base.menu_command import Command, Entry, MenuPlace, MenuTitle, SubjectCommands
from perturber.gui.models.identity import name_of
from perturber.gui.recovery.autosave import Autosave
from perturber.gui.recovery.recovery_dialog import RecoveryDialog

Launch = Callable[[Path], bool]
"""Opens another window that restores a recovery file; returns False if it cannot be started."""
KEPT = "The recovery file is kept and offered again at the next start."
Found = tuple[list[CrashedSession], list[str]]


class Recovering(SubjectCommands):
    """Finds, offers and restores crashed sessions. ``is_free`` says whether this window may receive one at the start.

    A found session stays claimed by this process until it is restored, discarded or kept, so that no other window
    offers it at the same time.
    """

    def __init__(
        self,
        context: Context,
        autosave: Autosave,
        documents: Documents,
        tasks: Tasks,
        *,
        window: QWidget,
        folder: Path,
        launch: Launch,
        is_free: bool,
    ) -> None:
        self._context, self._autosave, self._documents, self._tasks = context, autosave, documents, tasks
        self._window, self._folder, self._launch, self._is_free = window, folder, launch, is_free
        self._offered: list[CrashedSession] = []
        self._restoring: list[CrashedSession] = []
        self.dialog: RecoveryDialog | None = None
        """The open dialog; None if there is none."""

    def commands(self) -> Iterable[Entry]:
        """Return the command that offers crashed sessions again."""
        tip = "Restore sessions of windows that ended unexpectedly"
        yield Command("recover", "&Recover Sessions…", MenuTitle.FILE, MenuPlace(1, 4), self.ask, tip=tip)

    def offer(self) -> None:
        """Offer crashed sessions if there are any."""
        self._find(is_asked=False)

    def ask(self) -> None:
        """Offer crashed sessions, and say if there are none."""
        if self.dialog is None:
            self._find(is_asked=True)

    def _find(self, is_asked: bool) -> None:
        self._tasks.run(lambda: find_crashed(self._folder), partial(self._show, is_asked), self._complain)

    def _show(self, is_asked: bool, found: Found) -> None:
        sessions, problems = found
        problem = "\n".join(problems)
        if problem:
            self._context.report(problem, "error")
        if sessions:
            self._offered = sessions
            self.dialog = RecoveryDialog(sessions, self.describe, self._window, problem)
            self.dialog.restored.connect(self._restore_all)
            self.dialog.discarded.connect(self._discard)
            self.dialog.finished.connect(lambda _code: self._close_dialog())
            self.dialog.open()
        elif is_asked and not problem:
            self._context.report("There are no sessions to recover", "info")

    def describe(self, session: Session) -> tuple[str, str]:
        """Return what the picture of a session shows, and its models."""
        scene, resources = session.scene, self._context.resources
        if scene.photo is not None:
            title = Path(scene.photo.file.path).name
        elif isinstance(scene.subject, MeshSubject):
            title = Path(scene.subject.mesh.path).name
        else:
            pair = resources.pairs.get(scene.subject.name)
            title = pair.label if pair is not None else scene.subject.name
        models = [name_of(slot.model, resources.families) for _name, slot in session.models.items()]
        return title, ", ".join(dict.fromkeys(models))

    def continue_from(self, file: Path) -> None:
        """Restore one recovery file in this window."""
        slot = RecoverySlot.claim(file)
        if slot is None:
            self._context.report(f"{file}: this session has been restored, discarded or opened meanwhile", "error")
            return
        try:
            crashed = open_claimed(slot)
        except InputError as error:
            self._complain(error)
            return
        self._restore(crashed)

    def _restore_all(self, sessions: list[CrashedSession]) -> None:
        here = self._is_free and self._autosave.is_safe and self._documents.path is None
        for crashed in sessions[1:] if here else sessions:
            self._release(crashed)  # for the other window to claim
            if not self._launch(crashed.slot.file):
                self._context.report(f"No further window could be started. {KEPT}", "error")
        if here:
            self._restore(sessions[0])

    def _restore(self, crashed: CrashedSession) -> None:
        self._offered = [other for other in self._offered if other is not crashed]
        self._restoring.append(crashed)

        def accepted() -> None:
            self._context.report("Restored the session", "info")
            self._autosave.save_now(partial(self._finish, crashed))

        def refused(failure: Failure) -> None:
            self._release(crashed)
            self._context.report(f"{explain_failure(failure)}. {KEPT}", "error")

        self._context.proposals.offer_session("Restoring the session", crashed.session, refused, accepted)

    def _discard(self, sessions: list[CrashedSession]) -> None:
        for crashed in sessions:
            self._finish(crashed)

    def _finish(self, crashed: CrashedSession) -> None:
        try:
            crashed.slot.remove()
        except InputError as error:
            self._complain(error)
        self._release(crashed)

    def _release(self, crashed: CrashedSession) -> None:
        crashed.slot.release()
        self._offered = [other for other in self._offered if other is not crashed]
        self._restoring = [other for other in self._restoring if other is not crashed]

    def _close_dialog(self) -> None:
        self.dialog = None
        for crashed in tuple(self._offered):
            self._release(crashed)

    def _complain(self, error: PerturberError) -> None:
        self._context.report(str(error), "error")

    def close(self) -> None:
        """Keep what has not been restored."""
        if self.dialog is not None:
            self.dialog.reject()
        for crashed in tuple(self._restoring):
            self._release(crashed)

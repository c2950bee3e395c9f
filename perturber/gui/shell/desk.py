"""Builds the panels and menus, and connects store, engine and panels."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from time import perf_counter

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMenu

from perturber import paths
from perturber.core.errors import PerturberError
from perturber.core.evaluation import Evaluation
from perturber.core.library.groups import OwnGroups
from perturber.core.parameters.parameter import replace
from perturber.core.session.session import Session
from perturber.core.session.store import Store
from perturber.gui.answers.bridge import Bridge
from perturber.gui.answers.errand import start_window
from perturber.gui.answers.feature_images import FeatureImages
from perturber.gui.answers.picture_loading import ClassPictures
from perturber.gui.answers.proposals import Proposals
from perturber.gui.answers.tasks import Tasks
from perturber.gui.attack.attack_commands import AttackCommands
from perturber.gui.attack.attacking import Attacking
from perturber.gui.attribution.attribution_commands import AttributionCommands
from perturber.gui.base.context import Context, Level, Resources, load_resources
from perturber.gui.base.document_commands import DocumentCommands
from perturber.gui.base.documents import Documents
from perturber.gui.base.menu_command import SubjectCommands
from perturber.gui.base.settings import Settings
from perturber.gui.base.trust_dialog import ask_consent
from perturber.gui.edit.edit_commands import EditCommands
from perturber.gui.edit.editing import Editing
from perturber.gui.failures.failure_commands import FailureCommands
from perturber.gui.models.model_commands import ModelCommands
from perturber.gui.models.slot_head import EDITED, ENABLED
from perturber.gui.neurons.neurons import Neurons
from perturber.gui.picture.picture_commands import PictureCommands
from perturber.gui.predictions.prediction_commands import PredictionCommands
from perturber.gui.predictions.predictions import Predictions
from perturber.gui.recovery.autosave import Autosave
from perturber.gui.recovery.recovering import Recovering
from perturber.gui.scene.scene_commands import SceneCommands
from perturber.gui.scene.scene_panel import ScenePanel
from perturber.gui.shell.engine_notices import EngineNotices
from perturber.gui.shell.menus import Menus
from perturber.gui.shell.meter import PaintMeter
from perturber.gui.shell.status import StatusBar
from perturber.gui.shell.window import Window
from perturber.gui.shell.window_commands import WindowCommands
from perturber.nets.families.feature_store import FOLDER, FeatureCache

EDITING = "editor/open"
"""The setting that stores whether the weight editor is open."""


def initial_session(settings: Settings) -> Session:
    """Return the session that the window starts with when none is given."""
    return replace(Session(), ENABLED, True) if settings.flag(EDITING, False) else Session()


class Desk(QObject):
    """Owns everything behind the window and is closed with it."""

    def __init__(
        self,
        window: Window,
        bridge: Bridge,
        session: Session | None = None,
        *,
        device: str = "auto",
        precision: str = "auto",
        resources: Resources | None = None,
        class_pictures: Path | None = None,
        opening: Path | None = None,
        recover: Path | None = None,
    ) -> None:
        super().__init__(window)
        self.window = window
        self.store = Store(session or initial_session(window.settings))
        self.bridge = bridge
        self.tasks = Tasks(self)
        self.proposals = Proposals(self.store, self.bridge, self)
        known = resources if resources is not None else self._resources()
        self.pictures = ClassPictures(known.families, self.tasks, window.devicePixelRatioF(), self)
        kept = FeatureCache(paths.cache() / FOLDER)
        self.features = FeatureImages(known.families, self.tasks, bridge, self.store, kept)
        self.context = Context(
            self.store,
            self.bridge,
            self.proposals,
            window.theme,
            window.view,
            known,
            self.pictures,
            self.features,
            OwnGroups(window.settings.groups_file),
            self._report,
        )
        self.autosave = Autosave(self.store, window.settings.folder, self)
        consent, safe = partial(ask_consent, window), self.autosave.set_safe
        self.documents = Documents(self.context, self.tasks, window.settings, self._title, consent=consent, safe=safe)
        is_free = opening is None and (session is None or session == Session())
        self.recovering = self._recovering(device, precision, is_free)
        self.meter = PaintMeter(window)
        self._apply_seconds = 0.0
        self._fresh: Evaluation | None = None
        self.last: Evaluation | None = None
        """The evaluation on screen; None before the first."""
        self.status = StatusBar(window.theme, device, precision)
        self._create_panels()
        self._connect()
        self.documents.recall_class_pictures(class_pictures)
        bridge.open()
        bridge.engine.submit(self.store.session)
        if opening is not None:
            self.documents.open_session(opening)
        if recover is None:
            self.recovering.offer()
        else:
            self.recovering.continue_from(recover)

    def _recovering(self, device: str, precision: str, is_free: bool) -> Recovering:
        def launch(file: Path) -> bool:
            return start_window("--recover", str(file), "--device", device, "--precision", precision)

        return Recovering(
            self.context,
            self.autosave,
            self.documents,
            self.tasks,
            window=self.window,
            folder=self.window.settings.folder,
            launch=launch,
            is_free=is_free,
        )

    def _resources(self) -> Resources:
        try:
            return load_resources()
        except PerturberError as error:
            self._report(str(error), "error")
            return Resources({}, {}, {})

    def _create_panels(self) -> None:
        context, window = self.context, self.window
        self.attacking = Attacking(context.store, context.bridge, self)
        self.models = ModelCommands(context, self.documents, self.tasks, window)
        self.scene = ScenePanel(context, self.attacking)
        self.editing = Editing(context, window.settings.presets_file, window)
        self.neurons = Neurons(context, self._model_menu)
        self.editing.watch(self.neurons)
        self.predictions = Predictions(context, self._model_menu)
        for number, panel in enumerate((self.scene, self.neurons, self.predictions)):
            window.set_column(number, panel)
        self.scene.split.restoreState(window.settings.layout("window/scene"))
        self.scene.set_closed(window.settings.lines("window/closed"))
        self.editing.opened.connect(window.show_extra)
        self.editing.closed.connect(window.hide_extra)
        self.editing.follow(context.store.session)
        window.setStatusBar(self.status)
        self.subjects = self._subjects()
        self.menus = Menus(window, self.subjects)
        self._title()

    def _subjects(self) -> tuple[SubjectCommands, ...]:
        """List the subjects that have commands; menus, shortcuts and buttons are made from it."""
        context, documents, window, scene = self.context, self.documents, self.window, self.scene
        self.files = DocumentCommands(context, documents, self.autosave.previous, window)
        self.attacks = AttackCommands(
            context,
            self.attacking,
            scene.attack_view,
            window,
            show_settings=scene.show_attack,
            show_changed=self.neurons.units.group.show_attacked,
            shown=self._shown,
        )
        self.failures = FailureCommands(context, self._shown, window)
        return (
            WindowCommands(window, context.report),
            self.files,
            self.recovering,
            SceneCommands(context),
            PictureCommands(context, scene.viewport),
            self.models,
            EditCommands(context, self.editing),
            PredictionCommands(context, documents, window),
            AttributionCommands(scene.explain),
            self.attacks,
            self.failures,
        )

    def _shown(self) -> Evaluation | None:
        return self.last

    def _model_menu(self, slot: str) -> QMenu:
        return self.editing.menu(self.window) if slot == EDITED else self.models.menu(slot, self.window)

    def _connect(self) -> None:
        # First, so that the engine works while the panels update.
        self.store.changed.connect(self._on_changed, priority=1)
        self.bridge.evaluated.connect(self._on_evaluated)
        self.bridge.status.connect(self.status.show_status)
        self.notices = EngineNotices(self.context, self.scene, self.attacking, self.window)
        self.proposals.waiting.connect(self.status.show_waiting)
        self.status.configured.connect(self.bridge.engine.configure)
        self.scene.asked.connect(self.files.ask_for)
        self.scene.viewport.dropped.connect(self.documents.open_any)
        self.predictions.picked.connect(self.scene.explain.explaining.toggle)
        self.meter.painted.connect(self._on_painted)
        self.autosave.complained.connect(lambda text: self._report(text, "error"))
        for images in (self.pictures, self.features):
            images.complained.connect(lambda text: self._report(text, "error"))
        self.window.closing.connect(self.close)

    # Events.

    def _on_changed(self, old: Session, new: Session) -> None:
        self.bridge.engine.submit(new)
        self.menus.follow()

    def _on_evaluated(self, evaluation: Evaluation) -> None:
        start = perf_counter()
        for part in (self.scene, self.neurons, self.predictions, self.editing, self.attacking):
            part.show_evaluation(evaluation)
        self.notices.resolve()
        self.autosave.show_evaluation(evaluation)
        self._fresh = self.last = evaluation
        self._apply_seconds = perf_counter() - start

    def _on_painted(self, seconds: float) -> None:
        if self._fresh is not None:
            evaluation, self._fresh = self._fresh, None
            self.status.add_frame(evaluation, self._apply_seconds + seconds)

    def _report(self, text: str, level: Level) -> None:
        self.window.banner.say(text, error=level == "error")

    def _title(self) -> None:
        path = self.documents.path
        self.window.setWindowTitle(f"{path.name} — Perturber" if path else "Perturber")
        self.menus.follow()

    def close(self) -> None:
        """Close the engine, the store and the panels."""
        self.window.settings.put("window/scene", self.scene.split.saveState())
        self.window.settings.put("window/closed", "\n".join(sorted(self.scene.closed)))
        self.autosave.close()
        self.attacking.close()
        self.store.changed.disconnect(self._on_changed, missing_ok=True)
        self.window.settings.put(EDITING, self.store.session.models.edited.enabled)
        for panel in (self.scene, self.neurons, self.predictions):
            panel.close_panel()
        self.editing.close()
        for subject in self.subjects:
            subject.close()
        self.features.close()
        self.tasks.close()
        self.bridge.close()

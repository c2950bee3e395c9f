"""The scene column: the picture and all parameters of the scene."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QScrollArea, QSplitter, QVBoxLayout, QWidget

from perturber.core.evaluation import Evaluation
from perturber.core.parameters.parameter import Parameter
from perturber.core.session.scene import PairSubject
from perturber.core.session.scene import Scene as SceneState
from perturber.core.session.session import Session
from perturber.gui.attack.attack_section import AttackSection
from perturber.gui.attack.attack_view import AttackView
from perturber.gui.attack.attacking import Attacking
from perturber.gui.attribution.explain_panel import ExplainPanel
from perturber.gui.base.code import CodePanel
from perturber.gui.base.context import Context
from perturber.gui.base.form import NO_PAIR, Form
from perturber.gui.picture.viewport import Viewport
from perturber.gui.scene.plane_row import PlaneRow
from perturber.gui.style.theme import SPACE
from perturber.gui.widgets.frames.card import Panel
from perturber.gui.widgets.frames.section import Section
from perturber.gui.widgets.pictures.thumbnails import Choice, Thumbnails

FILE, PHOTO = "*file", "*photo"
"""Names of the tiles that open a file."""
PLANE_SWITCH = "scene.plane.enabled"
PHOTO_PATHS = ("scene.photo.", "post.", "seed")
"""Parameters that apply while a photo is the input."""
OBJECT_PATHS = ("scene.morph.", "scene.subject.", "scene.surface.light")
"""Parameters that apply only to an object, not to a plane with a feature image."""


def in_scene(parameter: Parameter) -> bool:
    """Return whether a parameter is shown below the picture."""
    return parameter.path.startswith(("scene.", "post.")) or parameter.path == "seed"


class ScenePanel(Panel):
    """The picture above and the parameters below, with a movable divider between them."""

    asked = Signal(str)
    """Emitted with the kind of file that the user wants to open: mesh, photo or background."""

    def __init__(self, context: Context, attacking: Attacking, parent: QWidget | None = None) -> None:
        super().__init__("Scene", parent)
        self._context = context
        self.viewport = Viewport(context.store, context.theme, context.view)
        self.viewport.touched.connect(attacking.stop)
        self.attack = AttackSection(context, attacking)
        self.attack_view = AttackView(context, attacking, self.viewport)
        self.head.addWidget(self.attack_view.bar)
        self.objects = Thumbnails(self._objects(), context.theme)
        self.backgrounds = Thumbnails(self._backgrounds(), context.theme)
        strips = (self.objects, self.backgrounds)
        for strip in strips:  # aligned columns
            strip.set_width(max(other.wanted_width for other in strips))
        self.objects.chosen.connect(self._choose_object)
        self.backgrounds.chosen.connect(self._choose_background)
        self.codes: dict[str, CodePanel] = {}
        self.form = Form(context.store, context.theme, self._refused, wanted=in_scene, special=self._special)
        self.form.rebuilt.connect(lambda: self._follow(context.store.session))
        below = QWidget()
        below.setObjectName("plain")
        column = QVBoxLayout(below)
        column.setContentsMargins(0, SPACE, 4, 0)
        column.setSpacing(SPACE)
        self.explain = ExplainPanel(context, self.viewport)
        column.addWidget(self.explain)
        column.addWidget(self._choices())
        column.addWidget(self.form)
        column.addWidget(self.attack)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(below)
        self._area = area
        self.split = QSplitter(Qt.Orientation.Vertical)
        self.split.setChildrenCollapsible(False)
        self.split.setHandleWidth(6)
        self.split.addWidget(self.viewport)
        self.split.addWidget(area)
        self.column.addWidget(self.split, 1)
        self.setMinimumWidth(320)
        context.store.changed.connect(self._on_changed)
        self._follow(context.store.session)

    def show_evaluation(self, evaluation: Evaluation) -> None:
        """Show the picture and all results that belong to it."""
        self.viewport.show_picture(evaluation.pixels, evaluation.notices)
        self.plane.show_results(evaluation.slots)
        self.attack.show_evaluation(evaluation)
        self.attack_view.show_evaluation(evaluation)
        self.explain.show_evaluation(evaluation)  # after the attack: its legend leaves room for the attack's text
        self._fit_head()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_head()

    def _fit_head(self) -> None:
        """Hide the heading where there is no room for it next to the buttons."""
        room = self.width() - self.attack_view.bar.sizeHint().width() - 4 * SPACE
        crowded = not self.attack_view.bar.isHidden() and room < self.heading.sizeHint().width()
        self.heading.setVisible(not crowded)

    @property
    def closed(self) -> frozenset[str]:
        """The headings of the closed sections."""
        return self.form.closed | (frozenset() if self.attack.is_open else {self.attack.title})

    def set_closed(self, titles: Collection[str]) -> None:
        """Close these sections and open all others."""
        self.form.set_closed(titles)
        self.attack.set_open(self.attack.title not in titles)

    def show_attack(self) -> None:
        """Open the attack section and scroll to it."""
        self.attack.set_open(True)
        # The height of the section is known only after the layout has run.
        QTimer.singleShot(0, self._area, self._scroll_to_attack)

    def _scroll_to_attack(self) -> None:
        self._area.verticalScrollBar().setValue(self.attack.y())

    @property
    def plane(self) -> PlaneRow:
        """The row of the plane with a feature image."""
        row = self.form.rows[PLANE_SWITCH]
        assert isinstance(row, PlaneRow)
        return row

    def close_panel(self) -> None:
        """Stop listening to the store."""
        self._context.store.changed.disconnect(self._on_changed, missing_ok=True)
        self.form.close_binding()
        self.attack.close_panel()
        self.explain.close_panel()

    def _refused(self, text: str) -> None:
        self._context.report(text, "error")

    def _special(self, parameter: Parameter) -> QWidget | None:
        if parameter.path == PLANE_SWITCH:
            return PlaneRow(parameter, self._context)
        if not parameter.control.multiline:
            return None
        panel = CodePanel(parameter, self._context)
        self.codes[parameter.path] = panel
        return panel

    def _choices(self) -> Section:
        section = Section("Object and Background", self._context.theme, resettable=False)
        for number, strip in enumerate((self.objects, self.backgrounds)):
            section.place(number, strip)
        return section

    def _objects(self) -> list[Choice]:
        known = [Choice(p.name, p.label, p.thumbnail) for p in self._context.resources.pairs.values()]
        return [
            *known,
            Choice(FILE, "Mesh…", tip="Open a mesh file (OBJ, glTF, PLY or STL)"),
            Choice(PHOTO, "Photo…", icon="camera", tip="Use a picture file as the input in place of the scene"),
        ]

    def _backgrounds(self) -> list[Choice]:
        known = [Choice(b.name, b.label, b.thumbnail) for b in self._context.resources.backgrounds.values()]
        return [*known, Choice(FILE, "Picture…", tip="Open a picture file as the background")]

    def _choose_object(self, name: str) -> None:
        if name in {FILE, PHOTO}:
            self.asked.emit("mesh" if name == FILE else "photo")
            return
        scene, pairs = self._context.store.session.scene, self._context.resources.pairs
        changes: dict[str, Any] = {"scene.photo": None, "scene.subject": PairSubject(name=name), PLANE_SWITCH: False}
        if scene.background.file is None and scene.background.name in {p.background for p in pairs.values()}:
            changes["scene.background.name"] = pairs[name].background
        self._context.store.update(changes)

    def _choose_background(self, name: str) -> None:
        if name == FILE:
            self.asked.emit("background")
        else:
            self._context.store.update({"scene.background.file": None, "scene.background.name": name})

    def _on_changed(self, old: Session, new: Session) -> None:
        if old.scene is not new.scene:
            parts = ("photo", "subject", "background", "plane")
            if any(getattr(old.scene, part) is not getattr(new.scene, part) for part in parts):
                self._follow(new)

    def _follow(self, session: Session) -> None:
        """Update the marked tiles and enable the parameters that apply."""
        scene = session.scene
        self.objects.show_choice(*_object_of(scene))
        file = scene.background.file
        self.backgrounds.show_choice(FILE if file else scene.background.name, Path(file.path).name if file else "")
        self.backgrounds.setEnabled(scene.photo is None)
        pair = self._context.resources.pairs.get(scene.subject.name) if isinstance(scene.subject, PairSubject) else None
        self.form.set_word(pair.morph if pair else NO_PAIR)
        for path, row in self.form.rows.items():
            if scene.photo is not None:
                row.setEnabled(path.startswith(PHOTO_PATHS))
            elif scene.plane.enabled:
                row.setEnabled(not path.startswith(OBJECT_PATHS))
            else:
                row.setEnabled(pair is not None or not path.startswith("scene.morph."))


def _object_of(scene: SceneState) -> tuple[str, str]:
    """Return the name of the tile that represents the input, and its label if it is a file."""
    if scene.photo is not None:
        return PHOTO, Path(scene.photo.file.path).name
    if isinstance(scene.subject, PairSubject):
        return scene.subject.name, ""
    return FILE, Path(scene.subject.mesh.path).name

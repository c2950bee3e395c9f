"""The sections on one unit: diverse feature images, strongest inputs, dataset examples, tuning curve."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog, QMenu

from perturber.core.jobs.feature_spec import shown_spec
from perturber.core.jobs.job import (
    Diversify,
    Examples,
    FeatureRequest,
    FindExamples,
    FindInputs,
    Input,
    Tune,
    TuningCurve,
)
from perturber.core.parameters.parameter import Parameter, get, walk
from perturber.core.session.scene import PairSubject
from perturber.core.session.session import Session
from perturber.gui.answers.feature_images import image_of
from perturber.gui.base.context import Context
from perturber.gui.unit.finding_part import FindingPart, UnitSubject
from perturber.gui.widgets.charts.curves import Curves
from perturber.gui.widgets.charts.numerals import short
from perturber.gui.widgets.inputs.combo import Combo
from perturber.gui.widgets.inputs.elided import MenuButton
from perturber.gui.widgets.pictures.gallery import Gallery, Item
from perturber.gui.widgets.pictures.maps import images_of, paint_maps
from perturber.nets.families.feature_store import Picture

IMAGES, INPUTS, EXAMPLES = 4, 8, 9
PICTURE = "input"
"""The name of the input pixels as a layer."""
COLORS = (("red", "#d03030"), ("green", "#30a040"), ("blue", "#3060d0"))
VIEWS = "Views of the Object"
MORPH, NO_PAIR = "{morph}", "Morph"


class DiversityPart(FindingPart):
    """Feature images that activate the unit and differ from each other."""

    def __init__(self, context: Context) -> None:
        super().__init__("Diversity", context)
        self.gallery = Gallery(context.theme, IMAGES, IMAGES, label=0)
        self.column.addWidget(self.gallery)

    def show_subject(self, subject: UnitSubject, naive: bool) -> None:
        """Start with a unit."""
        self.gallery.show_items(())
        self.ask(Diversify(wanted=subject.feature_request(naive), count=IMAGES))

    def show_result(self, value: object) -> None:
        pictures = cast("tuple[Picture, ...]", value)
        self.gallery.show_items([Item(image_of(picture)) for picture in pictures])


class InputsPart(FindingPart):
    """The units of the layer below with the largest weights into the unit; ``chosen`` carries a clicked one."""

    chosen = Signal(str, int)
    listed = Signal()
    """Emitted when the inputs, and with them ``wanted``, change."""

    def __init__(self, context: Context) -> None:
        super().__init__("Strongest Inputs", context)
        self.gallery = Gallery(context.theme, INPUTS // 2, INPUTS, double=True)
        self.gallery.clickable = True
        self.gallery.setAccessibleName("Strongest Inputs")
        self.gallery.chosen.connect(self._choose)
        self.column.addWidget(self.gallery)
        self._inputs: tuple[Input, ...] = ()
        self._wanted: tuple[FeatureRequest, ...] = ()

    def show_subject(self, subject: UnitSubject, naive: bool) -> None:
        """Start with a unit."""
        self._inputs, self._subject, self._naive = (), subject, naive
        self._wanted = ()
        self.gallery.show_items(())
        self.ask(FindInputs(slot=subject.slot, layer=subject.layer, unit=subject.unit, count=INPUTS))

    @property
    def wanted(self) -> tuple[FeatureRequest, ...]:
        """The requests for the inputs' feature images."""
        return self._wanted

    def show_result(self, value: object) -> None:
        self._inputs = cast("tuple[Input, ...]", value)
        spec, model = shown_spec(self._naive), self._subject.model
        below = [one for one in self._inputs if one.layer != PICTURE]
        self._wanted = tuple(FeatureRequest(model=model, layer=one.layer, unit=one.unit, spec=spec) for one in below)
        self.say(f"in {self._inputs[0].layer}" if self._inputs else "no inputs")
        self.repaint_items()
        self.listed.emit()

    def repaint_items(self) -> None:
        """Show the inputs with the feature images available so far."""
        if not self._inputs:
            return
        colors = self.context.theme.colors
        strongest = max(float(np.abs(one.kernel).max()) for one in self._inputs)
        pixels = [np.ascontiguousarray(paint_maps(one.kernel[None], strongest, colors)) for one in self._inputs]
        kernels = [images_of(tile)[0].copy() for tile in pixels]
        self.gallery.show_items([self._item(one, kernel) for one, kernel in zip(self._inputs, kernels, strict=True)])

    def _item(self, one: Input, kernel: QImage) -> Item:
        words = f"{one.unit}  {one.weight:+.2g}"
        side = len(one.kernel)
        tip = f"Weights {side} × {side}, sum {one.weight:+.4g}: red excites the unit, blue inhibits it"
        if one.layer == PICTURE:
            name, fill = COLORS[one.unit % len(COLORS)]
            return Item(None, f"{name}  {one.weight:+.2g}", tip, kernel, fill)
        wanted = next(w for w in self._wanted if w.unit == one.unit)
        return Item(self.context.features.get(wanted), words, f"{one.layer}:{one.unit}. {tip}", kernel)

    def _choose(self, number: int) -> None:
        one = self._inputs[number]
        if one.layer != PICTURE:
            self.chosen.emit(one.layer, one.unit)


class ExamplesPart(FindingPart):
    """The picture patches with the highest activation of the unit."""

    def __init__(self, context: Context) -> None:
        self.source = MenuButton()
        super().__init__("Dataset Examples", context, (self.source,))
        menu = QMenu(self)
        menu.addAction(VIEWS, lambda: self.use_folder(""))
        menu.addAction("Pictures in a Folder…", self.choose_folder)
        self.source.setObjectName("quiet")
        self.source.setToolTip("Choose the pictures to search; each set is searched once per unit and then remembered")
        self.source.setMenu(menu)
        self.source.set_name(VIEWS)
        self.folder = ""
        self.gallery = Gallery(context.theme, EXAMPLES, EXAMPLES)
        self.column.addWidget(self.gallery)
        self._subject: UnitSubject | None = None

    def show_subject(self, subject: UnitSubject, naive: bool) -> None:
        """Start with a unit."""
        self._subject = subject
        self.gallery.show_items(())
        unit = {"model": subject.model, "layer": subject.layer, "unit": subject.unit}
        self.ask(FindExamples(**unit, folder=self.folder, count=EXAMPLES))

    def choose_folder(self) -> None:
        """Ask for a folder of pictures."""
        name = QFileDialog.getExistingDirectory(self.window(), "Pictures for Dataset Examples", self.folder)
        if name:
            self.use_folder(name)

    def use_folder(self, folder: str) -> None:
        """Search the pictures in ``folder``; if empty, views of the objects."""
        self.folder = folder
        self.source.set_name(Path(folder).name if folder else VIEWS)
        self.source.setToolTip(folder or "Rendered views of the shipped objects")
        if self._subject is not None:
            self.show_subject(self._subject, False)

    def show_result(self, value: object) -> None:
        examples = cast("Examples", value)
        items = [
            Item(image_of(e.patch), short(e.value), _describe_example(e.source, e.value, e.box)) for e in examples.found
        ]
        self.gallery.show_items(items)
        words = f"of {examples.pictures} pictures" if items else f"none of {examples.pictures} pictures activates it"
        if examples.skipped:
            words += f"; skipped {len(examples.skipped)}: {', '.join(examples.skipped)}"
        self.say(words, tip="\n".join(examples.skipped))


def _describe_example(source: str, value: float, box: tuple[int, int, int, int]) -> str:
    left, top, right, bottom = box
    return f"{source}: {short(value, 4)} at {left}, {top} … {right}, {bottom}"


class TuningPart(FindingPart):
    """The unit's maximum activation over a parameter, one line per slot; a click sets the parameter."""

    def __init__(self, context: Context) -> None:
        self.menu = Combo(context.theme)
        super().__init__("Tuning Curve", context, (self.menu,))
        self.menu.setToolTip("Choose the parameter to vary")
        self.menu.setAccessibleName("Tuning curve parameter")
        self.menu.setMinimumWidth(220)
        self.curves = Curves(context.theme)
        self.curves.setToolTip("The unit's maximum activation; click or drag to set the parameter")
        self.column.addWidget(self.curves)
        self.parameter = Tune.model_fields["parameter"].default
        self._subject: UnitSubject | None = None
        self._parameters: dict[str, Parameter] = {}
        self.fill_menu()
        self.menu.activated.connect(self._choose)
        self.curves.picked.connect(lambda value: context.store.set(self.parameter, value))
        self.curves.began.connect(context.store.begin)
        self.curves.ended.connect(context.store.commit)
        self.curves.pointed.connect(self._point)

    def fill_menu(self) -> None:
        """List the continuous parameters of the current session."""
        session = self.context.store.session
        subject, pairs = session.scene.subject, self.context.resources.pairs
        pair = pairs.get(subject.name) if isinstance(subject, PairSubject) else None
        word = pair.morph if pair is not None else NO_PAIR
        self._parameters = {p.path: p for p in walk(session) if is_tunable(p)}
        self.menu.clear()
        for path, parameter in self._parameters.items():
            self.menu.addItem(f"{parameter.group}: {parameter.label}".replace(MORPH, word), path)
        if self.parameter not in self._parameters:
            self.parameter = next(iter(self._parameters))
        self.menu.setCurrentIndex(self.menu.findData(self.parameter))

    def show_subject(self, subject: UnitSubject, naive: bool) -> None:
        """Start with a unit."""
        self._subject = subject
        self.curves.show_lines((), {})
        self.measure()

    def measure(self) -> None:
        """Measure again, after a change of the scene; the old lines stay until the new ones arrive."""
        if self._subject is not None:
            self.show_now(self.context.store.session)
            self.ask(Tune(layer=self._subject.layer, unit=self._subject.unit, parameter=self.parameter))

    def show_now(self, session: Session) -> None:
        """Mark the session's current value of the parameter."""
        about = self._parameters[self.parameter]
        assert about.low is not None
        assert about.high is not None
        self.curves.show_axis(about.low, about.high, float(get(session, self.parameter)))

    def _point(self, text: str) -> None:
        if not self.question.is_open:
            self.say(text)

    def _choose(self, number: int) -> None:
        self.parameter = str(self.menu.itemData(number))
        self.curves.show_lines((), {})
        self.measure()

    def show_result(self, value: object) -> None:
        curve = cast("TuningCurve", value)
        if curve.parameter == self.parameter:
            self.curves.show_lines(curve.values, curve.activations)


def is_tunable(parameter: Parameter) -> bool:
    """Return whether a parameter changes the picture continuously between two bounds."""
    bounded = parameter.low is not None and parameter.high is not None
    return parameter.continuous and bounded and parameter.path.startswith(("scene.", "post."))

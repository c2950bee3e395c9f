"""What is painted of an attacked frame: the frame, the one before, the change or its spectrum, and what is written."""

from __future__ import annotations

from functools import partial
from time import monotonic

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLabel, QToolButton, QWidget

from perturber.core.evaluation import AttackResult, Evaluation
from perturber.core.session.session import Session
from perturber.gui.attack.attack_words import figure, percent, shortly, steps_line, verdict_words
from perturber.gui.attack.attacking import HOLD_MS, Attacking
from perturber.gui.attack.looks import GAINS, enlarged, gain_for, spectrum
from perturber.gui.base.context import Context
from perturber.gui.base.view import LOOKS, Look
from perturber.gui.picture.viewport import CHIP_GROUND, CHIP_INK, Viewport, image_of
from perturber.gui.widgets.frames.card import HEAD
from perturber.gui.widgets.pictures.captions import Caption
from perturber.gui.widgets.sliders.log_slider import LogSlider
from perturber.platforms import current

TITLES: dict[Look, tuple[str, str]] = {
    "attacked": ("Attacked", "What the networks see"),
    "original": ("Original", "The frame without the attack; press and hold to compare (hold O)"),
    "change": ("Change", "The change alone, multiplied, on gray"),
    "spectrum": ("Spectrum", "The change by frequency: the logarithm of its magnitude, slow waves in the middle"),
}
HINT = "Moving the scene ends the attack"
GAIN_WIDTH, GAIN_HEIGHT = 214, 30


class LookBar(QWidget):
    """Which of the pictures is painted. A button that is held down shows its picture only until it is let go."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("plain")
        self._view = context.view
        self._before: Look = "attacked"
        self._since = 0.0
        self.setMinimumHeight(HEAD)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(3)
        group = QButtonGroup(self)
        self.buttons: dict[Look, QToolButton] = {}
        for look in LOOKS:
            button = QToolButton()
            button.setObjectName("segment")
            button.setProperty("narrow", True)
            button.setCheckable(True)
            button.setText(TITLES[look][0])
            button.setToolTip(TITLES[look][1])
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.pressed.connect(partial(self.press, look))
            button.released.connect(self.release)
            group.addButton(button)
            line.addWidget(button)
            self.buttons[look] = button
        self._view.changed.connect(self._follow)
        self._follow()

    def press(self, look: Look) -> None:
        """Show a picture."""
        self._before, self._since = self._view.look, monotonic()
        self._view.set_look(look)

    def release(self) -> None:
        """After a while the one before is shown again; a click stays."""
        if 1000 * (monotonic() - self._since) > HOLD_MS:
            self.back()

    def back(self) -> None:
        """Show what was shown before the last press."""
        self._view.set_look(self._before)

    def _follow(self) -> None:
        self.buttons[self._view.look].setChecked(True)


class GainBar(QWidget):
    """Lies over the picture of the change: by what it is multiplied."""

    def __init__(self, context: Context, viewport: Viewport) -> None:
        super().__init__(viewport)
        self._view = context.view
        self.slider = LogSlider(context.theme, *GAINS, origin=GAINS[0], parent=self)
        self.slider.setAccessibleName("Gain")
        self.slider.moved.connect(self._view.set_gain)
        self.slider.reset.connect(lambda: self._view.set_gain(0.0))
        self.label = QLabel("Gain")
        self.label.setStyleSheet(f"color: rgb{CHIP_INK}; font-size: 12px;")
        self.auto = QToolButton()
        self.auto.setText("Auto")
        self.auto.setObjectName("quiet")
        self.auto.setCheckable(True)
        self.auto.setToolTip("Choose the gain by the change")
        self.auto.setStyleSheet(
            f"QToolButton {{ color: rgb{CHIP_INK}; }} QToolButton:checked {{ background: rgba(255, 255, 255, 45); }}"
        )
        self.auto.clicked.connect(lambda: self._view.set_gain(0.0))
        line = QHBoxLayout(self)
        line.setContentsMargins(10, 0, 6, 0)
        line.setSpacing(6)
        line.addWidget(self.label)
        line.addWidget(self.slider, 1)
        line.addWidget(self.auto)
        self.resize(GAIN_WIDTH, GAIN_HEIGHT)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.hide()

    def show_gain(self, gain: float) -> None:
        """Show the gain that is used."""
        self.slider.show_value(gain)
        self.auto.setChecked(self._view.gain == 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(*CHIP_GROUND))
        painter.drawRoundedRect(self.rect(), 6, 6)


class AttackView(QObject):
    """Keeps what lies over the viewport's picture up to date."""

    def __init__(self, context: Context, attacking: Attacking, viewport: Viewport) -> None:
        super().__init__(viewport)
        self._context, self._attacking, self._viewport = context, attacking, viewport
        self._evaluation: Evaluation | None = None
        self._taught = False
        self.bar = LookBar(context)
        self.gain = GainBar(context, viewport)
        self.bar.hide()
        context.view.changed.connect(self._show)
        viewport.resized.connect(self._place)
        viewport.hovered.connect(self._show)
        attacking.cleared.connect(self._teach)

    def show_evaluation(self, evaluation: Evaluation) -> None:
        """Show what belongs to another answer."""
        self._evaluation = evaluation
        self._show()

    def compare(self, on: bool) -> None:
        """Show the original for as long as something is held."""
        if on:
            self.bar.press("original")
        else:
            self.bar.back()

    def _teach(self) -> None:
        """Say once why the attack is gone."""
        if not self._taught:
            self._taught = True
            undo = current().key_text("Ctrl+Z")
            text = f"Moving the scene ended the attack ({undo} brings it back). Keep Attacking attacks every new frame."
            self._context.report(text, "info")

    def _show(self) -> None:
        evaluation = self._evaluation
        result = evaluation.attack if evaluation is not None else None
        there = result is not None and not (result.problem and result.taken == 0)
        if self.bar.isHidden() == there:
            self.bar.setVisible(there)
        look = self._context.view.look if there else "attacked"
        self.gain.setVisible(look == "change")
        if evaluation is None or result is None:
            self._viewport.show_over(None, ())
        elif not there:
            self._viewport.show_over(None, (Caption("bottom left", shortly(result.problem), "no attack"),))
        else:
            self._show_look(look, evaluation.session, result)

    def _show_look(self, look: Look, session: Session, result: AttackResult) -> None:
        image: QImage | None = None
        captions: list[Caption] = []
        if look == "attacked":
            captions = self._verdicts(session, result)
        elif look == "original":
            image = image_of(result.pixels)
            captions = [self._before(session, result)]
        elif look == "change":
            gain = self._context.view.gain or gain_for(result.change)
            image = image_of(enlarged(result.change, gain))
            self.gain.show_gain(gain)
            captions = [Caption("top left", f"change × {figure(gain, 3 if gain < 100 else 2)}")]
        else:
            image = image_of(spectrum(result.change))
            captions = [Caption("top left", "spectrum of the change")]
        self._viewport.show_over(image, captions, rings=look == "spectrum")

    def _color(self, slot: str) -> str:
        return self._context.theme.colors.slot(slot).name()

    def _before(self, session: Session, result: AttackResult) -> Caption:
        mine = next((v.original for v in result.verdicts if v.slot == session.attack.slot), None)
        if mine is None:
            return Caption("top left", "the frame without the attack")
        color = self._color(session.attack.slot)
        return Caption("top left", mine.name, "before", color, percent(mine.probability))

    def _verdicts(self, session: Session, result: AttackResult) -> list[Caption]:
        """As in the thesis: the class before and after in the upper corners, the top class in the lower right one."""
        attack = session.attack
        captions = [Caption("bottom left", steps_line(result, attack.taken, self._attacking.planned))]
        for verdict in reversed(result.verdicts):  # they stand on each other
            color, top = self._color(verdict.slot), percent(verdict.top.probability)
            if verdict.slot == attack.slot:
                reached = verdict.top.wnid == attack.target
                word = "target" if reached else "fooled" if verdict.fooled else "top class"
                captions += [
                    self._before(session, result),
                    Caption("top right", verdict.original.name, "after", color, percent(verdict.after)),
                    Caption("bottom right", verdict.top.name, word, color, top),
                ]
            else:
                captions.append(Caption("bottom left", verdict_words(verdict), "", color, top))
        if not self._taught and not attack.pinned and self._viewport.underMouse():
            captions.append(Caption("bottom left", HINT))
        return captions

    def _place(self) -> None:
        place = self._viewport.picture_rect()
        self.gain.move(place.left() + 8, place.bottom() - GAIN_HEIGHT - 8)

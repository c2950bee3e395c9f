"""The pictures of an attacked frame (attacked, original, change, spectrum) and their captions."""

from __future__ import annotations

from functools import partial
from time import monotonic

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLabel, QToolButton, QWidget

from perturber.core.evaluation import AttackResult, Evaluation
from perturber.core.session.session import Session
from perturber.gui.attack.attack_words import (
    describe_progress,
    describe_verdict,
    format_number,
    percent,
    shorten_notice,
    shorten_problem,
)
from perturber.gui.attack.attacking import HOLD_MS, Attacking
from perturber.gui.attack.looks import GAINS, amplify, choose_gain, render_spectrum
from perturber.gui.base.context import Context
from perturber.gui.base.view import LOOKS, Look
from perturber.gui.picture.viewport import CHIP_GROUND, CHIP_INK, Viewport, image_of
from perturber.gui.widgets.frames.card import HEAD
from perturber.gui.widgets.pictures.captions import Caption
from perturber.gui.widgets.sliders.log_slider import LogSlider
from perturber.platforms import current

TITLES: dict[Look, tuple[str, str]] = {
    "attacked": ("Attacked", "Show the pixels that the networks receive"),
    "original": ("Original", "Show the frame without the attack. Hold to compare (O)"),
    "change": ("Change", "Show the change alone, amplified, on gray"),
    "spectrum": ("Spectrum", "Show the log-magnitude spectrum of the change, with low frequencies in the center"),
}
HINT = "Moving the scene ends the attack"
GAIN_WIDTH, GAIN_HEIGHT = 214, 30


class LookBar(QWidget):
    """The buttons that choose the picture; holding a button shows its picture until release."""

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
        """Show a picture, and note when the button was pressed."""
        self._before, self._since = self._view.look, monotonic()
        self._view.set_look(look)

    def release(self) -> None:
        """Return to the previous picture after a hold; keep the new one after a click."""
        if 1000 * (monotonic() - self._since) > HOLD_MS:
            self.back()

    def back(self) -> None:
        """Show the picture from before the last press."""
        self._view.set_look(self._before)

    def _follow(self) -> None:
        self.buttons[self._view.look].setChecked(True)


class GainBar(QWidget):
    """The control over the picture of the change that sets its gain."""

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
        self.auto.setToolTip("Choose the gain from the size of the change")
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
        """Show the gain in use."""
        self.slider.show_value(gain)
        self.auto.setChecked(self._view.gain == 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(*CHIP_GROUND))
        painter.drawRoundedRect(self.rect(), 6, 6)


class AttackView(QObject):
    """The controller of the pictures and captions over the viewport."""

    def __init__(self, context: Context, attacking: Attacking, viewport: Viewport) -> None:
        super().__init__(viewport)
        self._context, self._attacking, self._viewport = context, attacking, viewport
        self._evaluation: Evaluation | None = None
        self._explained_end = False
        self.bar = LookBar(context)
        self.gain = GainBar(context, viewport)
        self.bar.hide()
        context.view.changed.connect(self._show)
        viewport.resized.connect(self._place)
        viewport.hovered.connect(self._show)
        attacking.cleared.connect(self._explain_end)

    def show_evaluation(self, evaluation: Evaluation) -> None:
        """Update the pictures and captions."""
        self._evaluation = evaluation
        self._show()

    def compare(self, on: bool) -> None:
        """Show the original while a key is held."""
        if on:
            self.bar.press("original")
        else:
            self.bar.back()

    def _explain_end(self) -> None:
        """Explain once why the attack ended."""
        if not self._explained_end:
            self._explained_end = True
            undo = current().key_text("Ctrl+Z")
            text = f"Moving the scene ended the attack ({undo} restores it). Keep Attacking attacks every new frame."
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
            self._viewport.show_over(None, (Caption("bottom left", shorten_problem(result.problem), "no attack"),))
        else:
            self._show_look(look, evaluation.session, result)

    def _show_look(self, look: Look, session: Session, result: AttackResult) -> None:
        image: QImage | None = None
        captions: list[Caption] = []
        if look == "attacked":
            captions = self._verdict_captions(session, result)
        elif look == "original":
            image = image_of(result.pixels)
            captions = [self._original_caption(session, result)]
        elif look == "change":
            gain = self._context.view.gain or choose_gain(result.change)
            image = image_of(amplify(result.change, gain))
            self.gain.show_gain(gain)
            captions = [Caption("top left", f"change × {format_number(gain, 3 if gain < 100 else 2)}")]
        else:
            image = image_of(render_spectrum(result.change))
            captions = [Caption("top left", "spectrum of the change")]
        self._viewport.show_over(image, captions, rings=look == "spectrum")

    def _color(self, slot: str) -> str:
        return self._context.theme.colors.slot(slot).name()

    def _original_caption(self, session: Session, result: AttackResult) -> Caption:
        mine = next((v.original for v in result.verdicts if v.slot == session.attack.slot), None)
        if mine is None:
            return Caption("top left", "frame without the attack")
        color = self._color(session.attack.slot)
        return Caption("top left", mine.name, "before", color, percent(mine.probability))

    def _verdict_captions(self, session: Session, result: AttackResult) -> list[Caption]:
        """Place captions as in the thesis: the class before and after at the top, the top class at the lower right."""
        attack = session.attack
        captions = [Caption("bottom left", describe_progress(result, attack.taken, self._attacking.planned))]
        if result.notice:
            captions.append(Caption("bottom left", shorten_notice(result.notice)))
        for verdict in reversed(result.verdicts):  # captions stack upward
            color, top = self._color(verdict.slot), percent(verdict.top.probability)
            if verdict.slot == attack.slot:
                reached = verdict.top.key == attack.target
                word = "target" if reached else "fooled" if verdict.fooled else "top class"
                captions += [
                    self._original_caption(session, result),
                    Caption("top right", verdict.original.name, "after", color, percent(verdict.after)),
                    Caption("bottom right", verdict.top.name, word, color, top),
                ]
            else:
                captions.append(Caption("bottom left", describe_verdict(verdict), "", color, top))
        if not self._explained_end and not attack.pinned and self._viewport.underMouse():
            captions.append(Caption("bottom left", HINT))
        return captions

    def _place(self) -> None:
        place = self._viewport.picture_rect()
        self.gain.move(place.left() + 8, place.bottom() - GAIN_HEIGHT - 8)

"""The dialog that offers the sessions of crashed windows: pick any of them to restore, discard or keep."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QDateTime, QLocale, QSize, Qt, Signal
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QPainterPath, QPixmap
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMessageBox,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from perturber.core.session.recovery import CrashedSession
from perturber.core.session.session import Session
from perturber.gui.base.image_file import image_of_png
from perturber.gui.style.theme import RADIUS, SPACE
from perturber.gui.widgets.frames.text_labels import heading, wrapped_label
from perturber.gui.widgets.inputs.dialog_button import dialog_button

SIDE = 96
"""Side of a picture, in logical pixels."""
VISIBLE = 4
"""Number of sessions that are visible without scrolling."""
WIDTH = 580
Describe = Callable[[Session], tuple[str, str]]
"""Returns the title of a session and a line about it."""
Sessions = Sequence[CrashedSession]


class RecoveryRow(QFrame):
    """One session: check box, picture, what it shows, and when it was last changed."""

    def __init__(self, crashed: CrashedSession, title: str, about: str) -> None:
        super().__init__()
        self.crashed = crashed
        self.setObjectName("panel")
        changed = QLabel(f"Last changed {time_text(crashed.changed)}")
        self.check = QCheckBox()
        self.check.setChecked(True)
        self.check.setAccessibleName(f"{title}, {changed.text()}")
        picture = QLabel()
        picture.setFixedSize(SIDE, SIDE)
        picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        picture.setObjectName("caption")
        drawn = thumbnail(crashed.picture, SIDE, self.devicePixelRatioF())
        if drawn is None:
            picture.setText("No picture")
        else:
            picture.setPixmap(drawn)
        texts = QVBoxLayout()
        texts.setSpacing(SPACE // 2)
        texts.addStretch(1)
        name, line = heading(title), wrapped_label("caption")
        line.setText(about)
        changed.setObjectName("caption")
        for label in (name, changed, line):
            label.setTextFormat(Qt.TextFormat.PlainText)
            texts.addWidget(label)
        texts.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, SPACE, 12, SPACE)
        row.setSpacing(12)
        row.addWidget(self.check)
        row.addWidget(picture)
        row.addLayout(texts, 1)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.check.toggle()


class RecoveryDialog(QDialog):
    """Offers sessions. Closing the dialog keeps those that remain; ``finished`` follows every way to close it."""

    restored = Signal(list)
    """Emitted with the sessions to restore, in their order of display."""
    discarded = Signal(list)
    """Emitted with the sessions to delete, after the person has confirmed."""

    def __init__(self, sessions: Sessions, describe: Describe, parent: QWidget, problem: str = "") -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Recover Sessions")
        self.rows = [RecoveryRow(crashed, *describe(crashed.session)) for crashed in sessions]
        self.summary = wrapped_label("title")
        about = wrapped_label("caption")
        about.setText("The first restored session opens here, each further one in a window of its own.")
        about.setVisible(len(sessions) > 1)
        self.problem = wrapped_label("error")
        self.problem.setTextFormat(Qt.TextFormat.PlainText)
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
        self.discard = dialog_button("&Discard…", self._ask, "Delete the selected sessions")
        self.keep = dialog_button(
            "&Keep for Later", self.reject, "Close; the sessions are offered again at the next start"
        )
        self.restore = dialog_button("&Restore", self.accept, "Restore the selected sessions")
        self.restore.setDefault(True)
        self.question = QMessageBox(QMessageBox.Icon.NoIcon, "Discard Sessions", "", parent=self)
        self.question.setInformativeText("They cannot be restored afterwards.")
        self.confirm = self.question.addButton("&Discard", QMessageBox.ButtonRole.DestructiveRole)
        self.question.setDefaultButton(self.question.addButton(QMessageBox.StandardButton.Cancel))
        self.confirm.clicked.connect(self._discard)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(SPACE)
        for widget in (self.summary, about, self.problem):
            column.addWidget(widget)
        column.addWidget(self._list(), 1)
        buttons = QHBoxLayout()
        buttons.addWidget(self.discard)
        buttons.addStretch(1)
        buttons.addWidget(self.keep)
        buttons.addWidget(self.restore)
        column.addLayout(buttons)
        self.setMinimumWidth(WIDTH)
        self._follow()
        self.resize(WIDTH, column.totalHeightForWidth(WIDTH))
        self.restore.setFocus()

    def _list(self) -> QScrollArea:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        for row in self.rows:
            row.check.toggled.connect(self._follow)
            column.addWidget(row)
        column.addStretch(1)
        area = QScrollArea()
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidgetResizable(True)
        area.setWidget(inside)
        height = inside.sizeHint().height() if len(self.rows) <= VISIBLE else VISIBLE * (SIDE + 3 * SPACE + 2)
        area.setMinimumHeight(height)
        return area

    @property
    def selected(self) -> list[CrashedSession]:
        """The selected sessions, in their order of display."""
        return [row.crashed for row in self.rows if row.check.isChecked()]

    def accept(self) -> None:
        if self.selected:
            self.restored.emit(self.selected)
            super().accept()

    def _ask(self) -> None:
        self.question.setText(f"Delete {_count(len(self.selected), 'selected session')}?")
        self.question.open()

    def _discard(self) -> None:
        self.discarded.emit(self.selected)
        for row in [row for row in self.rows if row.check.isChecked()]:
            self.rows.remove(row)
            row.deleteLater()
        self._follow()
        if not self.rows:
            self.reject()

    def _follow(self) -> None:
        count = _count(len(self.rows), "session")
        self.summary.setText(f"Perturber ended unexpectedly with unsaved changes in {count}.")
        for button in (self.discard, self.restore):
            button.setEnabled(bool(self.selected))


def thumbnail(png: bytes, side: int, ratio: float) -> QPixmap | None:
    """Return a picture with rounded corners, ``side`` logical pixels wide and high; None if ``png`` is damaged."""
    image = image_of_png(png)
    if image.isNull():
        return None
    size = QSize(side, side) * ratio
    scaled = image.scaled(size, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation)
    made = QPixmap(size)
    made.fill(Qt.GlobalColor.transparent)
    made.setDevicePixelRatio(ratio)
    outline = QPainterPath()
    outline.addRoundedRect(0, 0, side, side, RADIUS, RADIUS)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setClipPath(outline)
    painter.drawImage(0, 0, _at_ratio(scaled, ratio))
    painter.end()
    return made


def _at_ratio(image: QImage, ratio: float) -> QImage:
    image.setDevicePixelRatio(ratio)
    return image


def time_text(seconds: float) -> str:
    """Return a time (seconds since 1970) as today, yesterday or a date, with hours and minutes."""
    at, locale = QDateTime.fromSecsSinceEpoch(int(seconds)), QLocale()
    days = at.date().daysTo(QDateTime.currentDateTime().date())
    day = {0: "today", 1: "yesterday"}.get(days, locale.toString(at.date(), QLocale.FormatType.LongFormat))
    return f"{day} at {locale.toString(at.time(), QLocale.FormatType.ShortFormat)}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + "s" * (number != 1)

"""A one-line banner for errors and news, used in place of dialogs."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from perturber.core.printable import clean
from perturber.gui.style.icons import icon, pixmap
from perturber.gui.style.theme import RADIUS, SPACE, Theme

NARROWEST, WIDEST = 200, 760
AROUND = 96
"""Width of everything except the text, in pixels."""
INFO_MS = 5000
LIFT = 40
"""Distance from the bottom of the window, in pixels."""


class Banner(QWidget):
    """Floats over the bottom of the window. Errors stay until closed or resolved, news disappear after a while."""

    def __init__(self, theme: Theme, over: QWidget) -> None:
        super().__init__(over)
        self._theme, self._over = theme, over
        self._error = False
        self._origin = ""
        self._icon = QLabel()
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._close = QToolButton()
        self._close.setObjectName("tiny")
        self._close.setIconSize(QSize(14, 14))
        self._close.setToolTip("Close (Esc)")
        self._close.clicked.connect(self.dismiss)
        self._line = line = QHBoxLayout(self)
        line.setContentsMargins(14, 10, 8, 10)
        line.setSpacing(SPACE + 2)
        line.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(self._text, 1)
        line.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.dismiss)
        over.installEventFilter(self)
        theme.changed.connect(self._recolor)
        self.hide()

    @property
    def text(self) -> str:
        """The message on screen; empty while hidden."""
        return self._text.text() if not self.isHidden() else ""

    def say(self, text: str, error: bool, origin: str = "") -> None:
        """Show a message. ``origin`` names its subject, for `resolve`."""
        self._error, self._origin = error, origin
        self._text.setText(clean(text))
        self._timer.stop()
        if not error:
            self._timer.start(INFO_MS)
        self._recolor()
        self._place()
        self.show()
        self.raise_()

    def resolve(self, origin: str) -> None:
        """Close the message if it has this origin."""
        if self._origin == origin and not self.isHidden():
            self.dismiss()

    def dismiss(self) -> None:
        """Close the message."""
        self._timer.stop()
        self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._over and event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    def _place(self) -> None:
        needed = self._text.fontMetrics().horizontalAdvance(self._text.text()) + AROUND
        width = max(NARROWEST, min(WIDEST, self._over.width() - 4 * SPACE, needed))
        self.setFixedWidth(width)
        height = max(40, self._line.totalHeightForWidth(width))
        left = (self._over.width() - width) // 2
        self.setGeometry(left, self._over.height() - height - LIFT, width, height)

    def _recolor(self) -> None:
        colors = self._theme.colors
        ink = colors.error if self._error else colors.muted
        self._icon.setPixmap(pixmap("alert" if self._error else "info", ink, 18, self.devicePixelRatioF()))
        self._close.setIcon(icon("close", colors.muted))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        colors = self._theme.colors
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(QColor(colors.error_card if self._error else colors.card))
        painter.setPen(QPen(QColor(colors.error if self._error else colors.line), 1))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)

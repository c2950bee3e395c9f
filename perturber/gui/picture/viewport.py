"""The picture that the networks see, with mouse control of the camera."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto
from pathlib import Path

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QEnterEvent,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from perturber.core.evaluation import Pixels
from perturber.core.session.store import Store
from perturber.gui.base.view import ViewOptions
from perturber.gui.picture import gestures
from perturber.gui.style.theme import Theme, font
from perturber.gui.widgets.pictures.captions import Caption, paint_captions, paint_rings

NOTCH = 120.0
NOTICES = 5
"""Most lines of notices shown over the picture."""
CHIP_GROUND, CHIP_INK = (10, 12, 16, 200), (235, 238, 243)
"""The same in both themes, since the background is a picture."""
WHEEL_PAUSE_MS = 400
"""Wheel steps with shorter pauses than this form one undo step."""
HINT = (
    "Drag: rotate  ·  Shift-drag or right-drag: roll",
    "Wheel: distance  ·  Middle-drag: pan  ·  Double-click: reset",
)
"""Shown under the pointer until the first gesture."""


class Gesture(Enum):
    """What a drag does."""

    ROTATE = auto()
    ROLL = auto()
    PAN = auto()


def image_of(pixels: Pixels) -> QImage:
    """Return pixels (height × width × 3) in the format that paints fastest; the image owns its memory."""
    height, width = pixels.shape[:2]
    view = QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888)
    return view.convertToFormat(QImage.Format.Format_RGB32)


class Viewport(QWidget):
    """Paints the newest picture as a square and turns mouse gestures into camera changes."""

    dropped = Signal(list)
    """Emitted with the paths of dropped files."""
    touched = Signal()
    """Emitted before the user moves the camera."""
    resized = Signal()
    hovered = Signal()
    """Emitted when the pointer enters or leaves."""

    def __init__(self, store: Store, theme: Theme, view: ViewOptions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._store, self._theme, self._view = store, theme, view
        self._image: QImage | None = None
        self._instead: QImage | None = None
        self._captions: tuple[Caption, ...] = ()
        self._rings = False
        self._overlay: QImage | None = None
        self._gesture: Gesture | None = None
        self._last = QPointF()
        self._dropping = False
        self._taught = False
        self._message = "Starting the engine…"
        self._notices: tuple[str, ...] = ()
        self._read: tuple[str, ...] = ()
        self._wheel = QTimer(self)
        self._wheel.setSingleShot(True)
        self._wheel.setInterval(WHEEL_PAUSE_MS)
        self._wheel.timeout.connect(store.commit)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(160, 160)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.setAcceptDrops(True)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setAccessibleName("Picture")
        theme.changed.connect(self.update)
        view.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(448, 448)

    @property
    def image(self) -> QImage | None:
        """The picture as the networks see it."""
        return self._image

    def show_picture(self, pixels: Pixels, notices: tuple[str, ...] = ()) -> None:
        """Show new pixels, with notices about them."""
        self._image, self._overlay = image_of(pixels), None
        if notices != self._notices:
            self._notices = notices
            self.setToolTip("\n".join(notices))
        self.update()

    def show_overlay(self, overlay: QImage | None) -> None:
        """Paint an overlay in place of the picture until the next picture; None paints the picture itself."""
        if overlay is not None or self._overlay is not None:
            self._overlay = overlay
            self.update()

    @property
    def overlay(self) -> QImage | None:
        """The image that is painted in place of the picture."""
        return self._overlay

    def show_over(self, instead: QImage | None, captions: Sequence[Caption], rings: bool = False) -> None:
        """Paint captions and, if given, another image; `image` remains the picture that the networks see."""
        self._instead, self._captions, self._rings = instead, tuple(captions), rings
        self.update()

    @property
    def captions(self) -> tuple[Caption, ...]:
        """The captions over the picture."""
        return self._captions

    @property
    def painted(self) -> QImage | None:
        """The image on screen, which may differ from the one the networks see."""
        return self._instead or self._overlay or self._image

    def show_message(self, text: str) -> None:
        """Show a message in place of a missing picture."""
        self._message = text
        self.update()

    def picture_rect(self) -> QRect:
        """Return the area of the picture in widget coordinates."""
        side = min(self.width(), self.height())
        return QRect((self.width() - side) // 2, (self.height() - side) // 2, side, side)

    def resizeEvent(self, event: QResizeEvent) -> None:
        # The picture is square, so height beyond the width is better used by what is below.
        self.setMaximumHeight(max(self.minimumHeight(), self.width()))
        self.resized.emit()

    # Mouse.

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._gesture is not None or self._store.session.scene.photo is not None:
            return
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        left = Gesture.ROLL if shift else Gesture.PAN if control else Gesture.ROTATE
        kinds = {
            Qt.MouseButton.LeftButton: left,
            Qt.MouseButton.RightButton: Gesture.ROLL,
            Qt.MouseButton.MiddleButton: Gesture.PAN,
        }
        self._gesture = kinds.get(event.button())
        if self._gesture is not None:
            self._taught, self._read = True, self._notices
            self._last = event.position()
            self._button = event.button()
            self._finish_wheel()
            self.touched.emit()
            self._store.begin()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._gesture is None:
            return
        now, camera = event.position(), self._store.session.scene.camera
        step = now - self._last
        if self._gesture is Gesture.ROTATE:
            changes = gestures.rotate(camera, step.x(), step.y())
        elif self._gesture is Gesture.PAN:
            changes = gestures.pan(camera, step.x(), step.y(), self.picture_rect().width())
        else:
            center = QRectF(self.picture_rect()).center()
            a, b = self._last - center, now - center
            changes = gestures.roll(camera, (a.x(), a.y()), (b.x(), b.y()), self.picture_rect().width())
        self._last = now
        self._store.update(changes)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._gesture is not None and event.button() == self._button:
            self._gesture = None
            self._store.commit()
            self.setCursor(Qt.CursorShape.OpenHandCursor)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._store.session.scene.photo is None:
            self._store.update(gestures.home())

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self._store.session.scene.photo is None:
            if not self._wheel.isActive():
                self.touched.emit()
                self._store.begin()
            self._wheel.start()
            self._store.update(gestures.dolly(self._store.session.scene.camera, event.angleDelta().y() / NOTCH))
        event.accept()

    def _finish_wheel(self) -> None:
        if self._wheel.isActive():
            self._wheel.stop()
            self._store.commit()

    def enterEvent(self, event: QEnterEvent) -> None:
        self.hovered.emit()
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self.hovered.emit()
        self.update()

    # Files.

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()
            self._dropping = True
            self.update()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._dropping = False
        self.update()

    def dropEvent(self, event: QDropEvent) -> None:
        self._dropping = False
        self.update()
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        event.acceptProposedAction()
        self.dropped.emit(paths)

    # Painting.

    def paintEvent(self, event: QPaintEvent) -> None:
        colors = self._theme.colors
        painter = QPainter(self)
        place = self.picture_rect()
        if place != self.rect():
            painter.fillRect(self.rect(), QColor(colors.panel))
        image = self.painted
        if image is None:
            painter.fillRect(place, QColor(colors.card))
            self._write(painter, place, self._message, Qt.AlignmentFlag.AlignCenter)
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not self._view.pixel_exact)
        painter.drawImage(place, image)
        if self._rings:
            paint_rings(painter, QRectF(place))
        paint_captions(painter, QRectF(place.adjusted(0, self._taken_above(place), 0, 0)), self._captions)
        if self._notices:
            many = f"{len(self._notices)} notice{'s' * (len(self._notices) != 1)}: hover to read"
            self._chip(painter, place, (many,) if self._read == self._notices else self._notices)
        elif self.underMouse() and not (self._taught or self._captions) and self._store.session.scene.photo is None:
            self._chip(painter, place, HINT)
        if self._dropping:
            painter.setPen(QPen(QColor(colors.text), 2))
            painter.drawRect(place.adjusted(1, 1, -1, -1))
            self._chip(painter, place, ("Drop a picture, mesh or session",))

    def _taken_above(self, place: QRect) -> int:
        """Return the height at the top of the picture that other widgets cover."""
        inside = self.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
        shown = (c.geometry() for c in inside if c.isVisible() and c.y() < place.center().y())
        return max((box.bottom() - place.top() for box in shown), default=0)

    def _write(self, painter: QPainter, place: QRect, text: str, where: Qt.AlignmentFlag) -> None:
        painter.setPen(QColor(self._theme.colors.muted))
        painter.setFont(font(13))
        painter.drawText(place, where, text)

    def _chip(self, painter: QPainter, place: QRect, lines: tuple[str, ...]) -> None:
        """Paint wrapped lines on a dark background at the bottom of the picture; surplus lines are only counted."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font(11))
        more = (f"… and {len(lines) - NOTICES + 1} more",) if len(lines) > NOTICES else ()
        text = "\n".join((*lines[: NOTICES - len(more)], *more))
        room = place.adjusted(18, 8, -18, -13)
        flags = Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap
        written = painter.boundingRect(room, flags, text).intersected(room)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(*CHIP_GROUND))
        painter.drawRoundedRect(written.adjusted(-10, -6, 10, 6), 6, 6)
        painter.setPen(QColor(*CHIP_INK))
        painter.drawText(written, flags, text)

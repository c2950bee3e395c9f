"""Example pictures of classes for the window, read on a thread and kept in memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PIL import Image
from PySide6.QtCore import QObject, QRectF, Qt, Signal
from PySide6.QtGui import QImage, QPainter, QPainterPath

from perturber.core.errors import InputError
from perturber.gui.answers.tasks import Tasks
from perturber.nets.families.class_pictures import EXPECTED, ClassPictureRequest, PictureFolder, Place, found, places
from perturber.nets.families.family import Family
from perturber.scene.files.image import open_picture

KEPT = 256
"""Most classes whose pictures are in memory."""
SMALL, LARGE = 40, 160
"""Sides in logical pixels: next to a class, and in its tooltip."""
ROUND = 0.12
"""Corner radius as a fraction of the side."""


@dataclass(frozen=True, eq=False)
class ClassPicture:
    """One picture in two sizes, square with rounded corners, at the resolution of the screen."""

    small: QImage
    large: QImage


@dataclass(frozen=True, eq=False)
class _PictureReading:
    """Result of looking for a picture: the first readable one, and the errors of others."""

    picture: ClassPicture | None
    problems: tuple[InputError, ...]


class ClassPictures(QObject):
    """Returns pictures from memory at once and reads the rest; ``changed`` is emitted when one arrives."""

    changed = Signal()
    complained = Signal(str)
    """Emitted when a picture or the folder is unusable; once per message."""

    def __init__(
        self, families: Mapping[str, Family], tasks: Tasks, scale: float = 1.0, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._families, self._tasks, self._scale = families, tasks, scale
        self._kept: OrderedDict[ClassPictureRequest, ClassPicture | None] = OrderedDict()
        self._fetching: set[ClassPictureRequest] = set()
        self._told: set[str] = set()
        self._places: tuple[Place, ...] = places(families, None)

    def use_folder(self, folder: PictureFolder | None) -> None:
        """Set the user's folder of class pictures; None for none."""
        self._places = places(self._families, folder)
        self._kept.clear()
        self._fetching.clear()
        self.changed.emit()

    def get(self, wanted: ClassPictureRequest) -> ClassPicture | None:
        """Return the picture of a class if it is in memory; otherwise start reading it and return None."""
        if wanted in self._kept:
            self._kept.move_to_end(wanted)
            return self._kept[wanted]
        if wanted not in self._fetching:
            self._fetching.add(wanted)
            work = partial(_read, self._places, wanted, self._scale)
            self._tasks.run(work, partial(self._keep, self._places, wanted), self._complain)
        return None

    def _keep(self, asked: tuple[Place, ...], wanted: ClassPictureRequest, reading: _PictureReading) -> None:
        if asked is not self._places:  # an answer for a folder that is no longer in use
            return
        self._fetching.discard(wanted)
        self._kept[wanted] = reading.picture
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        for problem in reading.problems:
            self._complain(problem)
        if reading.picture is not None:
            self.changed.emit()

    def _complain(self, problem: Exception) -> None:
        if str(problem) not in self._told:
            self._told.add(str(problem))
            self.complained.emit(str(problem))


def open_folder(path: Path) -> PictureFolder:
    """Open a folder of class pictures. Raises InputError if it is unreadable or no entry is named after a class."""
    folder = PictureFolder(path)
    if not len(folder):
        raise InputError(str(path), "no file or folder in it is named after a class", EXPECTED)
    return folder


def _read(looked: tuple[Place, ...], wanted: ClassPictureRequest, scale: float) -> _PictureReading:
    problems: list[InputError] = []
    try:
        for path in found(looked, wanted):
            try:
                return _PictureReading(_crop_square(open_picture(path), scale), tuple(problems))
            except InputError as error:
                problems.append(error)
    except InputError as error:
        problems.append(error)
    return _PictureReading(None, tuple(problems))


def _crop_square(picture: Image.Image, scale: float) -> ClassPicture:
    """Return the central square of a picture in both sizes."""
    edge = min(picture.size)
    left, top = (picture.width - edge) / 2, (picture.height - edge) / 2
    box = (left, top, left + edge, top + edge)

    def scale_to(side: int) -> QImage:
        pixels = round(side * scale)
        small = picture.resize((pixels, pixels), Image.Resampling.BICUBIC, box=box, reducing_gap=2.0)
        flat = QImage(small.tobytes(), pixels, pixels, 3 * pixels, QImage.Format.Format_RGB888)
        made = _round_corners(flat)
        made.setDevicePixelRatio(scale)
        return made

    return ClassPicture(scale_to(SMALL), scale_to(LARGE))


def _round_corners(flat: QImage) -> QImage:
    made = QImage(flat.size(), QImage.Format.Format_ARGB32_Premultiplied)
    made.fill(Qt.GlobalColor.transparent)
    radius = ROUND * flat.width()
    outline = QPainterPath()
    outline.addRoundedRect(QRectF(flat.rect()), radius, radius)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setClipPath(outline)
    painter.drawImage(0, 0, flat)
    painter.end()
    return made

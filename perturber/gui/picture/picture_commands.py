"""Commands on the picture: copy it, show its pixels, reset the camera."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtGui import QGuiApplication

from perturber.gui.base.context import Context
from perturber.gui.base.menu_command import Command, Entry, MenuPlace, MenuTitle, SubjectCommands
from perturber.gui.picture import gestures
from perturber.gui.picture.viewport import Viewport


class PictureCommands(SubjectCommands):
    """Commands on the picture of the viewport."""

    def __init__(self, context: Context, viewport: Viewport) -> None:
        self._context, self._viewport = context, viewport

    def commands(self) -> Iterable[Entry]:
        """Return the commands for picture and camera."""
        view, store, at = self._context.view, self._context.store, MenuPlace
        yield Command(
            "copy", "&Copy Picture", MenuTitle.EDIT, at(2, 1), self.copy, shortcut="Ctrl+Shift+C", icon="copy"
        )
        yield Command(
            "home",
            "Reset C&amera",
            MenuTitle.EDIT,
            at(3, 1),
            lambda: store.update(gestures.home()),
            shortcut="Ctrl+0",
        )
        yield Command(
            "pixels",
            "No Interpolation",
            MenuTitle.VIEW,
            at(1, 2),
            lambda: view.set_pixel_exact(not view.pixel_exact),
            shortcut="P",
            tip="Show pictures and maps without interpolation",
            checked=lambda: view.pixel_exact,
        )

    def copy(self) -> None:
        """Copy the picture to the clipboard as the networks see it."""
        image = self._viewport.image
        if image is not None:
            QGuiApplication.clipboard().setImage(image)
            self._context.report("Copied the picture", "info")

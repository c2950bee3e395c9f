"""A window that is created on first use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from PySide6.QtWidgets import QWidget

W = TypeVar("W", bound=QWidget)


class LateWindow(Generic[W]):
    """Holds one window; ``window`` is None until it is first shown."""

    def __init__(self, make: Callable[[], W]) -> None:
        self._make = make
        self.window: W | None = None

    def bring(self) -> None:
        """Show the window in front of the others."""
        if self.window is None:
            self.window = self._make()
        self.window.show()
        self.window.raise_()
        self.window.activateWindow()

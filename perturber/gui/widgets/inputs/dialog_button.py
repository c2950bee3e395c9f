"""Buttons at the bottom of a dialog."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QPushButton


def dialog_button(text: str, do: Callable[[], object], tip: str) -> QPushButton:
    """Return a button that calls ``do``; Enter does not press it unless it is the default button."""
    made = QPushButton(text)
    made.setToolTip(tip)
    made.setAutoDefault(False)
    made.clicked.connect(lambda _on=False: do())
    return made

"""Labels of the style sheet's kinds."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel


def heading(text: str) -> QLabel:
    """Return the title of a part of a window."""
    made = QLabel(text)
    made.setObjectName("title")
    return made


def wrapped_label(kind: str) -> QLabel:
    """Return an empty label that wraps its text; ``kind`` is a name of the style sheet, such as ``caption``."""
    made = QLabel()
    made.setObjectName(kind)
    made.setWordWrap(True)
    return made

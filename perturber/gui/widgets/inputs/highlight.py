"""Syntax highlighting for GLSL: types, keywords, numbers and comments."""

from __future__ import annotations

import re

from PySide6.QtGui import QColor, QFont, QSyntaxHighlighter, QTextCharFormat, QTextDocument

from perturber.gui.style.theme import Colors, Theme

WORDS = (
    r"\b(?:void|bool|int|uint|float|[biu]?vec[234]|mat[234](?:x[234])?|sampler2D|const|in|out|inout|"
    r"if|else|for|while|do|return|break|continue|discard|struct|true|false)\b"
)
NUMBERS = r"\b\d+\.?\d*(?:[eE][+-]?\d+)?\b|\.\d+\b"
COMMENT = r"//.*$"


def rules(colors: Colors) -> list[tuple[re.Pattern[str], QTextCharFormat]]:
    """Return the patterns and their formats; later ones take precedence."""

    def look(color: str, weight: QFont.Weight = QFont.Weight.Normal) -> QTextCharFormat:
        made = QTextCharFormat()
        made.setForeground(QColor(color))
        made.setFontWeight(weight)
        return made

    return [
        (re.compile(WORDS), look(colors.fill, QFont.Weight.DemiBold)),
        (re.compile(NUMBERS), look(colors.slot2)),
        (re.compile(COMMENT), look(colors.faint)),
    ]


class GlslHighlighter(QSyntaxHighlighter):
    """A GLSL highlighter that follows the theme."""

    def __init__(self, document: QTextDocument, theme: Theme) -> None:
        super().__init__(document)
        self._theme = theme
        self._rules = rules(theme.colors)
        theme.changed.connect(self._recolor)

    def highlightBlock(self, text: str) -> None:
        for pattern, look in self._rules:
            for found in pattern.finditer(text):
                self.setFormat(found.start(), len(found.group()), look)

    def _recolor(self) -> None:
        self._rules = rules(self._theme.colors)
        self.rehighlight()

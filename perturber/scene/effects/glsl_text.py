"""The text of the user's GLSL: invisible characters made harmless, and what its file scope declares."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
OPENING, CLOSING = "({[", ")}]"
INTERFACE = re.compile(r"\b(uniform|in|out|varying|attribute|buffer|shared)\b([^;]*)", re.DOTALL)
NAME = re.compile(r"[A-Za-z_]\w*")
INVISIBLE = {"\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad"}


@dataclass(frozen=True)
class GlslDeclaration:
    """A variable that the shader shares with the program: its qualifier, words, and line."""

    qualifier: str
    text: str
    """All behind the qualifier, without the bodies of blocks and the lengths of arrays."""
    line: int
    is_block: bool = False

    @property
    def names(self) -> list[str]:
        """The variables; of a block its own name."""
        return [words[-1] for part in self.text.split(",") if (words := NAME.findall(part.split("=")[0]))]

    @property
    def unset(self) -> list[str]:
        """The variables to which the text gives no value."""
        parts = self.text.split(",")
        return (
            self.names
            if len(parts) != len(self.names)
            else [
                name for name, part in zip(self.names, parts, strict=True) if "=" not in part or "sampler" in self.text
            ]
        )

    @property
    def shown(self) -> str:
        """The declaration on one line, shortened."""
        return " ".join(f"{self.qualifier}{self.text}".split())[:60]


def clean_code(code: str) -> str:
    """Return code with plain spaces in place of those that come along from web pages; lines stay where they are."""
    plain = code.replace("\r\n", "\n").replace("\r", "\n")
    if plain.isascii():
        return plain
    return "".join(_plain(character) for character in plain)


def _plain(character: str) -> str:
    if character in INVISIBLE:
        return ""
    return " " if unicodedata.category(character) in {"Zs", "Zl", "Zp"} else character


def without_comments(code: str) -> str:
    """Return code with blanks in place of its comments; lines and columns stay."""
    return COMMENT.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), code)


def find_foreign(bare: str) -> tuple[str, int] | None:
    """Return the first character that GLSL has no use for outside comments, as text, and its line."""
    for place, character in enumerate(bare):
        if not character.isascii():
            name = unicodedata.name(character, "no name").lower()
            return f"{character!r} (U+{ord(character):04X}, {name})", bare.count("\n", 0, place) + 1
    return None


def find_declarations(bare: str) -> Iterator[GlslDeclaration]:
    """Yield what code without comments declares as uniform, input or output outside its functions."""
    depth, kept = 0, []
    for character in bare:
        if character in CLOSING:
            depth = max(depth - 1, 0)
            kept.append(";" if character == "}" and not depth else " ")  # ends a function
        else:
            kept.append(character if not depth or character == "\n" else " ")
            depth += character in OPENING
    text = "".join(kept)
    for match in INTERFACE.finditer(text):
        body = match[2].partition("{")
        line = text.count("\n", 0, match.start()) + 1
        yield GlslDeclaration(match[1], body[0].rstrip(), line, is_block=bool(body[1]))

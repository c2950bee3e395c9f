"""Commands as data: each subject declares its own, the shell turns them into menus and shortcuts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

Do = Callable[[], object]
Shortcut = QKeySequence.StandardKey | str | None
Text = str | Callable[[], str]
"""A text, or a function that returns the current one."""


class MenuTitle(Enum):
    """The menus of the menu bar from left to right."""

    FILE = "&File"
    EDIT = "&Edit"
    VIEW = "&View"
    MODELS = "&Models"
    ATTACK = "&Attack"
    TOOLS = "&Tools"


@dataclass(frozen=True, order=True)
class MenuPlace:
    """Position of an entry: separators divide the groups of a menu; groups and entries are sorted by number."""

    group: int
    order: int


@dataclass(frozen=True)
class HoldCommand:
    """A key that acts while it is held down; it has no menu entry of its own."""

    key: str
    press: Do
    release: Do


@dataclass(frozen=True)
class Command:
    """One menu entry. Its state is read after every change of the session or the view, so it must be cheap.

    ``icon`` adds a button next to the menus; ``checked`` adds a check mark; ``hold`` replaces the shortcut by
    a key that acts while it is held down.
    """

    id: str
    title: Text
    menu: MenuTitle
    place: MenuPlace
    run: Do
    shortcut: Shortcut = None
    tip: str = ""
    icon: Text = ""
    enabled: Callable[[], bool] | None = None
    checked: Callable[[], bool] | None = None
    hold: HoldCommand | None = None


@dataclass(frozen=True)
class Submenu:
    """A menu within a menu; ``make`` builds it with the window as its parent."""

    title: str
    menu: MenuTitle
    place: MenuPlace
    make: Callable[[QWidget], QMenu]


Entry = Command | Submenu | HoldCommand


class SubjectCommands(ABC):
    """The commands of one subject and the windows that they open."""

    @abstractmethod
    def commands(self) -> Iterable[Entry]:
        """Return the menu entries of the subject."""

    def close(self) -> None:  # noqa: B027  # most subjects open no window
        """Close the windows that the commands opened."""


def text_of(text: Text) -> str:
    """Return the current text."""
    return text if isinstance(text, str) else text()

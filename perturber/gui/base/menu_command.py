"""Commands as data: every subject declares its own beside its panel, the shell makes menus and shortcuts of them."""

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
"""A text, or what says it at the moment."""


class MenuTitle(Enum):
    """The menus of the menu bar, from left to right."""

    FILE = "&File"
    EDIT = "&Edit"
    VIEW = "&View"
    MODELS = "&Models"
    ATTACK = "&Attack"
    TOOLS = "&Tools"


@dataclass(frozen=True, order=True)
class MenuPlace:
    """Where an entry stands: groups of a menu are divided by lines, both are sorted by number."""

    group: int
    order: int


@dataclass(frozen=True)
class HoldCommand:
    """A key that does something for as long as it is down; it needs no entry in a menu."""

    key: str
    press: Do
    release: Do


@dataclass(frozen=True)
class Command:
    """One entry of a menu. Its state is read after every change of the session or the view, so it must be cheap.

    ``icon`` also puts it into the row of buttons beside the menus; ``checked`` makes it an entry with a check mark;
    ``hold`` replaces the shortcut where holding the key down does more than pressing it.
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
    """A menu within a menu; ``make`` builds it for the window that owns it."""

    title: str
    menu: MenuTitle
    place: MenuPlace
    make: Callable[[QWidget], QMenu]


Entry = Command | Submenu | HoldCommand


class SubjectCommands(ABC):
    """The commands of one subject, and the windows that they open."""

    @abstractmethod
    def commands(self) -> Iterable[Entry]:
        """Return what can be chosen."""

    def close(self) -> None:  # noqa: B027  # most subjects open no window
        """Close for good what the commands opened."""


def text_of(text: Text) -> str:
    """Return a text as it is at the moment."""
    return text if isinstance(text, str) else text()

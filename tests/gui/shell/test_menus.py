"""The menu bar: every entry with its place, keys and tooltip; no disk access while a slider moves."""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from perturber.gui.base.menu_command import Command, Entry, HoldCommand, MenuPlace, MenuTitle, SubjectCommands
from perturber.gui.base.settings import Settings
from perturber.gui.shell.button_row import ButtonRow
from perturber.gui.shell.desk import Desk
from perturber.gui.shell.menus import Menus
from perturber.gui.shell.window import Window
from perturber.gui.shell.window_commands import WindowCommands
from perturber.gui.style.theme import Theme
from perturber.gui.widgets.sliders.slider import Slider

SEPARATOR = "---"
# title | keys ("standard X" for the platform's own) | initial state | tooltip without its keys
# States: [ ] and [x] are checkable, off is disabled, > opens a menu.
TABLE = """
&File
    &Open Session…                | standard Open       |     | Open Session
    Open Recent                   |                     | >   | Open Recent
    Open &Previous Session        |                     | off | Open Previous Session
    &Recover Sessions…            |                     |     | Restore sessions of windows that ended unexpectedly
    &Save Session                 | standard Save       |     | Save Session
    Save Session As…              | Ctrl+Shift+S        |     | Save Session As
    Save O&verlay…                |                     |     | Save the picture with the attribution map over it, at the networks' input size
    ---
    Open Mesh…                    |                     |     | Open Mesh
    Open Color Texture…           |                     | off | Open Color Texture
    Open Opacity Texture…         |                     | off | Open Opacity Texture
    Open Background…              |                     |     | Open Background
    Open Photo…                   |                     |     | Open Photo
    ---
    &Quit                         | Ctrl+Q              |     | Quit
&Edit
    &Undo                         | standard Undo       | off | Undo
    &Redo                         | standard Redo       | off | Redo
    ---
    &Copy Picture                 | Ctrl+Shift+C        |     | Copy Picture
    Copy &Window Screenshot       | Ctrl+Alt+C          |     | Copy Window Screenshot
    ---
    Reset C&amera                 | Ctrl+0              |     | Reset Camera
    Reset All &Parameters         | Ctrl+Shift+0        |     | Reset All Parameters
    ---
    &Edit Weights                 | Ctrl+E              | [ ] | Create a third model: mix the weights of both, prune, or scale units
    Weight &Presets               |                     | >   | Weight Presets
&View
    Light Theme                   | Ctrl+T              |     | Switch between the dark and the light theme
    Hard Pixels                   | P                   | [ ] | Hard Pixels
    Logits                        | L                   | [ ] | Show predictions as logits instead of probabilities
    Show or &Hide Attribution     | H                   |     | Show or hide which pixels support the chosen class (default: the top class)
    ---
    &Class Pictures…              |                     |     | Choose a folder with a picture for each class, named by WordNet id (n02123045.jpg) or sorted as in ImageNet
    &Forget Class Pictures        |                     | off | Forget Class Pictures
    ---
    Full Screen                   | standard FullScreen | [ ] | Full Screen
    Close Message                 | Esc                 |     | Close Message
&Models
    Model 1                       |                     | >   | Model 1
    Model 2                       |                     | >   | Model 2
    ---
    Manage &Weights…              |                     |     | Download, verify and remove published weights
&Attack
    Take a &Step\tA              |                     |     | Take one step; hold the key to keep stepping
    &Run or Pause                 | Shift+A             |     | Run or Pause
    &Undo Step                    | Shift+Backspace     | off | Undo Step
    &Clear                        | Ctrl+Backspace      | off | Clear
    &Keep Attacking               | Ctrl+K              | [ ] | Attack every new frame with the same number of steps instead of ending the attack when the scene changes
    ---
    Attacked                      | Ctrl+1              | [x] | Show the pixels that the networks receive
    Original                      | Ctrl+2              | [ ] | Show the frame without the attack. Hold to compare (O)
    Change                        | Ctrl+3              | [ ] | Show the change alone, amplified, on gray
    Spectrum                      | Ctrl+4              | [ ] | Show the log-magnitude spectrum of the change, with low frequencies in the center
    ---
    Show &Settings                | Ctrl+J              |     | Show Settings
    Measure S&trength…            |                     |     | Find the smallest attack that fools each model and test whether it transfers to the others
&Tools
    &Attack Divergence…           |                     |     | Plot how far the attack moves each layer's activations, and how far the models are apart
    Find a &Failure…              | Ctrl+Shift+F        |     | Search for the smallest change of the scene that flips a model's prediction
"""  # noqa: E501
BUTTONS = ["&Open Session…", "&Save Session", "&Undo", "&Redo", "&Copy Picture", "Light Theme"]
HELD = ["A", "O"]
MOVES = 25


def keys_of(text: str) -> list[QKeySequence]:
    """Return the key sequences that a cell of the table names."""
    if text.startswith("standard "):
        return QKeySequence.keyBindings(QKeySequence.StandardKey[text.removeprefix("standard ")])
    return [QKeySequence(text)] if text else []


def expected() -> dict[str, list[tuple[Any, ...]]]:
    """Parse the table into titles of menus and their rows."""
    menus: dict[str, list[tuple[Any, ...]]] = {}
    for line in TABLE.strip("\n").split("\n"):
        cells = tuple(cell.strip() for cell in line.split("|"))
        if not line.startswith(" "):
            rows = menus[line] = []
        elif cells == (SEPARATOR,):
            rows.append((SEPARATOR,))
        else:
            title, keys, state, tip = cells
            rows.append((title, keys_of(keys), state, with_key(tip, keys)))
    return menus


def with_key(tip: str, keys: str) -> str:
    """Return a tooltip with the first of the keys in parentheses."""
    first = [key.toString(QKeySequence.SequenceFormat.NativeText) for key in keys_of(keys)[:1]]
    return tip + "".join(f" ({key})" for key in first)


def row_of(action: QAction) -> tuple[Any, ...]:
    """Return an action as a row of the table."""
    if action.isSeparator():
        return (SEPARATOR,)
    check = ("[x]" if action.isChecked() else "[ ]") if action.isCheckable() else ""
    state = check + ("" if action.isEnabled() else "off") + (">" if isinstance(action.menu(), QMenu) else "")
    return action.text(), action.shortcuts(), state, action.toolTip()


def test_every_entry_stands_in_its_place_with_keys_state_and_tooltip(desk: Desk) -> None:
    shown = {}
    for entry in desk.window.menuBar().actions():
        menu = entry.menu()
        assert isinstance(menu, QMenu)
        shown[entry.text()] = [row_of(action) for action in menu.actions()]
    wanted = expected()
    assert list(shown) == list(wanted)
    for title, rows in wanted.items():
        assert shown[title] == rows, title


def test_commands_with_an_icon_stand_beside_the_menus_too(desk: Desk) -> None:
    row = desk.window.findChild(ButtonRow)
    assert isinstance(row, ButtonRow)
    shown = [button.defaultAction() for button in row.findChildren(QToolButton)]
    assert [action.text() for action in shown] == BUTTONS
    assert not any(action.icon().isNull() for action in shown)
    desk.menus.actions["theme"].trigger()
    assert shown[-1].text() == "Dark Theme"


def test_keys_that_act_while_they_are_held(desk: Desk) -> None:
    assert [shortcut.key().toString() for shortcut in desk.window.findChildren(QShortcut)] == HELD


class OtherCommands(SubjectCommands):
    """Commands of a new panel."""

    def __init__(self, name: str, *, on: bool = False) -> None:
        self.name, self.on, self.runs, self.held = name, on, 0, ""

    def commands(self) -> Iterable[Entry]:
        tools, place = MenuTitle.TOOLS, MenuPlace(2, 1)

        def usable() -> bool:
            return self.runs < 2

        yield Command(self.name, "&Other…", tools, place, self._run, enabled=usable, checked=lambda: self.on)
        yield HoldCommand("X", lambda: self._hold("down"), lambda: self._hold("up"))

    def _run(self) -> None:
        self.runs += 1
        self.on = not self.on

    def _hold(self, how: str) -> None:
        self.held += how


@pytest.fixture
def window(settings: Settings, theme: Theme) -> Iterator[Window]:
    made = Window(settings, theme)
    made.show()
    yield made
    made.close()
    made.deleteLater()


def test_a_new_subject_gets_its_place_without_a_change_to_the_menus(window: Window, qtbot: QtBot) -> None:
    other = OtherCommands("other")
    menus = Menus(window, [WindowCommands(window, lambda _text, _level: None), other])
    tools = window.menuBar().actions()[-1].menu()
    assert isinstance(tools, QMenu)
    assert [row_of(action) for action in tools.actions()] == [("&Other…", [], "[ ]", "Other")]
    menus.actions["other"].trigger()
    assert menus.actions["other"].isChecked()
    menus.actions["other"].trigger()
    assert not menus.actions["other"].isChecked()
    assert not menus.actions["other"].isEnabled()
    window.activateWindow()
    qtbot.keyPress(window, Qt.Key.Key_X)
    assert other.held == "down"
    qtbot.keyRelease(window, Qt.Key.Key_X)
    assert other.held == "downup"


def test_state_that_changed_unseen_is_right_when_the_menu_opens(window: Window) -> None:
    other = OtherCommands("other")
    menus = Menus(window, [other])
    other.on = True
    tools = window.menuBar().actions()[-1].menu()
    assert isinstance(tools, QMenu)
    tools.aboutToShow.emit()
    assert menus.actions["other"].isChecked()


def test_two_commands_of_one_name_are_refused(window: Window) -> None:
    with pytest.raises(ValueError, match="two commands are named other"):
        Menus(window, [OtherCommands("other"), OtherCommands("other")])


def test_no_two_commands_share_a_key_or_a_place(desk: Desk) -> None:
    entries = [entry for subject in desk.subjects for entry in subject.commands()]
    places = Counter((entry.menu, entry.place) for entry in entries if not isinstance(entry, HoldCommand))
    assert [place for place, count in places.items() if count > 1] == []
    keys = Counter(key.toString() for action in desk.menus.actions.values() for key in action.shortcuts())
    assert [key for key, count in (keys + Counter(HELD)).items() if count > 1] == []


def test_no_file_is_looked_at_while_a_slider_moves(desk: Desk, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    slider = desk.scene.form.rows["post.color.hue"].slider  # type: ignore[attr-defined]
    assert isinstance(slider, Slider)
    before = desk.store.session
    looked = counted(monkeypatch)
    drag(slider)
    monkeypatch.undo()
    assert desk.store.session.post.color.hue != before.post.color.hue
    assert looked == {}


def counted(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count file-system calls of the window's thread by function and path from now on.

    The automatic saving writes on a thread of its own, so that no drag waits for a disk.
    """
    looked: Counter[str] = Counter()

    def watch(owner: Any, name: str) -> None:
        real = getattr(owner, name)

        def counting(path: Any, *rest: Any, **named: Any) -> Any:
            if threading.current_thread() is threading.main_thread():
                looked[f"{name} {path}"] += 1
            return real(path, *rest, **named)

        monkeypatch.setattr(owner, name, counting)

    for owner, names in ((os, ("stat", "lstat", "scandir", "listdir")), (os.path, ("exists", "isfile", "isdir"))):
        for name in names:
            watch(owner, name)
    for name in ("stat", "exists", "is_file", "is_dir"):
        watch(Path, name)
    return looked


def drag(slider: QWidget) -> None:
    """Move a slider with the mouse while the window processes events."""
    left, right, middle = 20, slider.width() - 20, slider.height() // 2
    QTest.mousePress(slider, Qt.MouseButton.LeftButton, pos=QPoint(left, middle))
    for number in range(1, MOVES + 1):
        QTest.mouseMove(slider, QPoint(left + (right - left) * number // MOVES, middle))
        QTest.qWait(5)
    QTest.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=QPoint(right, middle))
    QTest.qWait(50)

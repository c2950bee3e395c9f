"""``perturber`` without a command: the window, or its picture where there is no display."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from perturber.cli.command import SessionCall, SessionCommand
from perturber.cli.output import write_line, write_top
from perturber.cli.registry import command_names

if TYPE_CHECKING:
    from perturber.core.session.session import Session


@dataclass(frozen=True)
class WindowOptions:
    """Open the window."""

    class_pictures: Path | None = None
    """A folder with a picture for each class, n02123045.jpg or folders as in ImageNet, for this run."""


class WindowCommand(SessionCommand[WindowOptions]):
    """Opens the window without importing what parses flags, where none is given."""

    def description(self) -> str:
        """Name the other commands, too."""
        return f"{super().description()}\n\nFurther commands, each with --help: {', '.join(command_names())}."

    def run(self, arguments: list[str], called: str) -> None:
        """Open the window, empty or on a session."""
        if len(arguments) > 1 or "".join(arguments).startswith("-"):
            super().run(arguments, called)
        elif arguments:
            from perturber.core.session.session import load

            open_window(load(arguments[0]))
        else:
            open_window(None)


def open_with_flags(options: WindowOptions, call: SessionCall) -> None:
    """Open the window on the session of the flags."""
    open_window(call.session, call.common.device, call.common.precision, options.class_pictures)


def open_window(
    session: Session | None, device: str = "auto", precision: str = "auto", class_pictures: Path | None = None
) -> None:
    """Open the window until it is closed; without a display, write its picture."""
    if not _has_display():
        _write_picture(session)
        return
    # Imported late, like everything heavy here: the empty window is on screen before it.
    from perturber.gui.shell.app import run

    sys.exit(run(session, device, precision, class_pictures))


def _has_display() -> bool:
    named = any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))
    return named or not sys.platform.startswith("linux")


def _write_picture(session: Session | None, picture: Path = Path("perturber.png")) -> None:
    """No display: evaluate the session all the same, and show the window as a picture."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from perturber.core.session.session import Session
    from perturber.gui.shell.snapshot import take_snapshot

    write_line("There is no display (neither DISPLAY nor WAYLAND_DISPLAY is set), so no window can open.")
    evaluation = take_snapshot(session or Session(), picture)
    for result in evaluation.slots:
        write_top(f"{result.slot} · {result.name}" + (f": {result.problem}" if result.problem else ""), result.top)
    write_line(f"The window as a picture: {picture}")


COMMAND = WindowCommand(WindowOptions, open_with_flags)

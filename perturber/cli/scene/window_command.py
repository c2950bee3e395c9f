"""``perturber`` without a command: open the window, or write a picture of it if there is no display."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from perturber.cli.command import SessionCall, SessionCommand
from perturber.cli.output import write_line, write_top
from perturber.cli.registry import command_names
from perturber.platforms import current

if TYPE_CHECKING:
    from perturber.core.session.session import Session


@dataclass(frozen=True)
class WindowOptions:
    """Open the window."""

    class_pictures: Path | None = None
    """Folder with a picture of each class, such as n02123045.jpg, or in ImageNet's layout; used for this run only."""
    recover: Path | None = None
    """Recovery file of a window that ended unexpectedly, whose session is restored in place of the given one. The
    window offers these files by itself."""


class WindowCommand(SessionCommand[WindowOptions]):
    """Opens the window; without flags it does not import the flag parser."""

    def description(self) -> str:
        """Return the first paragraphs of --help, with the names of the other commands."""
        return f"{super().description()}\n\nOther commands, each with --help: {', '.join(command_names())}."

    def run(self, arguments: list[str], called: str) -> None:
        """Open the window on the default session, or on that of the arguments."""
        if len(arguments) > 1 or "".join(arguments).startswith("-"):
            super().run(arguments, called)
        elif arguments:
            open_file(Path(arguments[0]))
        else:
            open_window(None)


def open_with_flags(options: WindowOptions, call: SessionCall) -> None:
    """Open the window on the session given by the flags."""
    open_window(call.session, call.common.device, call.common.precision, options.class_pictures, options.recover)


def open_file(path: Path) -> None:
    """Open the window on a session file; what it wants beyond its folder is asked in the window, if there is one."""
    from perturber.cli.trust import load_accepted, load_unasked

    if not current().has_display(os.environ):
        open_window(load_accepted(path, trust=False))
    elif (session := load_unasked(path)) is not None:
        open_window(session)
    else:
        from perturber.gui.shell.app import run

        sys.exit(run(opening=path))


def open_window(
    session: Session | None,
    device: str = "auto",
    precision: str = "auto",
    class_pictures: Path | None = None,
    recover: Path | None = None,
) -> None:
    """Run the window until it is closed; without a display, write a picture of it."""
    if not current().has_display(os.environ):
        _write_picture(session)
        return
    # Imported late, like all heavy modules, so that the window appears quickly.
    from perturber.gui.shell.app import run

    sys.exit(run(session, device, precision, class_pictures, recover=recover))


def _write_picture(session: Session | None, picture: Path = Path("perturber.png")) -> None:
    """Evaluate the session without a display, and write a picture of the window."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from perturber.core.session.session import Session
    from perturber.gui.shell.snapshot import take_snapshot

    write_line("There is no display (neither DISPLAY nor WAYLAND_DISPLAY is set), so no window can open.")
    evaluation = take_snapshot(session or Session(), picture)
    for result in evaluation.slots:
        write_top(f"{result.slot} · {result.name}" + (f": {result.problem}" if result.problem else ""), result.top)
    write_line(f"Picture of the window: {picture}")


COMMAND = WindowCommand(WindowOptions, open_with_flags)

"""What differs between operating systems, each choice in one place. Imports nothing but the standard library.

Every choice is a method of `Platform`, so that a test can ask what would be done elsewhere.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from multiprocessing.shared_memory import SharedMemory
    from types import FrameType

System = Literal["linux", "macos", "windows"]
DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
MAC_KEYS = {"Ctrl": "⌘", "Alt": "⌥", "Shift": "⇧", "Meta": "⌃", "Enter": "↩", "Backspace": "⌫"}
"""How Qt's key names are written on a Mac, where Qt's Ctrl is the command key."""
GL_HINTS: dict[System, str] = {
    "linux": "OpenGL 3.3 without a window is needed; on Debian or Ubuntu: sudo apt-get install libegl1 libgl1",
    "macos": "OpenGL 3.3 is needed; every Mac since 2012 has it, unless it runs in a virtual machine",
    "windows": "OpenGL 3.3 is needed; install the graphics card's own driver (a remote desktop may hide it)",
}


@dataclass(frozen=True)
class Platform:
    """One operating system and the choices made for it."""

    system: System

    @classmethod
    def named(cls, name: str) -> Platform:
        """The platform of a value of `sys.platform`; everything unknown is taken for a Linux."""
        systems: dict[str, System] = {"darwin": "macos", "win32": "windows", "cygwin": "windows"}
        return cls(systems.get(name, "linux"))

    @property
    def gl_settings(self) -> dict[str, str]:
        """Arguments of ``moderngl.create_context``: EGL on Linux, which needs no display; else the system's own."""
        return {"backend": "egl"} if self.system == "linux" else {}

    @property
    def gl_hint(self) -> str:
        """What to do where there is no OpenGL."""
        return GL_HINTS[self.system]

    def has_display(self, environment: Mapping[str, str]) -> bool:
        """Whether a window can open: on Linux only where the environment names a display."""
        return self.system != "linux" or any(environment.get(name) for name in DISPLAYS)

    @property
    def can_terminate(self) -> bool:
        """Whether a console program can be asked to end; on Windows it can only be killed."""
        return self.system != "windows"

    def shared_memory_settings(self, version: tuple[int, ...]) -> dict[str, Any]:
        """Arguments for attaching to a block that another process owns.

        Since Python 3.13 attaching need not register the block for cleaning up, which is the owner's
        task. Windows frees a block with its last handle and registers nothing.
        """
        return {"track": False} if self.system != "windows" and version >= (3, 13) else {}

    def key_text(self, keys: str) -> str:
        """Return a shortcut in Qt's spelling, such as Ctrl+Shift+Z, as people know it: ⌘⇧Z on a Mac."""
        if self.system != "macos":
            return keys
        return "".join(MAC_KEYS.get(key, key) for key in keys.split("+"))


def current() -> Platform:
    """The platform the program runs on."""
    return Platform.named(sys.platform)


def attach_shared_memory(name: str) -> SharedMemory:
    """Open a block of memory that another process owns. Raises FileNotFoundError when there is none."""
    from multiprocessing.shared_memory import SharedMemory  # late: the window opens before it is needed

    return SharedMemory(name, **current().shared_memory_settings(sys.version_info[:2]))


def lock_descriptor(descriptor: int) -> bool:
    """Lock an open file for this process; return False if another one holds it.

    The operating system releases the lock when the process ends, however it ends, so that a lock left behind
    (also one of another machine, or of a process whose number is in use again) never counts. Raises OSError where
    the file system has no locks.
    """
    if sys.platform == "win32":
        import msvcrt

        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        return True
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def ignore_interrupts() -> None:
    """Leave Ctrl+C to the parent process: a terminal sends it to every process of the group."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def end_on_interrupt() -> None:
    """Let Ctrl+C end the process at once, though Qt's event loop never returns to Python."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextmanager
def interrupt_on_termination() -> Iterator[None]:
    """Raise KeyboardInterrupt on SIGTERM within a block, so that what cleans up after Ctrl+C cleans up after both."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)

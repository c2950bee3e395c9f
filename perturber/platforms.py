"""What differs between operating systems, each choice in one place. Imports nothing but the standard library.

Every choice is a method of `Platform`, so that a test can ask what would be done elsewhere.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess
    from multiprocessing.shared_memory import SharedMemory
    from pathlib import Path
    from types import FrameType

System = Literal["linux", "macos", "windows"]
DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
MAC_KEYS = {"Ctrl": "⌘", "Alt": "⌥", "Shift": "⇧", "Meta": "⌃", "Enter": "↩", "Backspace": "⌫"}
"""How Qt's key names are written on a Mac, where Qt's Ctrl is the command key."""
PARENT_DEATH_SIGNAL = 1
"""Linux: the option of prctl(2) that sends a signal when the thread that started the process has ended."""
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


def create_shared_memory(size: int) -> SharedMemory:
    """Create a block of memory for several processes, all of it really there. Raises OSError when it does not fit.

    A block on a small /dev/shm is made at any size and kills whoever writes beyond what fits, so its pages are claimed.
    """
    from multiprocessing.shared_memory import SharedMemory  # late, as above

    block = SharedMemory(create=True, size=size)
    try:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(block._fd, 0, size)  # type: ignore[attr-defined]
    except BaseException:
        block.close()
        block.unlink()
        raise
    return block


def address_space_limit() -> int | None:
    """Return how many bytes of address space this process may use; None without a limit."""
    try:
        import resource
    except ImportError:  # not on Windows
        return None
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    return None if limit == resource.RLIM_INFINITY else limit


def is_writable_folder(folder: Path, room: int) -> bool:
    """Return whether ``room`` bytes can be written into a folder, which is created if missing.

    Pages are claimed instead of asking for the free space: quotas and read-only file systems count, too.
    """
    from tempfile import TemporaryFile  # late, as above

    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder) as file:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file.fileno(), 0, room)
            else:
                file.truncate(room)
    except (OSError, ValueError):
        return False
    return True


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


def start_without_interrupts(process: BaseProcess) -> None:
    """Start a process of `multiprocessing` that no Ctrl+C reaches, not even while it imports its modules."""
    mask = getattr(signal, "pthread_sigmask", None)
    if mask is None:
        process.start()
        return
    from multiprocessing import resource_tracker

    resource_tracker.ensure_running()  # starting it would change the mask
    before = mask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        process.start()
    finally:
        mask(signal.SIG_SETMASK, before)


def end_with_parent() -> None:
    """End this process, a child of `multiprocessing`, as soon as its parent has ended.

    A thread waits for that; on Linux the kernel does so, too, even while other code holds Python's lock.
    """
    import ctypes
    import multiprocessing
    import threading

    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def wait() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=wait, name="parent-watch", daemon=True).start()
    if current().system == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(PARENT_DEATH_SIGNAL, signal.SIGKILL)


class InterruptWatch:
    """What happens after Ctrl+C: the main thread gets a moment to clean up, then the process ends.

    Without that, a long calculation outside Python would have to finish first. On any thread but the main one,
    and where signals cannot wake a thread, it does nothing.
    """

    def __init__(self, seconds: float, end: Callable[[bool], object]) -> None:
        """Call ``end`` so many ``seconds`` after the first Ctrl+C in the block, on a thread of its own.

        It receives whether the block is still running.
        """
        self.received = False
        """Whether there was a Ctrl+C."""
        self._seconds, self._end = seconds, end
        self._inside = True

    def __enter__(self) -> InterruptWatch:
        import socket
        import threading

        self._reading, self._writing = socket.socketpair()
        self._writing.setblocking(False)
        with suppress(ValueError):  # not the main thread
            if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
                signal.signal(signal.SIGINT, self._receive)
            self._before = signal.set_wakeup_fd(self._writing.fileno(), warn_on_full_buffer=False)
            threading.Thread(target=self._wait, name="interrupt-watch", daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._inside = False
        if hasattr(self, "_before"):
            signal.set_wakeup_fd(self._before)
            if signal.getsignal(signal.SIGINT) == self._receive:
                signal.signal(signal.SIGINT, signal.default_int_handler)
        if not self.received:
            self._writing.close()  # ends the thread, which closes the other end
            if not hasattr(self, "_before"):
                self._reading.close()

    def _receive(self, _signal: int, _frame: FrameType | None) -> None:
        self.received = True
        raise KeyboardInterrupt

    def _wait(self) -> None:
        import time

        while numbers := self._reading.recv(64):
            if signal.SIGINT in numbers:
                self.received = True
                time.sleep(self._seconds)
                self._end(self._inside)
                break
        self._reading.close()


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

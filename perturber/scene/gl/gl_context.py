"""The OpenGL context: created without a window, checked once, used on one thread only."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

import moderngl

from perturber.core.errors import MachineError
from perturber.platforms import current, is_writable_folder

CACHE_OFF = "MESA_SHADER_CACHE_DISABLE"
CACHE_ROOM = 8 << 20
"""Free bytes that Mesa's cache needs: an index of 1.3 MB and the few shaders of the program."""


def create_context() -> moderngl.Context:
    """Create a standalone OpenGL 3.3 context: EGL on Linux, the platform's own elsewhere.

    Raises MachineError that says what to install when there is none, or when it draws wrong colors.
    """
    platform = current()
    _spare_shader_cache()
    settings: dict[str, Any] = dict(platform.gl_settings)
    try:
        context = moderngl.create_context(standalone=True, require=330, **settings)
    except Exception as error:  # glcontext raises bare Exceptions
        raise MachineError(f"OpenGL is not available ({error}). {platform.gl_hint}") from error
    target = context.simple_framebuffer((1, 1))
    target.clear(0.2, 0.4, 0.6, 1.0)
    seen = tuple(target.read())
    target.release()
    if any(abs(value - wanted) > 1 for value, wanted in zip(seen, (51, 102, 153), strict=True)):
        raise MachineError(
            f"The OpenGL driver {context.info['GL_RENDERER']} draws wrong colors {seen}. {platform.gl_hint}"
        )
    return context


def _spare_shader_cache() -> None:
    """Turn Mesa's shader cache off where its folder has no room.

    Mesa maps a file of its cache into memory without claiming its pages; on a full disk writing to it kills the
    process. It reads the environment when the context is created.
    """
    if CACHE_OFF in os.environ or current().system != "linux":
        return
    own, shared = os.environ.get("MESA_SHADER_CACHE_DIR"), os.environ.get("XDG_CACHE_HOME")
    folder = Path(own or shared or os.path.expanduser("~/.cache"))
    if not folder.is_absolute() or not is_writable_folder(folder, CACHE_ROOM):
        os.environ[CACHE_OFF] = "true"


class Guard:
    """Restricts a context to its thread: on others GL would return garbage without any error."""

    def __init__(self, context: moderngl.Context) -> None:
        self._context = context
        self._owner = threading.get_ident()
        self._released = False

    def enter(self) -> None:
        """Make the context current on this thread, which may have others.

        Raises RuntimeError on a thread other than the one that created the guard, and after `release`.
        """
        if threading.get_ident() != self._owner:
            raise RuntimeError("the renderer must be used on the thread that created it")
        if self._released:
            raise RuntimeError("the renderer has been released")
        self._context.__enter__()  # type: ignore[no-untyped-call]

    def release(self) -> None:
        """Release the context and everything created in it; a second call does nothing."""
        if not self._released:
            self.enter()
            self._released = True
            self._context.release()

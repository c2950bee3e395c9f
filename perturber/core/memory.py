"""Messages about memory: a limit that is too small, and errors that mean that there is none left."""

from __future__ import annotations

import errno

from perturber.core.errors import MachineError
from perturber.platforms import address_space_limit

LEAST_BYTES = 1400 << 20
"""Address space in bytes below which the networks' libraries or the OpenGL driver fail, some without a message."""
HINT = "Close other programs, or raise the limit (ulimit -v)"
SIGNS = ("out of memory", "cannot allocate memory", "can't allocate memory", "bad_alloc", "failed to map segment")
"""What libraries say, in lower case, when there is no memory for them."""


def check_memory_limit() -> None:
    """Raise MachineError if the process may not have the memory that networks and OpenGL need."""
    limit = address_space_limit()
    if limit is not None and limit < LEAST_BYTES:
        raise MachineError(
            f"memory: this process may use {limit >> 20} MiB only (ulimit -v), and {LEAST_BYTES >> 20} MiB are needed. "
            f"Raise the limit, for instance with ulimit -v unlimited."
        )


def means_no_memory(error: BaseException) -> bool:
    """Return whether an error says that the machine's memory, or what the process may have of it, is used up."""
    if isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno == errno.ENOMEM):
        return True
    return isinstance(error, RuntimeError | ImportError | OSError) and any(s in str(error).lower() for s in SIGNS)


def no_memory(doing: str) -> MachineError:
    """Return the error to raise when there is not enough memory for ``doing``, such as "reading dog.png"."""
    return MachineError(f"memory: there is not enough for {doing}. {HINT}.")

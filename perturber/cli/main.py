"""Entry point of the command line: runs the command and turns errors into exit codes.

Exit codes: 0 success, 2 invalid input or flag (named in the message), 3 the machine lacks a library or device,
130 interrupted by Ctrl+C.
"""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Sequence

from perturber.cli import output
from perturber.cli.registry import WINDOW, command_names, commands, open_command
from perturber.core.damage import hearing_damage
from perturber.core.errors import MachineError, PerturberError
from perturber.core.memory import check_memory_limit, means_no_memory, no_memory
from perturber.platforms import InterruptWatch

__all__ = ["commands", "main"]
BAD_INPUT, BAD_MACHINE, INTERRUPTED = 2, 3, 130
GRACE = 0.7
"""Seconds that a command has after Ctrl+C for cleaning up."""


def main(argv: Sequence[str] | None = None) -> None:
    """Run the program ``perturber`` and exit."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    with InterruptWatch(GRACE, _end_interrupted) as watch, hearing_damage(output.Notices()):
        try:
            run(arguments)
            sys.exit(0)
        except MachineError as error:
            _fail(error, BAD_MACHINE)
        except PerturberError as error:
            _fail(error, BAD_INPUT)
        except KeyboardInterrupt as error:
            _tell_interrupted(error, watch.received)
        except BrokenPipeError:
            output.drop_output()
            sys.exit(0)
        except Exception as error:
            if watch.received:
                _tell_interrupted(error, True)  # imports turn the interruption into errors of their own
            if not means_no_memory(error):
                raise
            _fail(no_memory("this command"), BAD_MACHINE)


def run(arguments: list[str]) -> None:
    """Run the command given as first argument, or open the window. Raises InputError and MachineError."""
    if not arguments or arguments[0] not in command_names():
        open_command(WINDOW).run(arguments, "perturber")
        return
    from perturber.engine.device import prepare_threads

    if not {"--help", "-h"} & set(arguments):
        check_memory_limit()
    prepare_threads()  # before anything imports torch
    open_command(arguments[0]).run(arguments[1:], f"perturber {arguments[0]}")


def _fail(error: PerturberError, code: int) -> None:
    output.notify(error)
    sys.exit(code)


def _tell_interrupted(error: BaseException, by_signal: bool) -> None:
    """Say that the command was interrupted and, by the error's notes, what it has kept."""
    if by_signal:
        atexit.register(_leave)
    output.notify("; ".join(["interrupted", *getattr(error, "__notes__", ())]))
    sys.exit(INTERRUPTED)


def _leave() -> None:
    """Exit with the right code: the interpreter kills itself where the interruption has passed through `exec`."""
    output.flush()
    os._exit(INTERRUPTED)


def _end_interrupted(is_running: bool) -> None:
    """End a command that does not react to Ctrl+C, for example during a long calculation. Files are whole or absent."""
    if is_running:  # otherwise it has said so, and waits for its threads
        output.notify("interrupted")
    os._exit(INTERRUPTED)

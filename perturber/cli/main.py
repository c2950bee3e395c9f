"""Entry point of the command line: runs the command and turns errors into exit codes.

Exit codes: 0 success, 2 invalid input or flag (named in the message), 3 the machine lacks a library or device.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from perturber.cli import output
from perturber.cli.registry import WINDOW, command_names, commands, open_command
from perturber.core.damage import hearing_damage
from perturber.core.errors import MachineError, PerturberError
from perturber.core.memory import check_memory_limit, means_no_memory, no_memory

__all__ = ["commands", "main"]
BAD_INPUT, BAD_MACHINE = 2, 3


def main(argv: Sequence[str] | None = None) -> None:
    """Run the program ``perturber`` and exit."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        with hearing_damage(output.Notices()):
            run(arguments)
        sys.exit(0)
    except MachineError as error:
        _fail(error, BAD_MACHINE)
    except PerturberError as error:
        _fail(error, BAD_INPUT)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        output.drop_output()
        sys.exit(0)
    except Exception as error:
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

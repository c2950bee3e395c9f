"""Entry point of ``perturber`` and of ``python -m perturber``, which ``torchrun -m perturber train …`` starts often.

Imports nothing by itself, so that Ctrl+C ends the program quietly from its first moment.
"""

import os
import sys


def main() -> None:
    """Run the program and exit."""
    try:
        from perturber.cli.main import main as run
    except KeyboardInterrupt:
        sys.stderr.write("perturber: interrupted\n")
        sys.stderr.flush()
        os._exit(130)  # without the interpreter's own words about the import
    run()


if __name__ == "__main__":
    main()

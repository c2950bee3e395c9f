"""Ctrl+C ends a command whatever it does, says so without a traceback, and gives the exit code 130."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

PATIENCE = 60
"""Seconds: waiting costs only where something is wrong."""
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT to one process")
HEARING = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
"""A shell starts what runs in the background without ears for SIGINT, and the tests may run there."""
PROGRAM = """
import sys, threading
from perturber.cli import main as program
from perturber.core.errors import noting_interrupts

def ready():
    print("ready", flush=True)

def work(arguments):
    {work}

program.run = work
program.GRACE = {grace}
program.main([])
"""
ENDLESS = "ready()\n    while True: pass"
DEAF = "import hashlib; ready(); hashlib.pbkdf2_hmac('sha256', b'x', b'y', 2_000_000_000)"
NOTED = "with noting_interrupts(lambda: 'step 7 is kept'):\n        ready()\n        while True: pass"
TURNED = "try:\n        ready()\n        while True: pass\n    "
TURNED += "except KeyboardInterrupt:\n        raise ImportError from None"
INSIDE_EXEC = "ready()\n    exec('while True: pass')"
AMPLE = 50.0
"""Seconds: a busy machine needs time to end what Ctrl+C can end; the others end without being heard."""
WAITING = "threading.Thread(target=threading.Event().wait).start()\n    ready()\n    while True: pass"


@pytest.mark.parametrize(
    ("work", "told"),
    [
        (ENDLESS, "perturber: interrupted\n"),
        (DEAF, "perturber: interrupted\n"),
        (NOTED, "perturber: interrupted; step 7 is kept\n"),
        (TURNED, "perturber: interrupted\n"),
        (INSIDE_EXEC, "perturber: interrupted\n"),
        (WAITING, "perturber: interrupted\n"),
    ],
    ids=["loop", "calculation", "noted", "turned", "exec", "thread"],
)
def test_an_interrupt_ends_whatever_runs(work: str, told: str) -> None:
    grace = 0.7 if work in {DEAF, WAITING} else AMPLE
    assert signalled(PROGRAM.format(work=work, grace=grace), signal.SIGINT) == (130, told)


def signalled(program: str, number: signal.Signals, **variables: str) -> tuple[int, str]:
    """Send a signal to a program once it has printed "ready"; return its exit code and what it says of it."""
    command, places = [sys.executable, "-c", HEARING + program], {**os.environ, **variables}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=places) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            process.send_signal(number)
            _, errors = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
    return process.returncode, errors


def test_an_interrupt_during_the_first_import_is_as_quiet() -> None:
    interrupting = "import runpy, sys\nclass Finder:\n    def find_spec(self, name, path=None, target=None):\n"
    interrupting += "        if name == 'perturber.cli': raise KeyboardInterrupt\nsys.meta_path.insert(0, Finder())\n"
    interrupting += "runpy.run_module('perturber', run_name='__main__')"
    command = [sys.executable, "-c", interrupting]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert (done.returncode, done.stderr) == (130, "perturber: interrupted\n")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_closes_the_window_as_its_button_does(number: signal.Signals, code: int, tmp_path: Path) -> None:
    program = "import sys\nfrom perturber.gui.shell import app\nfrom pathlib import Path\n"
    program += "show = app.Application.show\n"
    program += "app.Application.show = lambda self: (show(self), print('ready', flush=True))\n"
    program += "sys.exit(app.run(device='cpu'))"
    places = {name: str(tmp_path) for name in ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")}
    ended, errors = signalled(program, number, **places, QT_QPA_PLATFORM="offscreen")
    assert ended == code
    assert "Traceback" not in errors
    assert "leaked" not in errors, "the shared memory is freed by the window itself"


def test_a_real_command_leaves_no_half_file(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "perturber", "sweep", "--device", "cpu", "-o", str(tmp_path / "a.csv")]
    watching = HEARING + "import os, runpy, sys\n"
    watching += "class Finder:\n    def find_spec(self, name, path=None, target=None):\n"
    watching += "        if name == 'perturber.engine.frame': os.kill(os.getpid(), signal.SIGINT)\n"
    watching += "sys.meta_path.insert(0, Finder())\n"
    watching += f"sys.argv = {command[2:]!r}\nrunpy.run_module('perturber', run_name='__main__')"
    done = subprocess.run(
        [sys.executable, "-c", watching], capture_output=True, text=True, timeout=PATIENCE, check=False, env=os.environ
    )
    assert (done.returncode, done.stderr) == (130, "perturber: interrupted\n")
    assert list(tmp_path.iterdir()) == []

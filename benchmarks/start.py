"""Time from process start to a visible window, relative to an empty window of the same size."""

from __future__ import annotations

import subprocess
import sys
from statistics import median
from time import perf_counter

EMPTY = """
import sys
from PySide6.QtWidgets import QApplication, QMainWindow
app = QApplication(sys.argv)
window = QMainWindow()
window.resize(1600, 1000)
window.show()
app.processEvents()
print("visible", flush=True)
"""
OURS = """
import os, sys
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
from perturber.cli.main import main
import perturber.gui.shell.app as app
start = app.Loader.start
def visible(self):
    print("visible", "torch" in sys.modules, flush=True)
    os._exit(0)
app.Loader.start = visible
main([])
"""


def seconds_to_window(code: str) -> float:
    """Return the seconds until the child process reports a visible window."""
    start = perf_counter()
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        line = child.stdout.readline()
        taken = perf_counter() - start
        child.kill()
    if "visible" not in line or "True" in line:
        raise RuntimeError(f"the window reported {line!r}")
    return taken


def window_start_ratio(rounds: int = 9) -> float:
    """Return the median of our start over that of an empty PySide6 window, measured in turns."""
    empty, ours = [], []
    for _ in range(rounds):
        empty.append(seconds_to_window(EMPTY))
        ours.append(seconds_to_window(OURS))
    return median(ours) / median(empty)

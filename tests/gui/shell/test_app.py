"""Startup: the window comes first, heavy imports follow, torch and GL are never imported."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HEAVY = "torch moderngl torchvision numpy pydantic psygnal superqt trimesh PIL multiprocessing"
NEVER = "torch moderngl torchvision trimesh glcontext"


def run(code: str) -> str:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_window_is_visible_before_anything_heavy_is_imported(tmp_path: Path) -> None:
    out = run(
        "import sys\nfrom pathlib import Path\nfrom perturber.gui.shell.app import Application\n"
        f"a = Application(None, 'auto', 'auto', Path({str(tmp_path / 's.ini')!r}))\n"
        "a.window.show(); a.qt.processEvents()\n"
        "assert a.window.isVisible()\n"
        f"print([m for m in {HEAVY!r}.split() if m in sys.modules])"
    )
    assert out.strip() == "[]"


def test_the_window_never_imports_torch_or_gl() -> None:
    out = run(f"import sys, perturber.gui.shell.desk\nprint([m for m in {NEVER!r}.split() if m in sys.modules])")
    assert out.strip() == "[]"


def test_a_window_closed_before_it_is_furnished_ends(tmp_path: Path) -> None:
    run(
        "from pathlib import Path\nfrom perturber.gui.shell.app import Application\n"
        f"a = Application(None, 'cpu', 'auto', Path({str(tmp_path / 's.ini')!r}))\n"
        "a.show(); a.window.close(); a.finish()\n"
    )


def test_the_users_settings_are_not_touched(tmp_path: Path) -> None:
    file = tmp_path / "s.ini"
    run(
        "from pathlib import Path\nfrom perturber.gui.shell.app import Application\n"
        f"a = Application(None, 'cpu', 'auto', Path({str(file)!r}))\n"
        "a.window.show(); a.qt.processEvents(); a.window.close()\n"
        f"assert Path({str(file)!r}).is_file()\n"
    )

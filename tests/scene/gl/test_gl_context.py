"""No OpenGL, or a driver that draws nonsense: said clearly, with what to install."""

from __future__ import annotations

import os
import subprocess
import sys
from types import SimpleNamespace

import moderngl
import pytest

from perturber.core.errors import MachineError
from perturber.scene.gl.gl_context import create_context


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="EGL is Linux's way")
def test_without_any_driver_the_command_line_says_what_to_install():
    environment = {**os.environ, "__EGL_VENDOR_LIBRARY_FILENAMES": "/nonexistent"}
    code = "from perturber.cli.main import main; main(['render', '-o', '/dev/null'])"
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert "libegl1" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_driver_that_draws_wrong_colors_is_refused(monkeypatch: pytest.MonkeyPatch):
    target = SimpleNamespace(clear=lambda *color: None, read=lambda: b"\0\0\0", release=lambda: None)
    fake = SimpleNamespace(simple_framebuffer=lambda size: target, info={"GL_RENDERER": "Broken"})
    monkeypatch.setattr(moderngl, "create_context", lambda **settings: fake)
    with pytest.raises(MachineError, match="Broken"):
        create_context()

"""What would be done on other operating systems."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from perturber.platforms import Platform, attach_shared_memory, current, interrupt_on_termination

LINUX, MAC, WINDOWS = (Platform.named(name) for name in ("linux", "darwin", "win32"))


def test_systems_are_told_apart():
    assert [p.system for p in (LINUX, MAC, WINDOWS)] == ["linux", "macos", "windows"]
    assert Platform.named("freebsd14") == LINUX
    assert current() == Platform.named(sys.platform)


def test_only_linux_draws_through_egl():
    assert LINUX.gl_settings == {"backend": "egl"}
    assert MAC.gl_settings == WINDOWS.gl_settings == {}


def test_each_system_has_its_own_advice():
    assert "apt-get" in LINUX.gl_hint
    assert "apt-get" not in MAC.gl_hint + WINDOWS.gl_hint


@pytest.mark.parametrize("name", ["DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"])
def test_linux_needs_a_named_display(name: str):
    assert not LINUX.has_display({})
    assert not LINUX.has_display({name: ""})
    assert LINUX.has_display({name: ":0"})
    assert MAC.has_display({})
    assert WINDOWS.has_display({})


def test_windows_programs_are_killed_instead_of_asked():
    assert [p.can_terminate for p in (LINUX, MAC, WINDOWS)] == [True, True, False]


def test_only_the_owner_cleans_shared_memory_up_where_python_lets_us_say_so():
    assert LINUX.shared_memory_settings((3, 13)) == MAC.shared_memory_settings((3, 14)) == {"track": False}
    assert LINUX.shared_memory_settings((3, 12)) == WINDOWS.shared_memory_settings((3, 13)) == {}


def test_shortcuts_are_written_as_people_know_them():
    assert LINUX.key_text("Ctrl+Shift+Z") == WINDOWS.key_text("Ctrl+Shift+Z") == "Ctrl+Shift+Z"
    assert MAC.key_text("Ctrl+Shift+Z") == "⌘⇧Z"
    assert MAC.key_text("F11") == "F11"


def test_attaching_to_what_is_not_there_fails():
    with pytest.raises(FileNotFoundError):
        attach_shared_memory("perturber-no-such-block")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows delivers no SIGTERM")
def test_a_termination_cleans_up_like_an_interrupt():
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt), interrupt_on_termination():
        os.kill(os.getpid(), signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) is before


def test_it_is_light():
    heavy = ("torch", "PySide6", "multiprocessing")
    code = f"import sys, perturber.platforms; sys.exit(any(name in sys.modules for name in {heavy}))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

"""The real window on a real X server, used with a real mouse and keyboard."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

PATIENCE = 120
"""Seconds: waiting costs only where something is wrong, and a busy machine is slow."""
WITNESS = Path(__file__).with_name("witness.py")
CUBE = """v -1 -1 -1\nv 1 -1 -1\nv 1 1 -1\nv -1 1 -1\nv -1 -1 1\nv 1 -1 1\nv 1 1 1\nv -1 1 1
f 1 3 2\nf 1 4 3\nf 5 6 7\nf 5 7 8\nf 1 2 6\nf 1 6 5\nf 3 4 8\nf 3 8 7\nf 2 3 7\nf 2 7 6\nf 1 5 8\nf 1 8 4
"""
pytestmark = pytest.mark.skipif(
    not (shutil.which("Xvfb") and shutil.which("xdotool")), reason="needs Xvfb and xdotool (make test installs them)"
)


class Person:
    """A simulated user: mouse, keyboard and eyes."""

    def __init__(self, display: str, settings: Path) -> None:
        self._environment = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
        self._child = subprocess.Popen(
            [sys.executable, str(WITNESS), str(settings)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=self._environment,
        )

    def xdotool(self, *arguments: object) -> None:
        command = ["xdotool", *map(str, arguments)]
        subprocess.run(command, env=self._environment, check=True, capture_output=True, timeout=PATIENCE)

    def ask(self, question: str) -> Any:
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._child.stdin.write(question + "\n")
        self._child.stdin.flush()
        return json.loads(self._child.stdout.readline())

    def wait(self, done: Callable[[dict[str, Any]], Any], what: str) -> dict[str, Any]:
        """Wait until a condition holds and the picture belongs to the session; return the state."""
        deadline = time.monotonic() + PATIENCE
        state: dict[str, Any] = {}
        while time.monotonic() < deadline:
            state = self.ask("state")
            if "session" in state and state["ready"] and done(state):
                return state
            time.sleep(0.05)
        seen = {key: value for key, value in state.items() if key != "session"}
        raise AssertionError(f"waited for {what}; saw {seen}")

    def click(self, name: str) -> None:
        x, y = self.ask(f"place {name}")
        x, y = self.ask(f"place {name}")  # the first call may have scrolled
        self.xdotool("mousemove", x, y, "click", 1)

    def drag(self, dx: int, dy: int, *, button: int = 1, steps: int = 8) -> None:
        x, y = self.ask("place viewport")
        self.xdotool("mousemove", x, y, "mousedown", button)
        for step in range(1, steps + 1):
            self.xdotool("mousemove", x + dx * step // steps, y + dy * step // steps)
        self.xdotool("mouseup", button)

    def key(self, *keys: str) -> None:
        self.xdotool("key", "--clearmodifiers", *keys)

    def write(self, text: str) -> None:
        first, *others = text.split("\n")
        self.xdotool("type", "--delay", "2", first)
        for line in others:
            self.key("Return")
            if line:
                self.xdotool("type", "--delay", "2", line)

    def choose_file(self, title: str, path: Path) -> None:
        """Type a path into the open file dialog until it closes; a busy machine loses keys."""
        assert self.until(lambda: self._asks(title), PATIENCE), f"no dialog {title!r} came"
        deadline = time.monotonic() + PATIENCE
        while self._asks(title):
            assert time.monotonic() < deadline, f"the dialog {title!r} stays"
            self.xdotool("search", "--sync", "--onlyvisible", "--name", title, "windowfocus")
            self.key("alt+n", "ctrl+a")  # the field for the file's name, and all that stands in it
            self.write(str(path))
            self.key("Return")
            self.until(lambda: not self._asks(title), 5)

    def _asks(self, title: str) -> bool:
        """Whether a dialog of this title is open."""
        return title in self.ask("state").get("dialog", "")

    @staticmethod
    def until(done: Callable[[], bool], seconds: float) -> bool:
        """Whether something comes to be so in time."""
        deadline = time.monotonic() + seconds
        while not (so := done()) and time.monotonic() < deadline:
            time.sleep(0.05)
        return so

    def focus(self) -> None:
        self.xdotool("search", "--sync", "--onlyvisible", "--name", "Perturber", "windowfocus")

    def leave(self) -> None:
        self.focus()
        self.key("ctrl+q")
        assert self._child.wait(timeout=PATIENCE) == 0

    def kill(self) -> None:
        self._child.kill()
        self._child.communicate()


@pytest.fixture(scope="module")
def display(opengl: None) -> Iterator[str]:
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1600x1000x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL)
    os.close(write)
    with os.fdopen(read) as numbers:
        number = numbers.readline().strip()
    assert number, "Xvfb did not start"
    yield f":{number}"
    server.terminate()
    server.wait()


@pytest.fixture
def person(display: str, tmp_path: Path) -> Iterator[Person]:
    made = Person(display, tmp_path / "settings.ini")
    yield made
    made.kill()


def attack_of(state: dict[str, Any]) -> dict[str, Any]:
    attack: dict[str, Any] = json.loads(state["session"])["attack"]
    return attack


def scene_of(state: dict[str, Any]) -> dict[str, Any]:
    scene: dict[str, Any] = json.loads(state["session"])["scene"]
    return scene


@pytest.mark.slow
def test_a_whole_visit(person: Person, tmp_path: Path):
    mesh = tmp_path / "cube.obj"
    mesh.write_text(CUBE)
    start = person.wait(lambda s: True, "the first frame")
    person.focus()

    # The mouse rotates, rolls, dollies and pans.
    person.drag(90, 20)
    turned = person.wait(lambda s: scene_of(s)["camera"]["yaw"] != scene_of(start)["camera"]["yaw"], "a turn")
    assert turned["pixels"] != start["pixels"]
    assert turned["logits"] != start["logits"]
    person.drag(60, 0, button=3)
    person.wait(lambda s: scene_of(s)["camera"]["roll"] != 0, "a roll")
    person.drag(40, 0, button=2)
    person.wait(lambda s: scene_of(s)["camera"]["pan_x"] != 0, "a pan")
    x, y = person.ask("place viewport")
    person.xdotool("mousemove", x, y, "click", 4)
    dollied = person.wait(lambda s: scene_of(s)["camera"]["distance"] != 1, "a dolly")

    # A GLSL error is shown at its line, the last valid picture stays, typed text is kept.
    person.click("code")
    person.key("ctrl+a")
    person.write("vec3 effect(vec3 color, float value, vec2 uv) {\n return color.bgr\n}\n")
    wrong = person.wait(lambda s: s["bad_line"] in (2, 3), "the marked line")  # other errors appear while typing
    assert wrong["note"].startswith("Line")
    assert wrong["pixels"] == dollied["pixels"]
    assert wrong["session"] == dollied["session"]
    assert "color.bgr" in wrong["typed"]
    person.key("ctrl+a")
    person.write("vec3 effect(vec3 color, float value, vec2 uv) {\n return color.bgr;\n}\n")
    fixed = person.wait(lambda s: s["bad_line"] is None and "bgr" in s["session"], "the corrected code")
    assert fixed["pixels"] != dollied["pixels"]

    # A mesh file of the user.
    person.click("mesh")
    person.choose_file("Open Mesh", mesh)
    own = person.wait(lambda s: scene_of(s)["subject"]["kind"] == "mesh", "the user's mesh")
    assert own["pixels"] != fixed["pixels"]

    # Save, continue, and undo ten steps.
    saved = tmp_path / "visit.json"
    person.focus()
    person.key("ctrl+s")
    person.choose_file("Save Session", saved)
    person.wait(lambda s: saved.is_file(), "the saved file")
    person.focus()
    for _ in range(4):
        person.drag(30, 10)
    moved = person.wait(lambda s: s["session"] != own["session"], "four more turns")
    assert moved["pixels"] != own["pixels"]
    x, y = person.ask("place viewport")
    person.xdotool("mousemove", x, y)
    for _ in range(10):
        person.key("ctrl+z")
    back = person.wait(lambda s: s["session"] == start["session"], "ten steps undone")
    assert (back["pixels"], back["logits"]) == (start["pixels"], start["logits"])

    # Reopen: same pixels, same logits.
    person.key("ctrl+o")
    person.choose_file("Open Session", saved)
    again = person.wait(lambda s: s["session"] == own["session"], "the reopened session")
    assert (again["pixels"], again["logits"]) == (own["pixels"], own["logits"])

    # An attack from the keyboard: every press is a step, moving the scene ends it.
    person.focus()
    person.key("a")
    person.wait(lambda s: attack_of(s)["taken"] == 1, "a step of an attack")
    person.key("a")
    struck = person.wait(lambda s: attack_of(s)["taken"] == 2, "another step")
    assert struck["pixels"] != again["pixels"]
    assert struck["logits"] != again["logits"]
    person.drag(30, 10)
    person.wait(lambda s: attack_of(s)["taken"] == 0, "the end of the attack")
    person.leave()

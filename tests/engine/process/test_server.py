"""The engine process's loop, without a process."""

from __future__ import annotations

from collections.abc import Iterator
from time import sleep
from types import SimpleNamespace
from typing import Any

import pytest

from perturber.core.jobs.job import Answer
from perturber.engine.process import server
from perturber.engine.process.wire import Computed, Hello


class Silence:
    """A connection on which nothing is ever asked."""

    def __init__(self) -> None:
        self.sent: list[Any] = []

    def poll(self, timeout: float) -> bool:
        return False

    def send(self, message: Any) -> None:
        self.sent.append(message)

    def recv(self) -> Any:
        raise EOFError


def test_long_jobs_do_not_keep_back_what_can_be_chosen(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(server, "ARCHITECTURES_AFTER", 0.05)
    engine = SimpleNamespace(observer=SimpleNamespace(device="cpu"), renderer=SimpleNamespace(name="none"))

    def steps() -> Iterator[Answer]:
        for done in range(10):
            sleep(0.02)
            yield Answer(done, 10)
        yield Answer(10, 10, value=True)

    connection: Any = Silence()
    running: Any = server._Server(connection, None, "cpu", "float32")  # type: ignore[arg-type]
    monkeypatch.setattr(running, "_open", lambda: engine)
    running._jobs["lane"] = server._Work(1, "lane", 0, steps())
    with pytest.raises(EOFError):
        running.run()
    told = [message for message in connection.sent if isinstance(message, Hello)]
    assert len(told) == 1
    assert "inception_v1" in told[0].architectures
    before = connection.sent[: connection.sent.index(told[0])]
    assert 0 < sum(isinstance(message, Computed) for message in before) < 11


def test_what_the_next_frame_waits_for_goes_on_at_once(monkeypatch: pytest.MonkeyPatch):
    """Before jobs that let a pause pass behind each frame."""
    engine = SimpleNamespace(observer=SimpleNamespace(device="cpu"), renderer=SimpleNamespace(name="none"))
    waited: list[float] = []

    class Patient(Silence):
        def poll(self, timeout: float) -> bool:
            waited.append(timeout)
            return False

    running: Any = server._Server(Patient(), None, "cpu", "float32")  # type: ignore[arg-type]
    running._described = True
    monkeypatch.setattr(running, "_open", lambda: engine)
    for number, (lane, order, urgent) in enumerate((("units", 0, False), ("attack", -1, True))):
        running._jobs[lane] = server._Work(number, lane, order, iter([Answer(1, 2), Answer(2, 2, 2)]), urgent)
    with pytest.raises(EOFError):
        running.run()
    assert [(message.token, message.answer.done) for message in running._connection.sent] == [
        (1, 1), (1, 2), (0, 1), (0, 2),
    ]  # fmt: skip
    assert waited[:2] == [0.0, 0.0]

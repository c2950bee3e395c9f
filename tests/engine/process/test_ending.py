"""How the client and its process end: the shared memory is freed, whatever fails meanwhile."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path

import pytest

from perturber.engine.process.client import EngineClient

PATIENCE = 60
"""Seconds: waiting costs only where something is wrong."""


def wait_until(done: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < end, what
        time.sleep(0.02)


def started(client: EngineClient) -> str:
    client.start()
    wait_until(lambda: client.pid is not None, "the process starts")
    assert client._block is not None
    return client._block.name


def is_gone(name: str) -> bool:
    try:
        SharedMemory(name).close()
    except FileNotFoundError:
        return True
    return False


def test_closing_frees_the_block_once_and_again() -> None:
    client = EngineClient("cpu")
    name = started(client)
    closers = [threading.Thread(target=client.close) for _ in range(3)]
    for closer in closers:
        closer.start()
    client.close()
    for closer in closers:
        closer.join(PATIENCE)
    client.close()
    assert is_gone(name)
    assert client.pid is None


def test_a_listener_that_fails_or_closes_does_not_keep_the_block() -> None:
    client = EngineClient("cpu")
    name = started(client)
    client.status.connect(lambda _status: client.close())
    client.configure("cpu", "float32")  # tells a status on the client's own thread
    wait_until(lambda: is_gone(name), "the block is freed")
    client.close()
    assert client.pid is None


def test_bytes_still_in_use_do_not_keep_the_name() -> None:
    client = EngineClient("cpu")
    name = started(client)
    assert client._block is not None
    block = client._block
    used = memoryview(block.buf)[:8]
    client.close()
    assert is_gone(name)
    used.release()
    block.close()


def test_closing_before_the_start_and_never_starting() -> None:
    client = EngineClient("cpu")
    client.close()
    client.close()
    assert client.pid is None


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
def test_the_engine_ends_with_a_killed_window_while_it_is_starting() -> None:
    code = (
        "import time\nfrom perturber.engine.process.client import EngineClient\n"
        "if __name__ == '__main__':\n    client = EngineClient('cpu')\n    client.start()\n"
        "    while client.pid is None: time.sleep(0.01)\n    print(client.pid, flush=True)\n    time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as window:
        assert window.stdout is not None
        engine = int(window.stdout.readline())
        time.sleep(0.5)
        window.send_signal(signal.SIGKILL)
    wait_until(lambda: not is_running(engine), "the engine ends")


def is_running(pid: int) -> bool:
    """Whether a process does something; one that has ended and was not waited for does not."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (OSError, IndexError):
        return False

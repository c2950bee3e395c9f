"""Processor time and memory of processes, read from /proc; elsewhere nothing is known and nothing is judged."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
FEWEST = 100
"""Samples that a trend needs."""
FLAT = 64 << 20
"""Growth in bytes, over all inputs of a process, that still counts as flat."""


@dataclass(frozen=True)
class ProcessState:
    """One process at one moment."""

    pid: int
    state: str
    """R runs or waits for a processor, S sleeps, D waits for a disk, Z has ended."""
    session: int
    cpu: float
    """Seconds of processor time of all its threads, and of its ended children."""
    rss: int
    """Bytes in memory."""


def look(pid: int) -> ProcessState | None:
    """Return a process's state, or None if it has ended or nothing is known here."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()
    cpu = sum(map(int, fields[11:15])) / TICKS
    return ProcessState(pid, fields[0], int(fields[3]), cpu, int(fields[21]) * PAGE)


def members(session: int) -> list[ProcessState]:
    """Return the processes of a session: its leader and all that these started."""
    numbers = [name for name in os.listdir("/proc") if name.isdigit()] if os.path.isdir("/proc") else []
    states = [look(int(number)) for number in numbers]
    return [state for state in states if state is not None and state.session == session]


class Idleness:
    """The time for which a session of processes did nothing: stalls of a loaded machine do not count."""

    def __init__(self, session: int) -> None:
        self._session = session
        self._cpu = 0.0
        self.seconds = 0.0

    def advance(self, passed: float) -> float:
        """Look again after so many seconds; return how long nothing has happened."""
        processes = members(self._session)
        cpu = sum(process.cpu for process in processes)
        # A process that waits for a processor or a disk would go on if the machine let it.
        busy = cpu - self._cpu > 0.01 or any(process.state in "RD" for process in processes)
        self.seconds = 0.0 if busy and cpu - self._cpu > 0.2 * passed else self.seconds + (0 if busy else passed)
        self._cpu = cpu
        return self.seconds


def start_peak() -> int:
    """Begin to measure this process's largest size; return its present size in bytes."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    return _status("VmRSS")


def peak() -> int:
    """Return the largest size of this process since `start_peak`, in bytes."""
    return _status("VmHWM")


def _status(name: str) -> int:
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
            if line.startswith(name):
                return int(line.split()[1]) << 10
    return 0


def growth(sizes: list[int]) -> int:
    """Return by how many bytes memory grew over its second half, by the median of all rises (Theil and Sen).

    The first half is left out, since caches fill; 0 with too few samples.
    """
    if len(sizes) < FEWEST:
        return 0
    later = np.asarray(sizes[len(sizes) // 2 :], float)
    chosen = np.unique(np.linspace(0, len(later) - 1, 200).round().astype(int))
    x, y = chosen.astype(float), later[chosen]
    first, second = np.triu_indices(len(x), 1)
    rise = float(np.median((y[second] - y[first]) / (x[second] - x[first])))
    return round(rise * (len(later) - 1))

"""The process that tries the inputs; it may hang, grow or die, and is watched."""

from __future__ import annotations

import faulthandler
import os
import shutil
import signal
import sys
import tempfile
import traceback
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from time import monotonic, process_time

from perturber.core.errors import PerturberError
from perturber.platforms import ignore_interrupts
from tests.faults.keeping import INPUT, LOG, keep
from tests.faults.kind import Kind, Place, generator, kind_class
from tests.faults.outcome import HangError, LostError, Outcome, Record, WrongError
from tests.faults.process_table import peak, start_peak

LONGEST = 3000
"""Characters of a message at most."""
SETTLING = 300.0
"""Seconds of processor time for what is not the input's: starting an engine, cleaning up."""


@dataclass(frozen=True)
class Orders:
    """What a worker does: inputs of a kind, by number."""

    kind: str
    first: int
    count: int


@dataclass(frozen=True)
class Begins:
    """An input, or what is done before and after, begins and may take so long."""

    kind: str
    number: int
    cpu: float
    idle: float
    memory: int


@dataclass(frozen=True)
class Ended:
    """An input has been tried."""

    record: Record
    pids: dict[str, int] = field(default_factory=dict)
    """Processes whose memory is observed, by name."""


@dataclass(frozen=True)
class Finished:
    """The orders are carried out."""


def work(connection: Connection, package: str, seed: int, folder: Path) -> None:
    """Carry out orders until the watcher closes the pipe. Runs as the target of a spawned process."""
    ignore_interrupts()
    os.setsid()  # whatever an input leaves behind ends with the worker
    _redirect(folder)
    worker = _Worker(connection, package, seed, folder)
    try:
        while True:
            worker.obey(connection.recv())
    except (EOFError, OSError):
        pass
    finally:
        worker.close()


def prepare_environment(folder: Path) -> dict[str, str]:
    """Return the variables of a worker: its own home, no network, one thread, no display."""
    nowhere = "http://127.0.0.1:9"
    proxies = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), nowhere)
    homes = {"HOME": "home", "XDG_CACHE_HOME": "cache", "XDG_CONFIG_HOME": "config", "XDG_DATA_HOME": "data"}
    homes |= {"XDG_STATE_HOME": "state", "TMPDIR": "tmp", "TORCH_HOME": "torch"}
    for name in homes.values():
        (folder / name).mkdir(parents=True, exist_ok=True)
    return {
        **{key: str(folder / name) for key, name in homes.items()},
        **proxies,
        "no_proxy": "127.0.0.1,localhost",
        "NO_PROXY": "127.0.0.1,localhost",
        "OMP_NUM_THREADS": "1",
        "OMP_WAIT_POLICY": "passive",
        "QT_QPA_PLATFORM": "offscreen",
    }


def _redirect(folder: Path) -> None:
    """Write all output to a log, also the stack of every thread when the watcher asks for it."""
    log = (folder / LOG).open("w", encoding="utf-8", buffering=1)
    os.dup2(log.fileno(), 1)
    os.dup2(log.fileno(), 2)
    sys.stdout = sys.stderr = log
    faulthandler.enable(log)
    faulthandler.register(signal.SIGUSR1, log, all_threads=True)


class _Worker:
    def __init__(self, connection: Connection, package: str, seed: int, folder: Path) -> None:
        self._connection, self._package, self._seed, self._folder = connection, package, seed, folder
        self._place = Place(folder)
        self._kinds: dict[str, Kind] = {}

    def obey(self, orders: Orders) -> None:
        kind = self._kind(orders.kind)
        for number in range(orders.first, orders.first + orders.count):
            record = self._try(kind, orders.kind, number)
            if record.outcome.is_bad:
                keep(record, self._seed, self._folder)
            self._connection.send(Ended(record, self._place.pids()))
            self._begin(orders.kind, number, SETTLING, SETTLING, 8 << 30)
            kind.settle()
            shutil.rmtree(self._folder / INPUT, ignore_errors=True)
        self._connection.send(Finished())

    def _kind(self, name: str) -> Kind:
        if name not in self._kinds:
            self._begin(name, -1, SETTLING, SETTLING, 8 << 30)
            self._kinds[name] = kind_class(name, self._package)(self._place)
            self._kinds[name].prepare()
        return self._kinds[name]

    def _begin(self, kind: str, number: int, cpu: float, idle: float, memory: int) -> None:
        self._connection.send(Begins(kind, number, cpu, idle, memory))

    def _try(self, kind: Kind, name: str, number: int) -> Record:
        folder = self._folder / INPUT
        _empty(folder)
        self._begin(name, number, kind.cpu, kind.idle, kind.memory)
        before, start, cpu = start_peak(), monotonic(), process_time()
        outcome, detail, kills = _attempt(kind, generator(self._seed, name, number), folder)
        cpu, wall, grown = process_time() - cpu, monotonic() - start, max(0, peak() - before)
        if not outcome.is_bad and cpu > kind.cpu:
            outcome, detail = Outcome.HANG, f"{cpu:.1f} s of processor time; {detail}"
        elif not outcome.is_bad and grown > kind.memory:
            outcome, detail = Outcome.MEMORY, f"{grown >> 20} MiB; {detail}"
        return Record(name, number, outcome, detail, cpu, wall, grown, kills)

    def close(self) -> None:
        for kind in self._kinds.values():
            kind.close()
        self._place.close()


def _empty(folder: Path) -> None:
    if folder.exists():  # what could not be deleted, such as a folder without permissions
        folder.rename(Path(tempfile.mkdtemp(dir=folder.parent)) / "left")
    folder.mkdir()


def _attempt(kind: Kind, random: object, folder: Path) -> tuple[Outcome, str, int]:
    """Return what became of an input, the words for it, and the number of processes killed."""
    try:
        return Outcome.ACCEPTED, "", kind.run(random, folder)  # type: ignore[arg-type]
    except PerturberError as error:
        return *_judge(kind, error, folder), 0
    except LostError as error:
        return Outcome.LOST, str(error), 1
    except WrongError as error:
        return Outcome.WRONG, str(error), 0
    except HangError as error:
        return Outcome.HANG, str(error), 0
    except KeyboardInterrupt:
        raise
    except BaseException:  # whatever escapes the program, SystemExit too
        return Outcome.UNCAUGHT, traceback.format_exc(), 0


def _judge(kind: Kind, error: PerturberError, folder: Path) -> tuple[Outcome, str]:
    """Return whether a refusal is one: it names what it is about, is short, and holds nothing but text."""
    text = str(error)
    if not kind.refuses:
        return Outcome.LOST, traceback.format_exc()
    if len(text) > LONGEST:
        return Outcome.WRONG, f"a message of {len(text)} characters: {text[:300]!r}"
    if strange := [character for character in text if ord(character) < 32 and character != "\n"]:
        return Outcome.WRONG, f"a message with {strange[0]!r}: {text!r}"
    if not kind.names(error, folder):
        return Outcome.WRONG, f"a refusal that names nothing: {text!r}"
    return Outcome.REFUSED, text

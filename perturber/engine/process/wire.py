"""The messages between the window's client and the engine process.

Arrays go through one block of shared memory, everything else through a pipe; without a block (a machine with a small
or no /dev/shm) everything does.
At most one request is running, so the block needs no locks: the server fills it before it
answers, and the client copies from it before the next request.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from multiprocessing.shared_memory import SharedMemory
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from perturber.core.evaluation import AttackResult, AttributionResult, Evaluation, Maps, SlotResult
from perturber.core.jobs.job import Answer, Job
from perturber.core.session.session import Session

BLOCK_BYTES = 32 << 20
"""Size of the shared memory block."""
State = Literal["starting", "ready", "busy", "restarting", "failed"]


@dataclass(frozen=True)
class Status:
    """The state of the engine."""

    state: State
    message: str = ""
    device: str = ""
    renderer: str = ""
    architectures: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Request:
    """Evaluate a session; ``token`` is set for a proposal, whose models must open too."""

    number: int
    session: Session
    token: int | None = None


@dataclass(frozen=True)
class Hello:
    """The engine is ready; sent once at the start and again when the architectures are known."""

    device: str
    renderer: str
    devices: tuple[str, ...] = ()
    architectures: tuple[str, ...] = ()


@dataclass(frozen=True)
class Entering:
    """A stage is about to compute; the watchdog's clock starts again."""

    stage: str


@dataclass(frozen=True)
class Fatal:
    """The engine cannot run on this machine; restarting does not help."""

    message: str


@dataclass(frozen=True)
class Refusal:
    """A request that could not be answered, and the source of the problem."""

    number: int
    source: str
    message: str
    line: int | None = None


@dataclass(frozen=True)
class Compute:
    """Run a job while the engine is idle, replacing the one in the same lane.

    Without a job, only cancel the one in that lane.
    """

    token: int
    lane: str
    session: Session
    job: Job | None = None


@dataclass(frozen=True)
class Computed:
    """The progress or the result of a job."""

    token: int
    answer: Answer


@dataclass(frozen=True)
class Packed:
    """An array in the shared block, or in the message itself when the block is full."""

    shape: tuple[int, ...]
    dtype: str
    offset: int = -1
    inline: bytes = b""


@dataclass(frozen=True, eq=False)
class Reply:
    """An evaluation without its session, its arrays packed."""

    number: int
    pixels: Packed
    slots: tuple[tuple[SlotResult, Packed | None], ...]
    attack: tuple[AttackResult, Packed, Packed] | None = None
    """The attack with its frame and its change."""
    attribution: tuple[AttributionResult, Packed] | None = None
    """The attribution with its values."""
    rest: dict[str, Any] = field(default_factory=dict)


class Packer:
    """Writes arrays one after the other into a shared block, if there is one."""

    def __init__(self, block: SharedMemory | None) -> None:
        self._block = block
        self._used = 0

    def put(self, array: NDArray[Any]) -> Packed:
        """Copy an array into the block, or into the message if it does not fit."""
        offset, end = self._used, self._used + array.nbytes
        if self._block is None or end > self._block.size:
            return Packed(array.shape, array.dtype.str, inline=array.tobytes())
        np.ndarray(array.shape, array.dtype, self._block.buf, offset)[...] = array
        self._used = (end + 63) // 64 * 64
        return Packed(array.shape, array.dtype.str, offset)


def unpack(packed: Packed, block: SharedMemory | None) -> NDArray[Any]:
    """Return a copy of a packed array."""
    source = packed.inline if packed.offset < 0 or block is None else block.buf
    return np.ndarray(packed.shape, np.dtype(packed.dtype), source, max(packed.offset, 0)).copy()


def pack_evaluation(number: int, evaluation: Evaluation, block: SharedMemory | None) -> Reply:
    """Return an evaluation as a message, with its arrays in the block."""
    packer = Packer(block)
    slots = tuple(
        (replace(s, maps=None), None) if s.maps is None else (_without_values(s, s.maps), packer.put(s.maps.values))
        for s in evaluation.slots
    )
    rest = {name: getattr(evaluation, name) for name in ("number", "seconds", "device", "renderer", "notices")}
    attack = None if evaluation.attack is None else _pack_attack(evaluation.attack, packer)
    found = evaluation.attribution
    attribution = None if found is None else (_without_map(found), packer.put(found.values))
    return Reply(number, packer.put(evaluation.pixels), slots, attack, attribution, rest)


def unpack_evaluation(reply: Reply, session: Session, block: SharedMemory | None) -> Evaluation:
    """Return the evaluation of a message, with its arrays copied from the block."""
    slots = tuple(
        result
        if packed is None or result.maps is None
        else replace(result, maps=replace(result.maps, values=unpack(packed, block)))
        for result, packed in reply.slots
    )
    attack = None
    if reply.attack is not None:
        attack, pixels, change = reply.attack
        attack = replace(attack, pixels=unpack(pixels, block), change=unpack(change, block))
    attribution = None
    if reply.attribution is not None:
        attribution = replace(reply.attribution[0], values=unpack(reply.attribution[1], block))
    return Evaluation(
        session=session,
        pixels=unpack(reply.pixels, block),
        slots=slots,
        attack=attack,
        attribution=attribution,
        **reply.rest,
    )


def _pack_attack(attack: AttackResult, packer: Packer) -> tuple[AttackResult, Packed, Packed]:
    bare = replace(attack, pixels=np.empty((0,), np.uint8), change=np.empty((0,), np.float32))
    return bare, packer.put(attack.pixels), packer.put(attack.change)


def _without_map(result: AttributionResult) -> AttributionResult:
    return replace(result, values=np.empty((0,), np.float32))


def _without_values(result: SlotResult, maps: Maps) -> SlotResult:
    return replace(result, maps=replace(maps, values=np.empty((0,), np.float32)))

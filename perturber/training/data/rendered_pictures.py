"""Rendered pictures on disk: rendered once by several processes, resumable, read as memory maps."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path

import numpy as np
from numpy.lib.format import open_memmap
from numpy.typing import NDArray

from perturber.core.errors import MachineError
from perturber.core.evaluation import SIZE, Pixels
from perturber.core.storage.files import npy, write_whole
from perturber.platforms import end_with_parent, ignore_interrupts, start_without_interrupts
from perturber.scene.renderer import Renderer
from perturber.training.studio.sample import RUN, Pictures, Sampler, StudioSample
from perturber.training.studio.stock import Stock
from perturber.training.studio.surfaces.painterly import paint

BLOCK = 10 * RUN
"""Pictures between two records of progress."""
PIXELS, FACTS, DONE = "pixels.npy", "facts.npy", "done.npy"
Progress = Callable[[int, int], None]
"""Called with the number of pictures done and their total."""


@dataclass(frozen=True)
class RenderedSet:
    """Pictures with their annotations."""

    pixels: NDArray[np.uint8]
    """N×224×224×3, memory-mapped."""
    targets: NDArray[np.int64]
    """Class numbers."""
    textures: NDArray[np.int64]
    """Class whose texture the object wears; -1 for none."""
    places: NDArray[np.int64]
    """Kind of place behind it; -1 for none."""

    def __len__(self) -> int:
        return len(self.targets)


def ignore_progress(done: int, count: int) -> None:
    """Show no progress."""


def folder_of(pictures: Pictures, work: Path) -> Path:
    """Return the folder of a set; equal descriptions share one."""
    key = hashlib.sha256(pictures.model_dump_json().encode()).hexdigest()[:12]
    return work / f"{pictures.style}-{pictures.split}-{key}"


def picture_set(
    pictures: Pictures, work: Path, progress: Progress = ignore_progress, processes: int | None = None
) -> RenderedSet:
    """Return the set, rendered on first use into ``work``; an interrupted run is resumed.

    With 0 ``processes`` nothing is rendered here, and the call waits for another process. Raises
    MachineError when a rendering process dies or the disk has no room for the pictures.
    """
    folder = folder_of(pictures, work)
    if processes == 0:
        while not _complete(folder):
            time.sleep(1)
    else:
        _prepare(folder, pictures.count)
        if not _complete(folder):
            _render(pictures, folder, processes or min(cores(), 16), progress)
    facts = np.load(folder / FACTS)
    columns = facts.astype(np.int64).T
    return RenderedSet(np.load(folder / PIXELS, mmap_mode="r"), columns[0], columns[1], columns[2])


def _complete(folder: Path) -> bool:
    return (folder / DONE).is_file() and bool(np.load(folder / DONE).all())


def cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _prepare(folder: Path, count: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    wanted = ((PIXELS, np.uint8, (count, SIZE, SIZE, 3)), (FACTS, np.int16, (count, 3)))
    if not (folder / DONE).is_file():
        for name, dtype, shape in wanted:
            try:
                open_memmap(folder / name, "w+", dtype, shape).flush()
                _reserve(folder / name)
            except OSError as error:
                with suppress(OSError):
                    (folder / name).unlink()
                raise MachineError(
                    f"{folder / name}: {error.strerror or error}. The pictures need more room."
                ) from error
        write_whole(folder / DONE, npy(np.zeros(-(-count // BLOCK), np.uint8)))


def _reserve(file: Path) -> None:
    """Have the disk set the file's space aside: a memory map that finds none later kills the process."""
    if hasattr(os, "posix_fallocate"):
        with file.open("r+b") as stream:
            os.posix_fallocate(stream.fileno(), 0, file.stat().st_size)


def _render(pictures: Pictures, folder: Path, processes: int, progress: Progress) -> None:
    """Render the set, every process each ``processes``-th block."""
    done = open_memmap(folder / DONE, "r")
    context = multiprocessing.get_context("spawn")
    with _llvmpipe_threads(max(1, cores() // processes)):
        each = [(pictures, folder, number, processes) for number in range(processes)]
        shares = [context.Process(target=render_share, args=share, daemon=True) for share in each]
        for share in shares:
            start_without_interrupts(share)
    try:
        while any(share.is_alive() for share in shares):
            progress(min(int(done.sum()) * BLOCK, pictures.count), pictures.count)
            _failed(shares)
            time.sleep(0.3)
        _failed(shares)
        progress(pictures.count, pictures.count)
    finally:
        for share in shares:
            share.terminate()
            share.join()


def _failed(shares: Sequence[BaseProcess]) -> None:
    for share in shares:
        if share.exitcode:
            raise MachineError(f"a rendering process ended with status {share.exitcode}")


@contextmanager
def _llvmpipe_threads(count: int) -> Iterator[None]:
    """Set the environment in which child processes with software rendering share the cores."""
    name = "LP_NUM_THREADS"
    before = os.environ.get(name)
    os.environ[name] = str(count)
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


def render_share(pictures: Pictures, folder: Path, first: int, stride: int) -> None:
    """Render every missing block of this process's share."""
    if multiprocessing.parent_process() is not None:
        ignore_interrupts()  # the parent ends this process
        end_with_parent()
    pixels, facts = open_memmap(folder / PIXELS, "r+"), open_memmap(folder / FACTS, "r+")
    done = open_memmap(folder / DONE, "r+")
    sampler = Sampler(pictures, Stock(folder.parent / "stock"))
    renderer = Renderer()
    try:
        for block in range(first, len(done), stride):
            if done[block]:
                continue
            for index in range(block * BLOCK, min((block + 1) * BLOCK, pictures.count)):
                sample = sampler.sample(index)
                pixels[index] = draw_sample(renderer, sample, (pictures.seed, index))
                facts[index] = sample.target, sample.texture, sample.place
            pixels.flush()
            facts.flush()
            done[block] = 1
            done.flush()
    finally:
        renderer.release()


def draw_sample(renderer: Renderer, sample: StudioSample, seed: tuple[int, ...]) -> Pixels:
    """Render the picture of a sample, 224×224×3."""
    session = sample.session
    pixels = renderer.read(renderer.post(renderer.draw(session.scene, SIZE), session.post, session.seed))
    return paint(pixels, np.random.default_rng((*seed, 2))) if sample.painterly else pixels

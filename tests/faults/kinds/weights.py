"""Weights files of every format, damaged, and pickles that would run programs."""

from __future__ import annotations

import io
import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import numpy as np

from perturber.core.errors import InputError
from tests.faults.hostile import make_place
from tests.faults.kind import Kind
from tests.faults.outcome import WrongError
from tests.mutation import damage

SUFFIXES = (".pth", ".pt", ".safetensors", ".npz", ".npy", ".pb", ".bin", ".h5", ".ckpt", ".zip", "")
OPCODES = [bytes([code]) for code in b"cRitobe.(}])2a0u\x81\x82\x86\x85\x93\x94N\x88I1\n"]


class _Evil:
    """Would run a program if it were unpickled."""

    def __init__(self, mark: Path) -> None:
        self._mark = mark

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, (f"touch '{self._mark}'",)


class WeightsFiles(Kind):
    """They become tensors, or are refused by name; no pickle runs anything."""

    share: ClassVar[float] = 1.5
    brief: ClassVar[int] = 60

    def prepare(self) -> None:
        import torch
        from safetensors.torch import save

        from perturber.nets.architectures.architecture import create
        from perturber.nets.weights.foreign_formats import EXPECTED

        assert EXPECTED
        torch.set_num_threads(1)
        self._mark = self.place.folder / "unpickled"
        small = {"a.weight": torch.arange(12.0).view(4, 3), "a.bias": torch.ones(4), "n": torch.tensor(3)}
        network = create("inception_v1", 3, width=0.0625, norm="batch").bare().state_dict()
        evil = {"state_dict": small, "x": _Evil(self._mark)}
        self._samples = [save(small), save(network, {"perturber": "x"}), _npz(small), pickle.dumps(small), b"\x08\x01"]
        for value in (small, {"state_dict": small, "epoch": 3}, {"model": network, "optimizer": {"lr": [1]}}, evil):
            for modern in (True, False):
                stream = io.BytesIO()
                torch.save(value, stream, _use_new_zipfile_serialization=modern)
                self._samples.append(stream.getvalue())
        self._samples.append(pickle.dumps(_Evil(self._mark), 0))

    def run(self, random: np.random.Generator, folder: Path) -> int:
        from perturber.nets.open_model import fitted
        from perturber.nets.weights.weights_file import open_weights, read_weights

        file = folder / f"weights{random.choice(SUFFIXES)}"
        if random.random() < 0.03:
            file = Path(make_place(folder, random))
        else:
            file.write_bytes(self._damaged(random))
        self.subject = str(file)
        try:
            if random.random() < 0.5:
                read_weights(file)
            else:
                fitted(str(random.choice(["inception_v1", "squeezenet1_0"])), open_weights(file))
        except InputError:
            self._check()
            raise
        self._check()
        return 0

    def _check(self) -> None:
        if self._mark.exists():
            self._mark.unlink()
            raise WrongError("a pickle ran a program")

    def _damaged(self, random: np.random.Generator) -> bytes:
        sample = self._samples[int(random.integers(len(self._samples)))]
        match int(random.integers(8)):
            case 0:
                return sample
            case 1 if sample[:2] == b"PK":
                return _with_damaged_member(sample, random)
            case 2:
                return _opcodes(random)
            case 3:
                return damage(sample[: int(random.integers(1, 400))], random) + sample[400:]
        return damage(sample, random)


def _npz(values: dict[str, object]) -> bytes:
    stream = io.BytesIO()
    np.savez(stream, **{key: np.asarray(value) for key, value in values.items()})
    return stream.getvalue()


def _with_damaged_member(whole: bytes, random: np.random.Generator) -> bytes:
    """Return a sound archive with one member damaged, renamed, doubled or packed."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as source, zipfile.ZipFile(stream, "w") as target:
        names = source.namelist()
        chosen = names[int(random.integers(len(names)))]
        for name in names:
            data = source.read(name)
            if name != chosen:
                target.writestr(name, data)
            elif random.random() < 0.6:
                target.writestr(name, damage(data, random))
            elif random.random() < 0.5:
                target.writestr("../" + name, data)
            else:
                target.writestr(name, data * 50, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def _opcodes(random: np.random.Generator) -> bytes:
    """Return a pickle of opcodes at random."""
    pieces = [
        *OPCODES,
        b"cos\nsystem\n",
        b"ctorch._utils\n_rebuild_tensor_v2\n",
        b"X\x01\0\0\0a",
        b"X\xff\xff\xff\x7fa",
    ]
    chosen = [pieces[index] for index in random.integers(0, len(pieces), int(random.integers(1, 40)))]
    return b"\x80\x02" + b"".join(chosen) + b"."

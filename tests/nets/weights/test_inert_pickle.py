"""Pickles as people save them beside weights: nothing runs, and what is inert does not refuse a file."""

from __future__ import annotations

import argparse
import builtins
import collections
import datetime as dt
import enum
import functools
import importlib
import os
import pathlib
import pickle
import struct
import subprocess
import types
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from perturber.core.errors import InputError
from perturber.nets.weights.inert_pickle import InertObject, InertUnpickler
from perturber.nets.weights.weights_file import open_weights, read_weights

STATE = {"a.weight": torch.arange(12.0).view(4, 3), "a.bias": torch.ones(4)}
FORMS = pytest.mark.parametrize("modern", [True, False], ids=["zip", "legacy"])


class Shade(enum.Enum):
    """As in the configurations of training programs."""

    DARK = 1


class ConfigurationDict(dict[str, Any]):
    """As the configurations of many training programs."""


class Calls:
    """Calls a function when it is unpickled in the usual way."""

    def __init__(self, function: Callable[..., Any], *args: Any) -> None:
        self.what = function, args

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return self.what


def trained() -> tuple[dict[str, Any], dict[str, Any]]:
    """State of an optimizer with momentum and of a schedule, after a step."""
    network = torch.nn.Linear(3, 4)
    optimizer = torch.optim.AdamW(network.parameters())
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.1, 10)
    network(torch.ones(1, 3)).sum().backward()
    optimizer.step()
    schedule.step()
    return optimizer.state_dict(), schedule.state_dict()


def beside() -> dict[str, Any]:
    optimizer, schedule = trained()
    return {
        "args": argparse.Namespace(lr=0.1, out=pathlib.Path("runs")),
        "optimizer": optimizer,
        "lr_scheduler": schedule,
        "simple": types.SimpleNamespace(a=[1]),
        "ordered": collections.OrderedDict(a=1),
        "lists": collections.defaultdict(list, {"a": [1]}),
        "counter": collections.Counter("aab"),
        "deque": collections.deque([1, 2]),
        "array": np.arange(6.0).reshape(2, 3),
        "numbers": [np.float64(0.5), np.int32(3), np.bool_(True), np.dtype("f4")],
        "when": [dt.datetime(2026, 1, 1), dt.timedelta(1), Decimal("0.1")],
        "torch": [torch.Size([1, 2]), torch.device("cpu"), torch.float16, torch.random.get_rng_state()],
        "sets": [{1, 2}, frozenset("ab")],
        "others": [1 + 2j, slice(1, 2), range(3), b"bytes", bytearray(b"array"), None, True, 10**30],
        "enum": Shade.DARK,
        "configuration": ConfigurationDict(depth=18),
        "function": functools.partial(int, base=2),
        "type": torch.nn.Linear,
    }


@FORMS
@pytest.mark.parametrize("protocol", range(2, 6))
def test_objects_beside_the_weights_are_skipped(tmp_path: Path, modern: bool, protocol: int):
    file = tmp_path / "checkpoint.pth"
    saved = {**beside(), "model": STATE}
    torch.save(saved, file, pickle_protocol=protocol, _use_new_zipfile_serialization=modern)
    assert all(torch.equal(read_weights(file)[key], value) for key, value in STATE.items())
    notices = open_weights(file).notices
    assert len(notices) == 1, "what is usual is skipped without a word"
    assert all(word in notices[0] for word in ("checkpoint.pth", "ConfigurationDict", "Shade"))


@pytest.mark.parametrize("protocol", range(2, 6))
def test_state_dicts_of_pickle_alone_are_read(tmp_path: Path, protocol: int):
    file = tmp_path / "weights.pkl"
    file.write_bytes(pickle.dumps({"state_dict": STATE, "args": argparse.Namespace(a=1)}, protocol))
    assert all(torch.equal(read_weights(file)[key], value) for key, value in STATE.items())


def test_a_state_dict_may_be_of_any_kind_of_dictionary(tmp_path: Path):
    for kind in (ConfigurationDict, collections.OrderedDict, dict):
        torch.save({"net": kind(STATE)}, tmp_path / "weights.pt")
        assert read_weights(tmp_path / "weights.pt").keys() == STATE.keys()


def test_parameters_views_and_shared_storages_are_read(tmp_path: Path):
    whole = torch.arange(20.0).view(4, 5)
    saved = {"a": torch.nn.Parameter(whole), "b": whole.t(), "c": whole[1:, ::2], "d": torch.tensor(3), "e": whole[:0]}
    saved["f"] = torch.rand(3).to(torch.bfloat16)
    saved["g"] = torch.tensor([True, False])
    for modern in (True, False):
        torch.save(saved, tmp_path / "weights.pt", _use_new_zipfile_serialization=modern)
        found = read_weights(tmp_path / "weights.pt")
        assert {key: value.dtype for key, value in found.items()} == {key: value.dtype for key, value in saved.items()}
        assert all(torch.equal(found[key], value) for key, value in saved.items())
        assert not found["a"].requires_grad


@FORMS
@pytest.mark.parametrize("place", ["inside", "beside", "key"])
@pytest.mark.parametrize(
    "function",
    [os.system, subprocess.call, eval, exec, builtins.open, importlib.import_module, os.remove],
    ids=lambda function: function.__name__,
)
def test_functions_that_run_code_refuse_the_file(
    tmp_path: Path, modern: bool, place: str, function: Callable[..., Any]
):
    mark = tmp_path / "mark"
    mark.write_text("here")
    evil = Calls(function, str(mark))
    saved: dict[str, Any] = {"state_dict": {**STATE}}
    if place == "inside":
        saved["state_dict"]["a.extra"] = evil
    elif place == "beside":
        saved["args"] = [evil]
    else:
        saved = {**saved, "pair": (evil, evil)}
    torch.save(saved, tmp_path / "evil.pt", _use_new_zipfile_serialization=modern)
    with pytest.raises(InputError, match=rf"Python objects \([\w.]+\.{function.__name__}\), which could run code"):
        read_weights(tmp_path / "evil.pt")
    assert mark.read_text() == "here"


@FORMS
def test_other_functions_are_not_called_either(tmp_path: Path, modern: bool):
    made = tmp_path / "made"
    saved = {
        "state_dict": STATE,
        "args": [Calls(Path.mkdir, made), Calls(np.save, str(made), 1), Calls(pickle.loads, b".")],
    }
    torch.save(saved, tmp_path / "weights.pt", _use_new_zipfile_serialization=modern)
    assert read_weights(tmp_path / "weights.pt").keys() == STATE.keys()
    assert list(tmp_path.iterdir()) == [tmp_path / "weights.pt"]


def unpickled(data: bytes) -> Any:
    from io import BytesIO

    return InertUnpickler(BytesIO(data), {}, lambda pid: None).load()


def text(value: str) -> bytes:
    return b"X" + struct.pack("<I", len(value)) + value.encode()


def test_every_way_to_name_and_call_gives_inert_objects():
    ways = {
        "global": b"ctorch.nn\nLinear\n)R.",
        "stack global": b"\x80\x04" + text("torch.nn") + text("Linear") + b"\x93)R.",
        "new object": b"ctorch.nn\nLinear\n)\x81.",
        "new object with keywords": b"\x80\x04ctorch.nn\nLinear\n)}\x92.",
        "instance": b"(itorch.nn\nLinear\n.",
        "object": b"(ctorch.nn\nLinear\no.",
        "called twice": b"ctorch.nn\nLinear\n)R)R.",
    }
    for way, data in ways.items():
        found = unpickled(data)
        assert isinstance(found, InertObject), way
        assert found.path == "torch.nn.Linear", way


@pytest.mark.parametrize(
    "data",
    [
        b"I1\n)R.",  # calls a number
        b"\x80\x02]\x94(I1\nd.",  # an odd dictionary
        b"\x82\x01.",  # extension codes
        b"\x80\x05\x96" + struct.pack("<Q", 1 << 40) + b".",  # a byte array of 1 TiB
        b"cos\nsystem\n.",  # named without a call
        b"\x80\x04" + text("os") + text("system") + b"\x93.",
        b"I1\nI2\nI3\ns.",  # an item in a number
        b"\x80\x04I1\n" + text("system") + b"\x93.",  # a name that is no text
        b"(" * 100000,
    ],
)
def test_what_is_malformed_raises(data: bytes):
    with pytest.raises(Exception):  # noqa: B017, PT011 - whatever it is becomes a refusal
        unpickled(data)


def test_attributes_cannot_be_set_on_what_is_shared():
    before = dict(vars(collections.OrderedDict))
    unpickled(b"ccollections\nOrderedDict\n}" + text("x") + b"I1\nsb.")
    unpickled(b"ccollections\nOrderedDict\n)R(N}" + text("__class__") + b"I1\nstb.")
    assert dict(vars(collections.OrderedDict)) == before


def test_deep_nesting_is_no_crash(tmp_path: Path):
    file = tmp_path / "deep.pkl"
    file.write_bytes(b"\x80\x02" + b"}" + b")" + b"\x85" * 200000 + b"I1\ns.")  # a tuple in itself as a key
    with pytest.raises(InputError):
        read_weights(file)


@pytest.mark.parametrize("modern", [True, False])
def test_mutated_files_are_read_or_refused(tmp_path: Path, modern: bool):
    source = tmp_path / "source.pt"
    torch.save({"model": STATE, "args": argparse.Namespace(a=1)}, source, _use_new_zipfile_serialization=modern)
    data, random = source.read_bytes(), np.random.default_rng(0)
    file = tmp_path / "mutated.pt"
    for _ in range(200):
        changed = bytearray(data)
        for place in random.integers(0, len(data), int(random.integers(1, 8))):
            changed[place] = int(random.integers(256))
        if random.random() < 0.3:
            del changed[int(random.integers(len(changed))) :]
        file.write_bytes(changed or b"\0")
        with suppress(InputError):
            read_weights(file)

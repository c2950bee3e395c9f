"""Weights files of all kinds: read, or refused by name."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from perturber.core.errors import InputError
from perturber.nets.architectures.architecture import create
from perturber.nets.weights.fitting import fit
from perturber.nets.weights.weights_file import read_checkpoint, read_weights

STATE = {"a.weight": torch.arange(12.0).view(4, 3), "a.bias": torch.ones(4)}


class Malicious:
    """Would run a command if it were unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, (f"touch {self.mark}",)


def same(found: dict[str, torch.Tensor]) -> bool:
    return found.keys() == STATE.keys() and all(torch.equal(found[key], STATE[key]) for key in STATE)


def prefixed(prefix: str) -> dict[str, torch.Tensor]:
    return {prefix + key: value for key, value in STATE.items()}


@pytest.mark.parametrize(
    "saved",
    [
        STATE,
        {"state_dict": STATE, "epoch": 3, "accuracy": np.float64(0.5), "loss": np.float32(2.0)},
        {"model_state_dict": prefixed("module."), "optimizer": {"state": {}}},
        {"model": prefixed("module.model.")},
        {"state_dict": {"model": prefixed("_orig_mod.")}},
        {
            "model": {
                **prefixed("module.model."),
                **prefixed("module.attacker.model."),
                "module.normalizer.new_mean": torch.zeros(3),
            }
        },
    ],
    ids=["plain", "nested", "module", "module.model", "twice", "robustness"],
)
@pytest.mark.parametrize("modern", [True, False], ids=["zip", "legacy"])
def test_checkpoints_come_down_to_the_state_dict(tmp_path: Path, saved: dict[str, object], modern: bool):
    file = tmp_path / "weights.bin"
    torch.save(saved, file, _use_new_zipfile_serialization=modern)
    assert same(read_weights(file))


def test_a_prefix_that_only_some_keys_have_stays(tmp_path: Path):
    file = tmp_path / "weights.pt"
    torch.save({"module.a": torch.ones(1), "b": torch.ones(1)}, file)
    assert set(read_weights(file)) == {"module.a", "b"}


def test_safetensors_are_read_and_outlive_their_file(tmp_path: Path):
    file = tmp_path / "weights"
    save_file(STATE, file)
    found = read_weights(file)
    file.write_bytes(b"")
    assert same(found)


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def torch_bytes(tmp_path: Path, value: object) -> bytes:
    torch.save(value, tmp_path / "source.pt")
    return (tmp_path / "source.pt").read_bytes()


def bomb(tmp_path: Path) -> bytes:
    with zipfile.ZipFile(tmp_path / "source.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", b"\x80\x02}q\x00.")
        archive.writestr("archive/data/0", bytes(64 << 20))
    return (tmp_path / "source.zip").read_bytes()


def lying_safetensors(tmp_path: Path) -> bytes:
    header = json.dumps({"a": {"dtype": "F32", "shape": [10**9], "data_offsets": [0, 4 * 10**9]}}).encode()
    return struct.pack("<Q", len(header)) + header + bytes(64)


def cut_safetensors(tmp_path: Path) -> bytes:
    save_file(STATE, tmp_path / "source.safetensors")
    return (tmp_path / "source.safetensors").read_bytes()[:-20]


REFUSED: dict[str, tuple[Callable[[Path], bytes], str]] = {
    "empty": (lambda tmp: b"", "empty"),
    "text": (lambda tmp: b"not weights at all\n" * 50, "text"),
    "page": (lambda tmp: b"<!DOCTYPE html><title>Quota exceeded</title>", "web page"),
    "picture": (lambda tmp: b"\x89PNG\r\n\x1a\n" + bytes(100), "picture"),
    "pointer": (lambda tmp: b"version https://git-lfs.github.com/spec/v1\n", "LFS"),
    "noise": (lambda tmp: bytes(range(20, 256)) * 9, "unknown data"),
    "cut": (lambda tmp: torch_bytes(tmp, STATE)[:-300], "cut short"),
    "cut pickle": (lambda tmp: pickle.dumps({"a": 1.5}, 2)[:-4], "cut short|damaged"),
    "cut safetensors": (cut_safetensors, "cut short"),
    "lying safetensors": (lying_safetensors, "cut short"),
    "bomb": (bomb, "unpack to 64 MiB"),
    "expanded": (lambda tmp: torch_bytes(tmp, {"a": torch.zeros(1).expand(1 << 20, 1 << 12)}), "more values"),
    "module": (lambda tmp: torch_bytes(tmp, torch.nn.Linear(2, 2)), r"torch\.nn\.modules\.linear\.Linear"),
    "list": (lambda tmp: torch_bytes(tmp, [1, 2]), "no named tensors"),
    "not finite": (lambda tmp: torch_bytes(tmp, {"a.b": torch.tensor([1.0, float("nan")])}), "a.b.* not finite"),
    "sparse": (lambda tmp: torch_bytes(tmp, {"a.b": torch.eye(3).to_sparse()}), "a.b is no plain tensor"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_no_weights_file_is_refused_by_name(tmp_path: Path, kind: str):
    make, problem = REFUSED[kind]
    file = written(tmp_path / "given.pth", make(tmp_path))
    with pytest.raises(InputError, match=problem) as caught:
        read_weights(file)
    assert caught.value.source == str(file)


def test_missing_files_and_folders_are_refused(tmp_path: Path):
    for path in (tmp_path / "nothing.pt", tmp_path):
        with pytest.raises(InputError) as caught:
            read_weights(path)
        assert caught.value.source == str(path)


def test_too_large_files_are_refused_unread(tmp_path: Path):
    file = tmp_path / "huge.pt"
    with file.open("wb") as stream:
        stream.truncate(5 << 30)
    with pytest.raises(InputError, match="5120 MiB"):
        read_weights(file)


@pytest.mark.parametrize("modern", [True, False], ids=["zip", "legacy"])
def test_pickled_code_does_not_run(tmp_path: Path, modern: bool):
    file, mark = tmp_path / "evil.pt", tmp_path / "mark"
    torch.save({"a": Malicious(mark)}, file, _use_new_zipfile_serialization=modern)
    with pytest.raises(InputError, match=r"Python objects \(\w+\.system\)"):
        read_weights(file)
    assert not mark.exists()


def test_misfits_are_named_with_counts():
    weights = dict(create("squeezenet1_0", 10).bare().state_dict())
    missing = [key for key in weights if key.startswith("features.3.")]
    for key in missing:
        del weights[key]
    weights["extra.weight"] = torch.zeros(2)
    weights["features.0.weight"] = torch.zeros(96, 3, 3, 3)
    weights["features.0.bias"] = torch.zeros(96, dtype=torch.int8)
    with pytest.raises(InputError) as caught:
        fit(create("squeezenet1_0", 10), weights, Path("some.pt"))
    message = str(caught.value)
    assert message.startswith("some.pt: the weights do not fit squeezenet1_0: ")
    assert f"{len(missing)} missing ({', '.join(missing[:3])}, …)" in message
    assert "1 unexpected (extra.weight)" in message
    assert "features.0.weight 96×3×3×3 instead of 96×3×7×7" in message
    assert "features.0.bias 96 of int8 instead of 96" in message


def test_step_counters_of_batch_norm_may_be_missing():
    source = create("resnet18", 3)
    weights = {k: v for k, v in source.bare().state_dict().items() if not k.endswith("num_batches_tracked")}
    target = create("resnet18", 3)
    fit(target, weights, Path("old.pth"))
    assert torch.equal(target.bare().state_dict()["fc.weight"], weights["fc.weight"])


@pytest.mark.parametrize("pickled", [False, True])
def test_a_checkpoint_is_read_when_it_is_the_one_described(tmp_path: Path, pickled: bool):
    file, weights = tmp_path / "a", {"a.weight": torch.randn(3, 4).half()}
    (torch.save if pickled else save_file)(weights, file)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    assert torch.equal(read_checkpoint(file, digest)["a.weight"], weights["a.weight"])
    with pytest.raises(InputError, match="not what the family describes") as caught:
        read_checkpoint(file, "0" * 64)
    assert caught.value.source == str(file)
    with pytest.raises(InputError, match="No such file") as caught:
        read_checkpoint(tmp_path / "b", digest)
    assert caught.value.source == str(tmp_path / "b")


@pytest.mark.parametrize("bad", [torch.inf, -torch.inf, torch.nan])
def test_values_that_are_not_finite_are_refused_and_large_ones_are_not(tmp_path: Path, bad: float):
    save_file({"a": torch.tensor([1.0, bad, -bad, 2.0])}, tmp_path / "bad")
    with pytest.raises(InputError, match="a holds values that are not finite"):
        read_weights(tmp_path / "bad")
    save_file({"a": torch.full((8,), 3e38)}, tmp_path / "large")  # whose sum is beyond float32
    assert read_weights(tmp_path / "large")["a"].max() < torch.inf

"""Files of other programs are refused with their name and the way to weights that open."""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from perturber.core.errors import InputError
from perturber.nets.weights.weights_file import read_weights


def archive(*names: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        for name in names:
            made.writestr(name, b"1234")
    return stream.getvalue()


def arrays() -> bytes:
    stream = io.BytesIO()
    np.savez(stream, kernel=np.ones((3, 3)), bias=np.zeros(3))
    return stream.getvalue()


def array() -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.ones(3))
    return stream.getvalue()


def script() -> bytes:
    stream = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # TorchScript is deprecated
        torch.jit.save(torch.jit.trace(torch.nn.Linear(2, 2), torch.ones(1, 2)), stream)  # type: ignore[no-untyped-call]
    return stream.getvalue()


FOREIGN: dict[str, tuple[str, Callable[[], bytes], str, str]] = {
    "npz": ("w.npz", arrays, r"NumPy arrays \(.npz\)", "torch.from_numpy"),
    "npz under another name": ("w.pth", arrays, r"NumPy arrays \(.npz\)", "torch.from_numpy"),
    "npy": ("w.npy", array, r"a NumPy array \(.npy\)", "safetensors"),
    "h5": ("w.h5", lambda: b"\x89HDF\r\n\x1a\n" + bytes(80), r"HDF5 file, as Keras writes", "in PyTorch"),
    "keras": ("w.keras", lambda: archive("metadata.json", "config.json", "model.weights.h5"), "Keras", "in PyTorch"),
    "onnx": ("w.onnx", lambda: b"\x08\x07\x12\x07pytorch\x1a\x052.1.0:" + bytes(40), "an ONNX network", "in PyTorch"),
    "onnx by content": ("w.bin", lambda: b"\x08\x08\x12\x07pytorch" + bytes(40), "an ONNX network", "in PyTorch"),
    "flax": (
        "w.msgpack",
        lambda: b"\x82\xa6params\x81\xa5Dense\x80\xa1a\x01",
        "MessagePack file, as Flax",
        "in PyTorch",
    ),
    "flax by content": ("w.bin", lambda: b"\x82\xa6params\x81\xa5Dense\x80\xa1a\x01", "MessagePack", "in PyTorch"),
    "tflite": ("w.tflite", lambda: b"\x1c\0\0\0TFL3" + bytes(40), "a TensorFlow Lite network", "in PyTorch"),
    "tf checkpoint": ("m.ckpt.data-00000-of-00001", lambda: bytes(range(20, 90)), "TensorFlow checkpoint", "PyTorch"),
    "tf index": ("m.ckpt.index", lambda: bytes(90), "a part of a TensorFlow checkpoint", "in PyTorch"),
    "caffe": ("w.caffemodel", lambda: b"\x0a\x07AlexNet" + bytes(40), "a Caffe network", "in PyTorch"),
    "gguf": ("w.gguf", lambda: b"GGUF" + bytes(40), "a GGUF file", "in PyTorch"),
    "gzip": ("w.pth.gz", lambda: b"\x1f\x8b\x08" + bytes(40), "a gzip archive", "inside it"),
    "zip": ("w.zip", lambda: archive("readme.txt", "resnet.pth"), "a zip archive without a state dict", "inside it"),
    "export": ("w.pt2", lambda: archive("a/archive_format", "a/models/model.json"), "torch.export", "state_dict"),
    "script": ("w.pt", script, "a TorchScript program", r"torch.jit.load\(FILE\).state_dict"),
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_it_is_named_with_the_way_out(tmp_path: Path, kind: str):
    name, make, problem, expected = FOREIGN[kind]
    file = tmp_path / name
    file.write_bytes(make())
    with pytest.raises(InputError, match=problem) as caught:
        read_weights(file)
    assert caught.value.source == str(file)
    assert "not weights" in caught.value.problem
    with pytest.raises(InputError, match=expected):
        read_weights(file)


@pytest.mark.parametrize("dtype", [torch.float8_e4m3fn, torch.float8_e5m2, torch.complex64])
def test_number_formats_that_do_not_run_are_named(tmp_path: Path, dtype: torch.dtype):
    state = {"a.weight": torch.ones(2, 2).to(dtype), "a.bias": torch.ones(2)}
    save_file(state, tmp_path / "w.safetensors")
    torch.save(state, tmp_path / "new.pth")
    torch.save(state, tmp_path / "old.pth", _use_new_zipfile_serialization=False)
    for name in ("w.safetensors", "new.pth", "old.pth"):
        with pytest.raises(InputError, match=r"a.weight is (?:stored as|no plain tensor)") as caught:
            read_weights(tmp_path / name)
        assert caught.value.source == str(tmp_path / name)


@pytest.mark.parametrize("nested", [False, True])
def test_a_whole_pickled_network_is_named_with_its_place(tmp_path: Path, nested: bool):
    network = torch.nn.Sequential(torch.nn.Linear(2, 2))
    torch.save({"model": network, "epoch": 1} if nested else network, tmp_path / "w.pt")
    with pytest.raises(InputError, match=r"whole pickled network \(torch.nn.modules.container.Sequential\)") as caught:
        read_weights(tmp_path / "w.pt")
    assert ("under 'model'" in caught.value.problem) is nested
    assert "torch.save(network.state_dict()" in caught.value.expected

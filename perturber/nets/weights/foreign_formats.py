"""Files that are no weights files, or of another program: what they are, and how to get weights that open."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

EXPECTED = "safetensors, a state dict saved with torch.save, or a frozen graph of Inception V1 (.pb)"
STATE_DICT = "its state dict: torch.save(network.state_dict(), FILE)"
CONVERTED = "the same weights in PyTorch, saved with torch.save(network.state_dict(), FILE)"
SCRIPT = "its state dict: torch.save(torch.jit.load(FILE).state_dict(), NEW_FILE)"
ARRAYS = "tensors: torch.save({name: torch.from_numpy(array) for name, array in numpy.load(FILE).items()}, NEW_FILE)"
UNPACKED = "the weights file inside it"

MAGICS: tuple[tuple[bytes, str, str], ...] = (
    (b"version https://git-lfs", "a Git LFS pointer", "the file itself (git lfs pull)"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file, as Keras writes (.h5)", CONVERTED),
    (b"\x93NUMPY", "a NumPy array (.npy)", EXPECTED),
    (b"GGUF", "a GGUF file", CONVERTED),
    (b"MATLAB 5.0", "a MATLAB file", CONVERTED),
    (b"\x89PNG", "a picture", EXPECTED),
    (b"\xff\xd8\xff", "a picture", EXPECTED),
    (b"%PDF", "a PDF document", EXPECTED),
    (b"\x1f\x8b", "a gzip archive", UNPACKED),
    (b"BZh", "a bzip2 archive", UNPACKED),
    (b"\xfd7zXZ", "an xz archive", UNPACKED),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive", UNPACKED),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", UNPACKED),
    (b"Rar!", "a RAR archive", UNPACKED),
)
SUFFIXES: dict[str, tuple[str, str]] = {
    ".onnx": ("an ONNX network", CONVERTED),
    ".msgpack": ("a MessagePack file, as Flax writes", CONVERTED),
    ".tflite": ("a TensorFlow Lite network", CONVERTED),
    ".h5": ("a Keras file (.h5)", CONVERTED),
    ".keras": ("a Keras file (.keras)", CONVERTED),
    ".index": ("a part of a TensorFlow checkpoint", CONVERTED),
    ".meta": ("a part of a TensorFlow checkpoint", CONVERTED),
    ".caffemodel": ("a Caffe network", CONVERTED),
    ".mlmodel": ("a Core ML network", CONVERTED),
    ".engine": ("a TensorRT engine", CONVERTED),
    ".mat": ("a MATLAB file", CONVERTED),
}
"""Formats of other programs that have no fixed beginning, or whose beginning was not recognized."""
ONNX = re.compile(rb"\x08[\x01-\x14](?:[\x12\x1a\x22]|\x3a|\x42)", re.DOTALL)
"""How an ONNX network begins: its version, then the program that wrote it, the graph or the operators."""
MESSAGE_PACK = re.compile(rb"(?:[\x81-\x8f]|\xde..)[\xa1-\xbf\xd9]", re.DOTALL)
"""A map whose first key is a text."""
TENSORFLOW_DATA = re.compile(r"\.data-\d+-of-\d+$")


def describe_foreign(file: Path, start: bytes) -> tuple[str, str]:
    """Return what a file that is no weights file seems to be, and the way out; ``start`` are its first bytes."""
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype", b"<html", b"<?xml", b"<head", b"<body")):
        return "a web page (the download may have failed)", EXPECTED
    for magic, kind, expected in MAGICS:
        if start.startswith(magic):
            return kind, expected
    if start[257:262] == b"ustar":
        return "a tar archive", UNPACKED
    if start[4:8] == b"TFL3":
        return SUFFIXES[".tflite"]
    if ONNX.match(start):
        return SUFFIXES[".onnx"]
    if TENSORFLOW_DATA.search(file.name):
        return SUFFIXES[".index"]
    if file.suffix.lower() in SUFFIXES:
        return SUFFIXES[file.suffix.lower()]
    if MESSAGE_PACK.match(start):
        return SUFFIXES[".msgpack"]
    return ("unknown data" if re.search(rb"[\x00-\x08\x0e-\x1f]", start) else "text"), EXPECTED


def describe_archive(names: Iterable[str]) -> tuple[str, str] | None:
    """Return what a zip archive with these entries is, and the way out; None for a file of torch.save."""
    leaves = {name.rpartition("/")[2] for name in names}
    folders = {part for name in names for part in name.split("/")[:-1]}
    if "constants.pkl" in leaves and "code" in folders:
        return "a TorchScript program", SCRIPT
    if {"model.weights.h5", "metadata.json"} & leaves and "config.json" in leaves:
        return SUFFIXES[".keras"]
    if "serialized_exported_program.json" in leaves or "archive_format" in leaves:
        return "a program of torch.export", STATE_DICT
    if "data.pkl" in leaves:
        return None
    if leaves and all(leaf.endswith(".npy") for leaf in leaves):
        return "NumPy arrays (.npz)", ARRAYS
    return "a zip archive without a state dict", UNPACKED

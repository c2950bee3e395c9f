"""Files are opened in one module: a fence over the whole package, for whatever reads one by its path."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import perturber

READS_OTHERWISE = {
    "cli/output.py": "the null device",
    "cli/registry.py": "the program's own modules",
    "core/storage/decoding.py": "a picture in memory",
    "core/storage/file_lock.py": "a file that is only locked",
    "core/storage/files.py": "a temporary file of its own, to wait until it is on disk",
    "core/storage/reading.py": "the one place",
    "nets/families/family.py": "checked for its kind and size beside it",
    "nets/families/feature_store.py": "an atlas, an archive that is not read as a whole, once it is known to be a file",
    "nets/families/shipped_groups.py": "a file of the program",
    "nets/lookup/labels.py": "a file of the program",
    "nets/published/catalog.py": "a file of the program, and one beside the downloads",
    "nets/published/fetch.py": "a downloaded archive, once its hash is known",
    "nets/weights/weights_file.py": "by libraries that want a path, once it is known to be a file",
    "scene/assets/fur.py": "an open file",
    "scene/files/gltf/container.py": "a mesh that the survey has admitted",
    "scene/files/obj/obj_shape.py": "a mesh that the survey has admitted",
    "scene/files/ply/ply_shape.py": "a mesh that the survey has admitted",
    "scene/files/stl.py": "a mesh that the survey has admitted",
    "scene/files/survey.py": "a mesh that was opened before",
    "scene/gl/programs.py": "files of the program",
    "training/data/rendered_pictures.py": "memory maps of its own",
    "training/loop/training_loop.py": "a training's own state",
    "training/measures/material.py": "files of the program, and pictures of its own",
    "training/report/page.py": "a file of the program",
}
"""Files that read in another way than `core/storage/reading.py`, and why."""
READERS = {"ZipFile", "fromfile", "load_file", "loadtxt", "open_memmap", "safe_open"}
METHODS = {"read_bytes", "read_text"}
LOADERS = {"np", "numpy", "torch"}
OPENERS = {"", "Image", "codecs", "gzip", "io", "os"}
IN_MEMORY = ("BytesIO", "StringIO", "packed", "stream")


def reads(tree: ast.Module) -> Iterator[str]:
    """The calls that read a file by its path."""
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call):
            continue
        owner = ast.unparse(call.func.value) if isinstance(call.func, ast.Attribute) else ""
        name = call.func.attr if isinstance(call.func, ast.Attribute) else ast.unparse(call.func)
        given = [ast.unparse(argument) for argument in call.args]
        texts = [*call.args, *(word.value for word in call.keywords if word.arg == "mode")]
        modes = [
            a.value for a in texts if isinstance(a, ast.Constant) and isinstance(a.value, str) and len(a.value) < 4
        ]
        if any(word in argument for word in IN_MEMORY for argument in given[:1]) or any(
            set(m) & set("wax") for m in modes
        ):
            continue
        is_text = any(word.arg == "encoding" for word in call.keywords)
        is_open = name == "open" and (bool(modes) or is_text or owner in OPENERS)
        loads = name == "load" and owner in LOADERS
        if is_open or loads or name in READERS or (owner and name in METHODS):
            yield ast.unparse(call)


def test_nothing_reads_a_file_in_another_way() -> None:
    root = Path(perturber.__file__).parent
    found = {}
    for file in sorted(root.rglob("*.py")):
        if calls := list(reads(ast.parse(file.read_text(encoding="utf-8")))):
            found[file.relative_to(root).as_posix()] = calls
    assert set(found) <= set(READS_OTHERWISE), {file: found[file] for file in set(found) - set(READS_OTHERWISE)}


@pytest.mark.parametrize(
    ("code", "is_found"),
    [
        ("path.read_text(encoding='utf-8')", True),
        ("Path(a).read_bytes()", True),
        ("open(path)", True),
        ("open(path, 'rb')", True),
        ("path.open('rb')", True),
        ("path.open(encoding='utf-8')", True),
        ("path.open(mode='rb')", True),
        ("os.open(path, 0)", True),
        ("np.load(file)", True),
        ("torch.load(file)", True),
        ("zipfile.ZipFile(file)", True),
        ("Image.open(path)", True),
        ("Image.open(io.BytesIO(data))", False),
        ("path.open('wb')", False),
        ("dialog.open()", False),
        ("self.open(slot, layer, unit)", False),
        ("read_text(path, 5)", False),
        ("json.loads(text)", False),
    ],
)
def test_the_search_for_reads_finds_them(code: str, is_found: bool) -> None:
    assert bool(list(reads(ast.parse(code)))) == is_found

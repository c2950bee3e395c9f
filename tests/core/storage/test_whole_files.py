"""Files that are written whole, and what is said when they cannot be."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import pytest

import perturber
from perturber.core.errors import InputError
from perturber.core.storage.files import npy, replace_file, write_whole


def test_writers_at_the_same_time_leave_one_of_their_contents(tmp_path: Path):
    file = tmp_path / "file"
    contents = [bytes([number]) * 200_000 for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        for _ in pool.map(partial(replace_file, file), contents * 4):
            assert file.read_bytes() in contents
    assert list(tmp_path.iterdir()) == [file]


def test_a_failed_write_leaves_the_old_content_and_no_litter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    file = tmp_path / "file"
    write_whole(file, "old")

    def refuse(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "rename", refuse)
    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(OSError, match="No space"):
        replace_file(file, "new")
    with pytest.raises(InputError, match="file: No space left on device"):
        write_whole(file, "new")
    monkeypatch.undo()
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


def test_others_may_read_what_they_may_read_of_any_new_file(tmp_path: Path):
    (tmp_path / "any").write_text("")
    replace_file(tmp_path / "file", "")
    assert (tmp_path / "file").stat().st_mode == (tmp_path / "any").stat().st_mode


@pytest.mark.parametrize("place", ["missing/file", "folder", "text/file"])
def test_a_place_that_cannot_be_written_to_is_named(tmp_path: Path, place: str):
    (tmp_path / "folder").mkdir()
    (tmp_path / "text").write_text("")
    with pytest.raises(InputError, match=place):
        write_whole(tmp_path / place, "new")
    assert sorted(f.name for f in tmp_path.iterdir()) == ["folder", "text"]


def test_a_function_writes_beside_the_file_and_fails_without_litter(tmp_path: Path):
    file = tmp_path / "deep" / "picture.png"
    seen: list[Path] = []

    def write(part: Path) -> None:
        seen.append(part)
        part.write_text("new")

    def fail(part: Path) -> None:
        write(part)
        raise KeyError

    write_whole(file, write, make_folder=True)
    with pytest.raises(KeyError):
        write_whole(file, fail)
    assert [(part.parent, part.suffix) for part in seen] == [(file.parent, ".png")] * 2
    assert file.read_text() == "new"
    assert list(file.parent.iterdir()) == [file]


def test_links_are_followed_and_devices_stay(tmp_path: Path):
    file, link = tmp_path / "file", tmp_path / "link"
    file.write_text("old")
    try:
        link.symlink_to(file)
    except OSError:
        pytest.skip("this system makes no links")
    write_whole(link, "new")
    assert link.is_symlink()
    assert file.read_text() == "new"
    if Path(os.devnull).is_char_device():
        write_whole(os.devnull, "new")
        assert Path(os.devnull).is_char_device()


needs_posix = pytest.mark.skipif(os.name != "posix", reason="permissions and pipes")


@needs_posix
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o755])
def test_a_replaced_file_keeps_its_permissions(mode: int, tmp_path: Path):
    file = tmp_path / "file"
    file.write_text("old")
    file.chmod(mode)
    write_whole(file, "new")
    assert file.read_text() == "new"
    assert file.stat().st_mode & 0o777 == mode


@needs_posix
def test_a_write_protected_file_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    file = tmp_path / "file"
    file.write_text("old")
    file.chmod(0o444)
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)  # as for anyone but root
    with pytest.raises(InputError, match="file: Permission denied"):
        write_whole(file, "new")
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


@needs_posix
def test_no_room_for_a_file_leaves_the_old_one_and_no_litter(tmp_path: Path):
    import resource

    file = tmp_path / "file.npy"
    file.write_text("old")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    contents = (bytes(1 << 17), "x" * (1 << 17), npy(np.zeros(1 << 17)), lambda part: part.write_bytes(bytes(1 << 17)))
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, before[1]))  # as a full disk, without one
    try:
        for content in contents:
            with pytest.raises(InputError, match=r"file\.npy: File too large"):
                write_whole(file, content)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("name", ["a\0b", "a\ud800b", "x" * 300, "x" * 300 + "/file"])
def test_what_is_no_file_name_is_refused(name: str, tmp_path: Path):
    with pytest.raises(InputError):
        write_whole(f"{tmp_path}/{name}", "new", make_folder=name.isascii() and "\0" not in name)
    assert list(tmp_path.iterdir()) == []


@needs_posix
def test_pipes_and_open_files_are_written_to_directly(tmp_path: Path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_whole(pipe, "new")
        assert os.read(reader, 10) == b"new"
    finally:
        os.close(reader)
    assert list(tmp_path.iterdir()) == [pipe]
    if not Path("/proc/self/fd").is_dir():
        return
    file = tmp_path / "output"
    with file.open("w+") as stream:
        link = tmp_path / "link"
        link.symlink_to(f"/dev/fd/{stream.fileno()}")
        write_whole(link, "new")
        assert stream.read() == "new"  # the file that is open, not another one under its name
        write_whole(f"/proc/self/fd/{stream.fileno()}", "newer")
        stream.seek(0)
        assert stream.read() == "newer"


@needs_posix
def test_a_circle_of_links_is_refused(tmp_path: Path):
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(InputError, match="a: Too many levels of symbolic links"):
        write_whole(tmp_path / "a", "new")
    assert (tmp_path / "a").is_symlink()


@needs_posix
def test_a_link_to_no_file_yet_makes_it_with_the_suffix_of_the_link(tmp_path: Path):
    (tmp_path / "link.png").symlink_to("target")
    seen: list[str] = []

    def write(part: Path) -> None:
        seen.append(part.suffix)
        part.write_text("new")

    write_whole(tmp_path / "link.png", write)
    assert seen == [".png"]
    assert (tmp_path / "target").read_text() == "new"


WRITES_OTHERWISE = {
    "core/storage/own_file.py": "moves a damaged file aside",
    "nets/published/download.py": "a download that a later one continues, renamed when it is complete",
    "training/data/rendered_pictures.py": "memory maps that several processes fill",
    "training/loop/board.py": "a log that grows by a row at a time",
}
"""Files that write in another way than `write_whole`, and why."""
WRITERS = {
    "write_text",
    "write_bytes",
    "tofile",
    "savez",
    "savez_compressed",
    "save_file",
    "copyfile",
    "copy2",
    "copytree",
}
WRITERS |= {"rename", "NamedTemporaryFile", "mkstemp", "open_memmap", "imwrite"}
IN_MEMORY = {"part", "stream", "buffer", "data"}
"""What a function that is given to `write_whole` calls its path, and what is no file."""


def names_a_file(words: list[str]) -> bool:
    """Whether the first of some expressions is called as files are."""
    return bool(words) and any(word in words[0].lower() for word in ("path", "file", "part"))


def writes(tree: ast.Module) -> Iterator[str]:
    """The calls that write, rename or copy files, other than to the path of `write_whole`."""
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call):
            continue
        owner = ast.unparse(call.func.value) if isinstance(call.func, ast.Attribute) else ""
        name = call.func.attr if isinstance(call.func, ast.Attribute) else ast.unparse(call.func)
        given = [ast.unparse(argument) for argument in call.args]
        if {owner, *given, *(word.removeprefix("str(").removesuffix(")") for word in given)} & IN_MEMORY:
            continue
        modes = [a.value for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
        opened = name in {"open", "open_memmap"} and any(set(mode) & set("wax+") for mode in modes if len(mode) < 4)
        saved = name == "save" and (owner in {"np", "torch"} or (owner != "self" and names_a_file(given)))
        moved = name == "replace" and (owner == "os" or (names_a_file([owner]) and len(given) == 1))
        if opened or saved or moved or name in WRITERS:
            yield ast.unparse(call)


def test_nothing_writes_a_result_in_another_way():
    root = Path(perturber.__file__).parent
    found = {}
    for file in sorted(root.rglob("*.py")):
        if calls := list(writes(ast.parse(file.read_text(encoding="utf-8")))):
            found[file.relative_to(root).as_posix()] = calls
    assert set(found) == set(WRITES_OTHERWISE), found


@pytest.mark.parametrize(
    ("code", "is_found"),
    [
        ("path.write_text('a')", True),
        ("open(path, 'w')", True),
        ("path.open('ab')", True),
        ("np.save(path, values)", True),
        ("part.replace(path)", False),
        ("file.replace(path)", True),
        ("store.replace(session)", False),
        ("picture.save(path)", True),
        ("text.replace('a', 'b')", False),
        ("path.open('rb')", False),
        ("write_whole(path, lambda part: np.save(part, values))", False),
        ("os.replace(a, b)", True),
    ],
)
def test_the_search_for_writes_finds_them(code: str, is_found: bool):
    assert bool(list(writes(ast.parse(code)))) == is_found

"""Reading what strangers name: regular files only, up to a limit, JSON and TOML strictly."""

import os
import socket
from pathlib import Path

import pytest

from perturber.core.errors import InputError, MissingFileError
from perturber.core.storage.reading import (
    is_folder,
    is_regular,
    parse_json,
    read_json,
    read_regular,
    read_text,
    read_toml,
    size_of,
)

needs_posix = pytest.mark.skipif(os.name != "posix", reason="pipes and devices")
NO_NAMES = ("a\0b", "a\ud800b")
LONG_NAMES = ("x" * 300, "/".join(["y" * 200] * 30))


def test_a_regular_file_is_read_up_to_the_limit(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"12345")
    assert read_regular(file, 5) == b"12345"
    with pytest.raises(InputError, match="a: it is larger than 4 bytes"):
        read_regular(file, 4)


@needs_posix
def test_what_is_not_a_regular_file_is_refused_without_waiting(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    link = tmp_path / "link"
    link.symlink_to(pipe)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
        for path, kind in (
            (pipe, "a pipe"),
            (link, "a pipe"),
            (tmp_path / "socket", "a socket"),
            (tmp_path, "a folder"),
            (Path("/dev/urandom"), "a device"),
        ):
            with pytest.raises(InputError, match=f"it is {kind}, not a regular file"):
                read_regular(path, 100)
            assert not is_regular(path)


@needs_posix
def test_a_size_of_zero_is_not_believed() -> None:
    if not Path("/proc/self/maps").exists():
        pytest.skip("no /proc")
    with pytest.raises(InputError, match="larger than 16 bytes"):
        read_regular("/proc/self/maps", 16)


@pytest.mark.parametrize("name", [*NO_NAMES, *LONG_NAMES])
def test_what_is_no_file_name_is_refused(name: str) -> None:
    with pytest.raises(InputError):
        read_regular(name, 100)
    assert not is_regular(name)
    assert not is_folder(name)


def test_a_missing_file_has_its_own_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "none", tmp_path / "file" / "below"):
        with pytest.raises(MissingFileError, match=r"No such file|Not a directory"):
            read_regular(path, 100)
    assert is_folder(tmp_path)
    assert is_regular(tmp_path / "file")


def test_text_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes(b"\xef\xbb\xbfone\r\ntwo\rthree\n")
    assert read_text(file) == "one\ntwo\nthree\n"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="it is not text in UTF-8"):
        read_text(file)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[" * 100_000, "is nested too deeply"),
        ("[" * 900 + "]" * 900, "is nested too deeply"),
        ('{"a":' * 200 + "1" + "}" * 200, "is nested too deeply"),
        ("1" * 5000, "a number has 5,000 digits"),
        ("1e400", "the number 1e400 is too large"),
        ("[NaN]", "NaN is not a number"),
        ("[-Infinity]", "-Infinity is not a number"),
        ('{"a": 1, "a": 2}', "the key 'a' appears twice"),
        ('{"b": {"a": 1, "a": 2}}', "the key 'a' appears twice"),
        ("{", "it is not JSON"),
        ("", "it is not JSON"),
    ],
)
def test_json_is_read_strictly(text: str, problem: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=problem):
        parse_json(text, "a.json")
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(InputError, match=problem):
        read_json(tmp_path / "a.json")


def test_a_fault_in_json_names_the_line() -> None:
    with pytest.raises(InputError, match=r"a\.json:3: it is not JSON") as error:
        parse_json("{\n\n?}", "a.json")
    assert error.value.line == 3


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a = " + "[" * 5000, "is nested too deeply"),
        ("a = " + "[" * 200 + "]" * 200, "is nested too deeply"),
        (".".join(["a"] * 2000) + " = 1", "is nested too deeply"),
        ("a = " + "1" * 5000, "a number has thousands of digits"),
        ("a = 1\na = 2", "it is not TOML"),
        ("a", "it is not TOML"),
    ],
)
def test_toml_is_read_within_limits(text: str, problem: str, tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(text)
    with pytest.raises(InputError, match=problem):
        read_toml(tmp_path / "a.toml")


def test_values_are_returned(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(b'\xef\xbb\xbf{"a": [1, 2.5, true, null, "x"]}')
    assert read_json(tmp_path / "a.json") == {"a": [1, 2.5, True, None, "x"]}
    (tmp_path / "a.toml").write_bytes(b"\xef\xbb\xbf[a]\nb = 1\n")
    assert read_toml(tmp_path / "a.toml") == {"a": {"b": 1}}


def test_sizes_are_shown_in_the_next_smaller_unit() -> None:
    assert [size_of(n) for n in (5, 1 << 10, 4 << 20, 3 << 30)] == ["5 bytes", "1 KiB", "4 MiB", "3 GiB"]

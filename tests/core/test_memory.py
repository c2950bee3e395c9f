"""Too little memory: said before anything fails, and by its name."""

from __future__ import annotations

import errno
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from perturber.core.errors import InputError, MachineError
from perturber.core.memory import means_no_memory, no_memory
from perturber.scene.files.image import open_picture

LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (600 << 20, resource.RLIM_INFINITY))
from perturber.cli.main import main
main(sys.argv[1:])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such limit")
def test_a_small_limit_is_named_before_anything_fails(tmp_path: Path):
    picture = tmp_path / "x.png"
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, "render", "-o", str(picture)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 3
    assert done.stderr == (
        "perturber: memory: this process may use 600 MiB only (ulimit -v), and 1400 MiB are needed. "
        "Raise the limit, for instance with ulimit -v unlimited.\n"
    )
    assert not picture.exists()


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (MemoryError(), True),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), True),
        (
            RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
            True,
        ),
        (RuntimeError("std::bad_alloc"), True),
        (ImportError("libtorch_cpu.so: failed to map segment from shared object"), True),
        (OSError(errno.ENOSPC, "No space left on device"), False),
        (RuntimeError("shapes differ"), False),
        (ValueError("out of memory, says this text"), False),
    ],
)
def test_errors_of_libraries_are_recognized(error: Exception, expected: bool):
    assert means_no_memory(error) == expected


@pytest.mark.parametrize("limit", [2 << 30, None])
def test_a_picture_is_not_blamed_for_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: int | None):
    """Without a limit, only a broken picture asks for more memory than there is."""
    file = tmp_path / "dog.png"
    Image.new("RGB", (8, 8)).save(file)

    def fail(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(Image, "open", fail)
    monkeypatch.setattr("perturber.core.storage.decoding.address_space_limit", lambda: limit)
    with pytest.raises(InputError if limit is None else MachineError) as caught:
        open_picture(file)
    assert str(caught.value).startswith(str(file) if limit is None else "memory: there is not enough for reading")
    assert "ulimit" in str(no_memory("this"))

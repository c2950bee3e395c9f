"""The wheel: what is in it, how large it is, and that it works where there is no checkout."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import zipfile
from email.message import Message
from email.parser import BytesParser
from pathlib import Path

import pytest
from PIL import Image

import perturber
from perturber.nets.families.family import family
from perturber.nets.families.feature_store import atlas_file

pytest.importorskip("hatchling", reason="the wheel is built by hatchling")

ROOT = Path(__file__).resolve().parents[2]
MAX_BYTES = 90_000_000
"""PyPI takes 100 MiB."""
SHIPPED = {
    "perturber/py.typed",
    "perturber/shaders/scene/object.frag",
    "perturber/assets/dog_cat/pair.toml",
    "perturber/assets/dog_cat/dog.obj",
    "perturber/assets/backgrounds/lawn.png",
    "perturber/models/studio/family.toml",
    "perturber/models/studio/standard-002170.safetensors",
    "perturber/nets/published/catalog.toml",
}
COMMANDS = [
    line
    for block in re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    for line in block.splitlines()
    if line.startswith("perturber")
]
"""What the README tells people to type."""


def run(command: list[str], folder: Path, **variables: str) -> str:
    """A command's standard output; fails with what it says on standard error."""
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **variables}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("dist")
    run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(target)], ROOT)
    (file,) = target.glob("*.whl")
    return file


@pytest.fixture(scope="module")
def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return BytesParser().parsebytes(archive.read(name))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel in it and nothing else; everything it depends on comes from the tests' environment."""
    target = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-compile"]
    run([*pip, "--disable-pip-version-check", "--target", str(target), str(wheel)], target)
    return target


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of caches and settings, empty before the first command."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def outside(installed: Path, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder in which Python finds the installed wheel first, without a display."""
    monkeypatch.setenv("PYTHONPATH", str(installed))
    for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(home / name.lower()))
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


def test_it_holds_what_the_program_reads_and_nothing_that_makes_it(wheel: Path):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert names >= SHIPPED
    assert {name.partition("/")[0] for name in names} == {"perturber", f"perturber-{perturber.__version__}.dist-info"}
    unwanted = re.compile(r"__pycache__|\.pyc$|^perturber/assets/.*\.py$|^perturber/tests/")
    assert not list(filter(unwanted.search, names))
    sources = {str(file.relative_to(ROOT).as_posix()) for file in (ROOT / "perturber").rglob("*.py")}
    assert sources <= names


def test_it_holds_the_feature_images_of_every_last_checkpoint_and_whole(wheel: Path):
    found = family("studio")
    last = [atlas_file(found, variant.checkpoints[-1]) for variant in found.variants]
    with zipfile.ZipFile(wheel) as archive:
        atlases = [name for name in archive.namelist() if name.startswith("perturber/models/studio/features/")]
        assert sorted(Path(name).name for name in atlases) == sorted(file.name for file in last)
        for file in last:
            assert archive.read(f"perturber/models/studio/features/{file.name}") == file.read_bytes()


def test_it_is_small_enough_to_be_published(wheel: Path):
    assert wheel.stat().st_size <= MAX_BYTES


def test_its_metadata_are_complete(metadata: Message):
    assert metadata["Version"] == perturber.__version__
    assert metadata["License-Expression"] == "MIT"
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata.get_all("Classifier")
    assert len(metadata.get_all("Project-URL") or ()) >= 4


def test_pictures_and_links_of_its_page_lead_somewhere_from_anywhere(metadata: Message):
    page = metadata.get_payload()
    assert isinstance(page, str)
    targets = re.findall(r"\]\(([^)]+)\)", page)
    assert targets
    assert all(target.startswith("https://") for target in targets), targets
    shown = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", page)
    assert shown
    for picture in shown:
        path = picture.partition(f"/v{perturber.__version__}/")[2]
        assert (ROOT / path).is_file(), picture


def test_it_finds_its_files_outside_the_checkout(installed: Path, outside: Path):
    places = "paths.models(), paths.assets(), paths.shaders()"
    told = run([sys.executable, "-c", f"from perturber import paths; print(*map(str, ({places})), sep='\\n')"], outside)
    for place in told.split():
        assert Path(place).is_relative_to(installed)
        assert Path(place).is_dir()


@pytest.mark.gl
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.partition("#")[0].strip())
def test_the_commands_of_the_readme_run_outside_the_checkout(command: str, outside: Path):
    """As installed, in an empty folder."""
    if (example := re.search(r"\S+\.jpg", command)) is not None:
        Image.new("RGB", (300, 200), (90, 140, 60)).save(outside / example[0])
    said = run([sys.executable, "-m", *shlex.split(command, comments=True)], outside)
    if "--json" in command:
        assert [row["top"][0]["name"] for row in json.loads(said)] == ["Dog"] * 2

"""family.toml: what it says, and how mistakes in it are named."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from perturber.core.errors import InputError
from perturber.nets.families.family import families, read_family

GOOD = """
name = "toy"
label = "Toy"
architecture = "inception_v1"
arguments = { width = 0.5, norm = "batch" }
classes = [["n02106662", "German shepherd"], ["n02123045", "tabby"]]
license = "MIT"
recipe = "made up"
data = "seed 7"
measured = {{ correlation = 0.9 }}

[[variants]]
name = "standard"
label = "Standard"

[[variants.checkpoints]]
name = "early"
file = "standard-early.safetensors"
sha256 = "{sha}"
step = 100

[[variants.checkpoints]]
name = "last"
file = "standard.safetensors"
sha256 = "{sha}"
step = 900
accuracy = {{ plain = 0.97, strong = 0.5 }}
measured = {{ low_frequencies = 0.4 }}
"""
TOML = GOOD.replace("{sha}", "0" * 64).replace("{{", "{").replace("}}", "}")


def write(root: Path, text: str, name: str = "toy") -> Path:
    file = root / name / "family.toml"
    file.parent.mkdir(parents=True)
    file.write_text(text, encoding="utf-8")
    return file


def test_a_description_is_read(tmp_path: Path):
    file = write(tmp_path, TOML)
    family = read_family(file)
    assert family.folder == file.parent
    assert family.arguments == {"width": 0.5, "norm": "batch"}
    assert family.labels.wnids == ("n02106662", "n02123045")
    assert family.labels.names == ("German shepherd", "tabby")
    variant = family.variant("standard")
    assert variant.checkpoint("").name == "last"
    assert variant.checkpoint("early").step == 100
    assert variant.checkpoint("last").accuracy == {"plain": 0.97, "strong": 0.5}
    assert (family.data, family.measured) == ("seed 7", {"correlation": 0.9})
    assert [c.measured for c in variant.checkpoints] == [{}, {"low_frequencies": 0.4}]


def test_a_checkpoint_is_found_by_its_step_and_the_last_is_stored_as_nothing(tmp_path: Path):
    variant = read_family(write(tmp_path, TOML)).variant("standard")
    assert [variant.nearest(step).name for step in (0, 500, 501, 10_000)] == ["early", "early", "last", "last"]
    assert [variant.reference(checkpoint) for checkpoint in variant.checkpoints] == ["early", ""]


def test_families_are_found_and_the_first_folder_counts(tmp_path: Path):
    write(tmp_path / "shipped", TOML)
    write(tmp_path / "own", TOML.replace('"Toy"', '"Mine"'))
    write(tmp_path / "own", TOML.replace('"toy"', '"other"'), "other")
    found = families(tmp_path / "shipped", tmp_path / "own", tmp_path / "missing")
    assert {name: family.label for name, family in found.items()} == {"toy": "Toy", "other": "Toy"}


def test_what_ships_is_valid():
    for family in families().values():
        for variant in family.variants:
            for checkpoint in variant.checkpoints:
                assert (family.folder / checkpoint.file).is_file()


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ('label = "Toy"\n', "", "label"),
        ('"toy"', '"../toy"', "name"),
        ('file = "standard.safetensors"', 'file = "../standard.safetensors"', r"variants\.0\.checkpoints\.1\.file"),
        ('file = "standard.safetensors"', 'file = "/etc/passwd"', r"variants\.0\.checkpoints\.1\.file"),
        ("0" * 64, "123", r"variants\.0\.checkpoints\.0\.sha256"),
        ("step = 100", "step = -1", r"variants\.0\.checkpoints\.0\.step"),
        ('[["n02106662", "German shepherd"], ["n02123045", "tabby"]]', "[]", "classes"),
        ('license = "MIT"', 'permit = "MIT"', "permit"),
        ("plain = 0.97", "plain = nan", r"accuracy\.plain"),
        ("low_frequencies = 0.4", "low_frequencies = inf", r"measured\.low_frequencies"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, old: str, new: str, field: str):
    assert old in TOML
    file = write(tmp_path, TOML.replace(old, new))
    with pytest.raises(InputError, match=field) as caught:
        read_family(file)
    assert caught.value.source == str(file)


@pytest.mark.parametrize("text", ["name = ", "\x00\x01", "[" * 5000])
def test_what_is_no_toml_is_refused(tmp_path: Path, text: str):
    file = write(tmp_path, text)
    with pytest.raises(InputError, match="TOML") as caught:
        read_family(file)
    assert caught.value.source == str(file)


def test_huge_descriptions_are_refused(tmp_path: Path):
    with pytest.raises(InputError, match="1 MiB"):
        read_family(write(tmp_path, "#" * (2 << 20)))


def test_unknown_members_are_named(tmp_path: Path):
    family = read_family(write(tmp_path, TOML))
    with pytest.raises(InputError, match=r"no variant 'robust'.*standard"):
        family.variant("robust")
    with pytest.raises(InputError, match=r"no checkpoint 'x'.*early, last"):
        family.variant("standard").checkpoint("x")


def test_listing_families_needs_no_torch():
    code = "import sys, perturber.nets.families.family, perturber.nets.lookup.labels; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_family_of_an_earlier_version_keeps_its_license(tmp_path: Path):
    assert read_family(write(tmp_path, TOML.replace("license = ", "licence = "))).license == "MIT"

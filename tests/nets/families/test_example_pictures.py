"""Where an example picture of a class is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from perturber import paths
from perturber.core.errors import InputError
from perturber.core.session.models import ArchitectureModel, FamilyModel
from perturber.nets.families.class_pictures import ClassPictureRequest, PictureFolder, found, places
from perturber.nets.families.family import Family, families, read_family

CAT, DOG, CAR = "n02123045", "n02106662", "n04037443"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in (f"{CAT}.JPG", f"{CAT}_9.jpg", f"{DOG}-shepherd/b.jpeg", f"{DOG}-shepherd/c.png", f"{DOG}_a.txt"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    (tmp_path / f"{CAT}").mkdir()
    (tmp_path / f"{CAR}").mkdir()
    (tmp_path / f"{CAR}_7.webp").touch()
    (tmp_path / "n021230459.jpg").touch()
    (tmp_path / "notes.jpg").touch()
    return tmp_path


@pytest.mark.parametrize(
    ("wnid", "name"),
    [
        (CAT, f"{CAT}.JPG"),
        (DOG, f"{DOG}-shepherd/b.jpeg"),
        (CAR, f"{CAR}_7.webp"),
        ("n00000001", None),
        ("", None),
    ],
)
def test_every_way_of_naming_a_picture_by_its_class(folder: Path, wnid: str, name: str | None):
    path = PictureFolder(folder).find(wnid)
    assert path == (None if name is None else folder / name)


def test_only_classes_are_counted(folder: Path):
    assert len(PictureFolder(folder)) == 3


def test_a_folder_that_cannot_be_read_is_named(tmp_path: Path):
    with pytest.raises(InputError, match="gone"):
        PictureFolder(tmp_path / "gone").find(CAT)


def family(folder: Path, name: str, wnid: str) -> Family:
    (folder / name / "classes").mkdir(parents=True)
    (folder / name / "classes" / f"{wnid}.jpg").touch()
    shipped = read_family(paths.models() / "studio" / "family.toml")
    return shipped.model_copy(update={"name": name, "folder": folder / name})


def test_a_models_own_family_comes_first_then_the_users_folder_then_any_family(folder: Path):
    known = {name: family(folder, name, wnid) for name, wnid in (("one", CAT), ("two", DOG))}
    looked = places(known, PictureFolder(folder))
    own, other = FamilyModel(family="one"), ArchitectureModel(name="resnet18")
    shipped, users = folder / "one" / "classes" / f"{CAT}.jpg", folder / f"{CAT}.JPG"
    assert list(found(looked, ClassPictureRequest(own, CAT, "cat"))) == [shipped, users, shipped]
    assert list(found(looked, ClassPictureRequest(other, CAT, "cat"))) == [users, shipped]
    assert (
        next(found(places(known, None), ClassPictureRequest(other, DOG, "dog")))
        == folder / "two" / "classes" / f"{DOG}.jpg"
    )
    assert list(found(looked, ClassPictureRequest(other, "../../secret", "cat"))) == []


def test_the_family_that_ships_has_a_picture_of_every_class():
    known = families(paths.models())
    looked = places(known, None)
    for wnid, name in known["studio"].classes:
        assert any(found(looked, ClassPictureRequest(FamilyModel(), wnid, name))), name

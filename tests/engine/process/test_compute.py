"""Groups are computed from sessions: crafted weights give known orders, and what cannot be compared is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from captum.attr import LayerGradientXActivation
from PIL import Image
from safetensors.torch import save_file
from torch import Tensor, nn

from perturber.core.errors import InputError
from perturber.core.jobs.job import Answer
from perturber.core.library.groups import Group, Query
from perturber.core.parameters.parameter import replace, replace_all
from perturber.core.session.models import ArchitectureModel, FamilyModel
from perturber.core.session.scene import Photo
from perturber.core.session.session import Session
from perturber.core.storage.files import FileRef
from perturber.engine.frame.engine import Engine
from perturber.engine.jobs.unit_groups import compute, family_groups, finish, network_of
from perturber.nets.architectures.architecture import Weights, create
from perturber.nets.families.family import Checkpoint, Family, Variant

TINY = {"width": 0.0625, "norm": "batch"}


def weights() -> Weights:
    torch.manual_seed(7)
    return create("inception_v1", 5, **TINY).state_dict()


def model(folder: Path, name: str, tensors: Weights) -> ArchitectureModel:
    file = folder / f"{name}.safetensors"
    save_file({key: value.contiguous() for key, value in tensors.items()}, file)
    return ArchitectureModel(name="inception_v1", weights=FileRef(path=str(file)))


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> ArchitectureModel:
    return model(tmp_path_factory.mktemp("plain"), "plain", weights())


@pytest.fixture
def session(plain: ArchitectureModel) -> Session:
    changes = {"models.slot1.model": plain, "models.slot2.model": plain, "probe.layer": "conv2d0"}
    return replace_all(Session(), changes)


def the_group(engine: Engine, session: Session, query: Query, before: Session | None = None) -> Group:
    found = finish(compute(engine, session, query, before))
    assert list(found) == [query.layers[0] if query.layers else session.probe.layer]
    return next(iter(found.values()))


def test_the_most_different_unit_is_the_one_that_was_changed(engine: Engine, session: Session, tmp_path: Path):
    tensors = weights()
    tensors["conv2d0.weight"][2] *= -1
    session = replace(session, "models.slot2.model", model(tmp_path, "flipped", tensors))
    group = the_group(engine, session, Query(kind="different", top=3))
    assert group.units[0] == 2
    assert group.scores[0] > 5 * group.scores[1]
    assert list(group.scores) == sorted(group.scores, reverse=True)


def test_the_most_active_unit_is_the_loudest(engine: Engine, session: Session, tmp_path: Path):
    tensors = weights()
    tensors["conv2d0.norm.bias"][:] = torch.tensor([0.0, 5e3, 0.0, 9e3])
    loud = replace(session, "models.slot1.model", model(tmp_path, "loud", tensors))
    group = the_group(engine, loud, Query(top=2))
    assert group.units == (3, 1)
    assert group.scores[0] == pytest.approx(9e3, rel=0.1)


def test_only_a_unit_that_sees_changes(engine: Engine, session: Session, tmp_path: Path):
    tensors = weights()
    for unit in (0, 1, 3):
        tensors["conv2d0.weight"][unit] = 0
    blind = replace(session, "models.slot1.model", model(tmp_path, "blind", tensors))
    query = Query(kind="changed", top=4)
    group = the_group(engine, replace(blind, "scene.camera.yaw", 60.0), query, blind)
    assert group.units == (2, 0, 1, 3)
    assert group.scores[0] > 0
    assert group.scores[1:] == (0, 0, 0)
    with pytest.raises(InputError, match="are the same"):
        the_group(engine, blind, query, blind)


def test_class_relevant_units_come_from_views_or_photos(engine: Engine, session: Session, tmp_path: Path):
    query = Query(kind="class", wnid="class 3", layers=("mixed5b",), top=2)
    answers = list(compute(engine, session, query))
    assert [(a.done, a.total) for a in answers[:-1]] == [(n, 9) for n in range(1, 10)]
    assert not any(a.finished for a in answers[:-1])
    assert len(finish(answers)["mixed5b"].units) == 2
    for number in range(2):
        Image.new("RGB", (250, 250), (90 * number, 40, 200)).save(tmp_path / f"{number}.png")
    photos = list(compute(engine, session, query.model_copy(update={"photos": str(tmp_path)})))
    assert photos[0] == Answer(1, 2)
    photo = replace(session, "scene.photo", Photo(file=FileRef(path=str(tmp_path / "0.png"))))
    assert len(list(compute(engine, photo, query))) == 2


@pytest.mark.parametrize(
    ("query", "words"),
    [
        (Query(kind="different"), "same model"),
        (Query(kind="changed"), "no session to compare"),
        (Query(kind="class", wnid="n02106662"), "has no class 'n02106662'"),
        (Query(layers=("mixed9",)), "no layer 'mixed9'"),
        (Query(slot="slot7"), "no slot 'slot7'"),
    ],
)
def test_what_cannot_be_found_is_refused_with_the_reason(engine: Engine, session: Session, query: Query, words: str):
    with pytest.raises(InputError, match=words):
        finish(compute(engine, session, query))


def test_units_of_different_architectures_are_not_compared(engine: Engine, session: Session):
    session = replace(session, "models.slot2.model", FamilyModel())
    with pytest.raises(InputError, match="different architectures"):
        the_group(engine, session, Query(kind="different"))


def test_a_family_gets_groups_of_every_class_layer_and_variant(
    engine: Engine, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    variants = []
    for name in ("standard", "robust"):
        ref = model(tmp_path, name, weights())
        assert ref.weights is not None
        saved = FileRef.of(ref.weights.path)
        checkpoint = Checkpoint(name="last", file=f"{name}.safetensors", sha256=saved.sha256)
        variants.append(Variant(name=name, label=name.title(), checkpoints=(checkpoint,)))
    classes = tuple((f"n0000000{i}", f"Thing {i}") for i in range(5))
    family = Family(
        name="tiny", label="Tiny", architecture="inception_v1", arguments=TINY, classes=classes,
        variants=tuple(variants), folder=tmp_path,
    )  # fmt: skip
    monkeypatch.setattr("perturber.nets.open_model.family", lambda name: family)
    told: list[str] = []
    pictures = {wnid: [session, replace(session, "scene.camera.yaw", 20.0)] for wnid, _ in classes}
    made = family_groups(engine, family, pictures, "two pictures", told.append)
    assert "two pictures" in made.recipe
    assert len(told) == 5
    for variant in family.variants:
        found = made.variants[variant.name]
        assert found.sha256 == variant.checkpoints[-1].sha256
        assert len(found.layers) == 12
        assert all([g.wnid for g in groups] == [w for w, _ in classes] for groups in found.layers.values())
    assert made.variants["standard"].layers == made.variants["robust"].layers


def test_the_units_that_carry_the_frames_class_are_captums(engine: Engine, session: Session):
    query = Query(kind="carrying", layers=("mixed4e",), top=6)
    group = the_group(engine, session, query)
    network = network_of(engine, session, "slot1")
    frame, passing = engine.frame(session), nn.Identity()

    def run(pixels: Tensor) -> Tensor:
        logits = network.resume("mixed4e", passing(network.run(pixels, upto="mixed4e").activations["mixed4e"])).logits
        assert logits is not None
        return logits

    leading = int(run(frame).argmax())
    found = LayerGradientXActivation(run, passing).attribute(frame.clone().requires_grad_(), leading)
    carried = found[0].sum((1, 2)).detach()
    assert group.units == tuple(carried.topk(6).indices.tolist())
    assert group.scores == pytest.approx(carried.topk(6).values.tolist(), rel=1e-3)
    assert group.name == f"Supporting {network.labels.names[leading]}"
    another = the_group(engine, session, query.model_copy(update={"wnid": network.labels.names[leading - 1]}))
    assert another.units != group.units

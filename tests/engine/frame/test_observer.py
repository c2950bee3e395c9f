"""The observer apart from the scene: devices, depth, memory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from perturber import paths
from perturber.core.errors import InputError
from perturber.core.evaluation import SlotResult
from perturber.core.session.models import ArchitectureModel, FamilyModel, Models, Probe, Slot
from perturber.engine.device import available_devices, choose_device, choose_dtype
from perturber.engine.frame import observer as observe
from perturber.engine.frame.observer import Interest, NetworkInput, Observer, tap_of, to_tensor
from perturber.engine.frame.route import Route
from perturber.nets.families.family import FILE, read_family

PIXELS = np.random.default_rng(0).integers(0, 256, (224, 224, 3), np.uint8)


def view(key: object = 0) -> NetworkInput:
    return NetworkInput(PIXELS, key, Probe())


def test_pixels_become_the_tensor_they_are():
    tensor = observe.to_tensor(PIXELS, torch.device("cpu"))
    assert tensor.shape == (1, 3, 224, 224)
    assert tensor.is_contiguous(memory_format=torch.channels_last)
    np.testing.assert_allclose(tensor[0].permute(1, 2, 0).numpy(), PIXELS / 255, atol=1e-6)


def test_devices_and_precisions_are_checked_by_name():
    assert available_devices()[-1] == "cpu"
    assert choose_device("auto") == torch.device(available_devices()[0])
    assert choose_dtype("bfloat16") == torch.bfloat16
    with pytest.raises(InputError, match="quantum"):
        choose_device("quantum")
    with pytest.raises(InputError, match="float8"):
        choose_dtype("float8")


def test_a_layer_is_looked_for_at_its_relative_depth(monkeypatch: pytest.MonkeyPatch):
    network = type("Fake", (), {"taps": ("a", "b", "c", "d", "e")})()
    assert tap_of(network, "c", ()) == "c"
    assert tap_of(network, "x", ("w", "x", "y")) == "c"
    assert tap_of(network, "y", ("w", "x", "y")) == "e"
    assert tap_of(network, "nobody", ("w", "x")) == "c"


def test_a_full_accelerator_makes_the_cpu_take_over(monkeypatch: pytest.MonkeyPatch):
    observer = Observer("cpu", "float32")
    observer.device = torch.device("meta")
    run: Callable[..., object] = Observer._run

    def full(self: Observer, route: Route, seen: NetworkInput, gradients: bool) -> object:
        if self.device.type == "meta":
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return run(self, route, seen, gradients)

    monkeypatch.setattr(Observer, "_run", full)
    monkeypatch.setattr(
        Observer, "_open", lambda self, ref: observe.open_model(ref, torch.device("cpu"), torch.float32)
    )
    results = observer.observe(view(), Models()).results
    assert all(len(result.top) == 5 for result in results)
    assert observer.device.type == "cpu"
    assert "out of memory" in observer.notices[0]


@pytest.mark.parametrize(
    ("content", "problem"), [(None, "No such file"), (b"damaged", "not what the family describes")]
)
def test_a_spoiled_checkpoint_is_its_slots_affair(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None, problem: str
):
    shipped = read_family(paths.models() / "studio" / FILE)
    folder = tmp_path / "models" / "spoiled"
    folder.mkdir(parents=True)
    (folder / FILE).write_text((shipped.folder / FILE).read_text().replace('name = "studio"', 'name = "spoiled"'))
    file = folder / shipped.variants[0].checkpoints[-1].file
    if content is not None:
        file.write_bytes(content)
    monkeypatch.setattr(paths, "cache", lambda: tmp_path)
    models = Models(slot2=Slot(model=FamilyModel(family="spoiled")))
    first, second = Observer("cpu", "float32").observe(view(), models).results
    assert (first.problem, len(first.top)) == ("", 5)
    assert str(file) in second.problem
    assert problem in second.problem
    assert (second.top, second.maps) == ((), None)


def test_a_broken_model_is_opened_once_until_it_is_chosen_anew(monkeypatch: pytest.MonkeyPatch):
    opened = []

    def refuse(ref: object, device: object, dtype: object) -> None:
        opened.append(ref)
        raise InputError("w.pth", "no weights")

    monkeypatch.setattr(observe, "open_model", refuse)
    observer = Observer("cpu")
    broken = Models(
        slot1=Slot(model=ArchitectureModel(name="alexnet")), slot2=Slot(model=ArchitectureModel(name="vgg11"))
    )
    for key in range(3):
        assert all("w.pth" in result.problem for result in observer.observe(view(key), broken).results)
    assert len(opened) == 2
    observer.observe(view(9), Models())
    observer.observe(view(10), broken)
    assert len(opened) == 6


def test_maps_before_the_relu_of_a_whole_layer_or_none_at_all():
    observer, models = Observer("cpu", "float32"), Models()

    def look(**probe: object) -> list[SlotResult]:
        shown = Probe.model_validate({"layer": "conv2d0", "units": (3,), "count": 1, **probe})
        return list(observer.observe(NetworkInput(PIXELS, 0, shown), models).results)

    after, before = look()[0].maps, look(before=True)[0].maps
    assert after is not None
    assert before is not None
    assert (before.layer, before.before, after.before) == ("conv2d0", True, False)
    assert before.values.min() < 0
    np.testing.assert_array_equal(np.maximum(before.values, 0), after.values)
    whole = look(whole=True)[0].maps
    assert whole is not None
    assert whole.values.shape == (whole.channels, observe.OVERVIEW, observe.OVERVIEW)
    np.testing.assert_allclose(whole.values[3].mean(), after.values.mean(), rtol=1e-4)
    assert whole.sigma == after.sigma
    none = look(activations=False)[0]
    assert none.maps is None
    assert (none.layer, none.channels, len(none.top)) == ("conv2d0", whole.channels, 5)


def test_an_observation_gives_the_gradient_of_a_logit_once_and_keeps_nothing_in_the_observer():
    observer, models = Observer("cpu", "float32"), Models()
    ref = models.slot2.model
    seen = observer.observe(view(), models, interest=Interest(ref, gradients=True))
    assert all(
        not run.answer.logits.requires_grad for run in observer._answers.values() if run.answer.logits is not None
    )
    network, pixels = seen.networks[ref], to_tensor(PIXELS, observer.device).requires_grad_()
    logits = network.run(pixels).logits
    assert logits is not None
    torch.testing.assert_close(seen.logits[ref], logits.detach())
    (expected,) = torch.autograd.grad(logits[0, 3], pixels)
    found = seen.gradient(ref, 3)
    assert found is not None
    torch.testing.assert_close(found, expected)
    assert seen.gradient(ref, 3) is None
    again = observer.observe(view(), models, interest=Interest(ref, gradients=True))
    assert again.gradient(ref, 3) is None  # nothing is run again for it
    assert again.results[1].top == seen.results[1].top


def test_an_observation_tells_nothing_of_another_picture():
    """Of a model that had nothing to do: it was run on the picture before."""
    observer, models = Observer("cpu", "float32"), Models()
    observer.observe(view(1), models)
    hidden = Slot(activations=False, predictions=False)
    seen = observer.observe(view(2), models.model_copy(update={"slot1": hidden}))
    assert hidden.model not in seen.logits
    assert hidden.model not in seen.activations
    assert set(seen.networks) == {models.slot1.model, models.slot2.model}

"""Feature images: against Lucent 0.1.8 on the same network, and eight at once against one.

Lucent and the old kornia it needs are installed by ``scripts/setup bench`` without their own demands,
which name versions of other packages long gone.
"""

from __future__ import annotations

import importlib
import sys
from functools import partial
from time import perf_counter
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from perturber.core.jobs.feature_spec import FeatureSpec, Transforms
from perturber.core.jobs.job import FeatureRequest, LiveFeatures
from perturber.core.parameters.parameter import replace_all
from perturber.core.session.models import FamilyModel
from perturber.core.session.session import Session
from perturber.methods.features import Visualization
from perturber.methods.features.objectives.unit import CenterUnit
from perturber.nets.architectures.architecture import Architecture, create, provider
from perturber.nets.architectures.network import Network
from perturber.nets.lookup.labels import generic
from perturber.nets.open_model import open_model

if TYPE_CHECKING:
    from benchmarks.driver import Driver

LAYER, UNIT = "mixed4a", 97
SIDE, STEPS, RATE = 128, 512, 0.05
SEED = 1
TURNS, TIMES = 6, 6
LIVE_TURNS, LIVE_SECONDS = 3, 3.0
ENDLESS = FeatureSpec(steps=10_000)


class Original:
    """Lucent's Inception V1 with seeded weights, and the same network here."""

    def __init__(self, lucent: ModuleType) -> None:
        torch.manual_seed(SEED)
        self.theirs: nn.Module = lucent.InceptionV1(pretrained=False).eval()
        for module in self.theirs.modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                nn.init.kaiming_normal_(module.weight)
                nn.init.zeros_(module.bias)
            if type(module).__name__ == "LocalResponseNormLayer":
                # Its constants are known to be wrong; the documented ones, by the same function of torch.
                module.forward = _documented_norm  # type: ignore[method-assign]
        weights = {key: value.clone() for key, value in self.theirs.state_dict().items()}
        ours = create("inception_v1", 1008)
        ours.load_state_dict(provider("inception_v1").translate("inception_v1", weights))
        self.ours = Network("seeded", ours, generic(1008))


def _documented_norm(tensor: Tensor, **_: object) -> Tensor:
    return F.local_response_norm(tensor, size=11, alpha=1.1e-3, beta=0.5, k=2.0)


class Plain(nn.Module):
    """A network as its file has it, for Lucent: normalization inside, nothing folded, every layer run."""

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        self.architecture = architecture.eval()

    def forward(self, pixels: Tensor) -> Tensor:
        logits: Tensor = self.architecture(pixels)
        return logits


def lucent_modules() -> Any:
    """Lucent's parts. Raises ImportError when it is not installed."""
    from perturber.nets.architectures.torchvision_models import names

    names()  # declares what torchvision's compiled part lacks beside a CPU build of torch
    found = ModuleType("lucent parts")
    found.render = importlib.import_module("lucent.optvis.render").render_vis  # type: ignore[attr-defined]
    found.neuron = importlib.import_module("lucent.optvis.objectives").neuron  # type: ignore[attr-defined]
    found.InceptionV1 = importlib.import_module("lucent.modelzoo.inceptionv1.InceptionV1").InceptionV1  # type: ignore[attr-defined]
    return found


def reached(network: Network, image: np.ndarray[Any, Any]) -> float:
    """The unit's value before its ReLU on a picture, 1×H×W×3 in [0, 1], in the middle of the map."""
    pixels = torch.from_numpy(np.ascontiguousarray(image)).permute(0, 3, 1, 2)
    with torch.inference_mode():
        maps = network.run(pixels, upto=LAYER, keep=(f"{LAYER}:pre",)).activations[f"{LAYER}:pre"]
    return float(maps[0, UNIT, maps.shape[2] // 2, maps.shape[3] // 2])


def against_lucent(network: Network, theirs: nn.Module, lucent: Any, preprocess: bool) -> dict[str, float]:
    """One image by each, from its own noise, with the same transforms, steps and rate."""
    np.random.seed(SEED)  # noqa: NPY002 - Lucent draws from the global generator
    torch.manual_seed(SEED)
    started = perf_counter()
    image = lucent.render(
        theirs,
        lucent.neuron(LAYER, UNIT),
        thresholds=(STEPS,),
        preprocess=preprocess,
        progress=False,
        show_image=False,
        fixed_image_size=SIDE,
    )[-1]
    lucent_seconds = perf_counter() - started
    spec = FeatureSpec(size=SIDE, steps=STEPS, rate=RATE, transforms=Transforms(whole=True))
    started = perf_counter()
    ours = Visualization(network, [CenterUnit(layer=LAYER, unit=UNIT)], spec)
    for _ in range(STEPS):
        ours.step()
    picture = ours.pictures()
    seconds = perf_counter() - started
    return {
        "ratio": lucent_seconds / seconds,
        "reached": reached(network, picture.astype(np.float32) / 255),
        "lucent_reached": reached(network, image),
        "seconds": seconds,
    }


def batch_of_eight(network: Network) -> float:
    """A step of eight images over a step of one, in short turns."""
    spec = FeatureSpec(size=SIDE)
    one = Visualization(network, [CenterUnit(layer=LAYER, unit=UNIT)], spec)
    eight = Visualization(network, [CenterUnit(layer=LAYER, unit=unit) for unit in range(8)], spec)
    times: dict[int, list[float]] = {1: [], 8: []}
    for _ in range(TURNS):
        for count, under_way in ((1, one), (8, eight)):
            for turn in range(TIMES):
                started = perf_counter()
                under_way.step()
                times[count] += [perf_counter() - started] if turn else []
    return float(np.median(times[8]) / np.median(times[1]))


def feature_figures() -> dict[str, float]:
    """All figures about feature images, by key."""
    cpu = torch.device("cpu")
    studio = open_model(FamilyModel(), cpu)
    figures = {"feature_batch8": batch_of_eight(studio)}
    try:
        lucent = lucent_modules()
    except ImportError as error:
        sys.stderr.write(f"Lucent cannot be compared with ({error}): scripts/setup bench installs it\n")
        return figures
    original = Original(lucent)
    figures["feature_batch8_original"] = batch_of_eight(original.ours)
    found = {
        "": against_lucent(original.ours, original.theirs, lucent, preprocess=True),
        "_studio": against_lucent(studio, Plain(_trained()), _inner(lucent), preprocess=False),
    }
    for name, measured in found.items():
        figures[f"feature_vs_lucent{name}"] = measured["ratio"]
        figures[f"feature_activation_over_lucent{name}"] = measured["reached"] / measured["lucent_reached"]
        figures[f"feature_seconds{name}"] = measured["seconds"]
    return figures


def _trained() -> Architecture:
    from perturber.nets.open_model import weights_of

    return weights_of(FamilyModel())


def _inner(lucent: Any) -> Any:
    """Lucent's parts with layers called by their names inside `Plain`."""
    inner = ModuleType("lucent parts")
    inner.render, inner.neuron = lucent.render, partial(_neuron_inside, lucent.neuron)  # type: ignore[attr-defined]
    return inner


def _neuron_inside(neuron: Any, layer: str, unit: int) -> Any:
    return neuron(f"architecture_{layer}", unit)


def live_cost(driver: Driver) -> dict[str, float]:
    """Frames a second of a dragged scene with three models: without and with live images of the edited one."""
    driver.submit_and_wait(replace_all(Session(), {"models.edited.enabled": True}))
    driver.desk.store.update({"models.edited.enabled": True})
    session = driver.desk.store.session
    wanted = tuple(FeatureRequest(model=session.models.model("edited"), layer=LAYER, unit=unit) for unit in range(4))
    endless = LiveFeatures(wanted=tuple(w.model_copy(update={"spec": ENDLESS}) for w in wanted))
    counts: dict[bool, list[float]] = {False: [], True: []}
    for turn in range(2 * LIVE_TURNS):
        live = turn % 2 == 1
        if live:
            driver.desk.bridge.engine.compute(session, endless)
            driver.spin(1.0)
        before = driver.evaluations
        driver.gaps(LIVE_SECONDS)
        counts[live].append(driver.evaluations - before)
        driver.desk.bridge.engine.stop_computing(LiveFeatures.lane)
    driver.desk.store.update({"models.edited.enabled": False})
    return {"live_features_frame_loss": 1 - float(np.median(counts[True]) / np.median(counts[False]))}

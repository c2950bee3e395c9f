"""A tiny family with two variants, and a network whose answers are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file

from perturber.core.storage.files import sha256_of
from perturber.nets.architectures.architecture import NetworkOutput, create
from perturber.nets.families.family import Family, read_family
from perturber.training.measures.material import Chosen, Pool

CLASSES = (("n02106662", "Dog"), ("n02123045", "Cat"), ("n03345487", "Fire truck"))
SIZE = 48
STEPS = {"standard": (10, 200), "adversarial": (5, 40)}


def make_family(folder: Path) -> Family:
    """Two variants with two checkpoints each: the second variant's last is the first's, slightly moved."""
    folder.mkdir(parents=True, exist_ok=True)
    text = ['name = "toy"', 'label = "Toy"', 'architecture = "inception_v1"']
    text += ['arguments = { width = 0.0625, norm = "batch" }', 'license = "MIT"', 'recipe = "made <up>"']
    text.append("classes = [" + ", ".join(f'["{wnid}", "{name}"]' for wnid, name in CLASSES) + "]")
    torch.manual_seed(0)
    weights = create("inception_v1", len(CLASSES), width=0.0625, norm="batch").state_dict()
    for variant, steps in STEPS.items():
        text += ["[[variants]]", f'name = "{variant}"', f'label = "{variant.capitalize()}"']
        for step in steps:
            moved = {k: v + 0.3 / step * torch.randn(v.shape) if v.ndim > 1 else v for k, v in weights.items()}
            file = folder / f"{variant}-{step}.safetensors"
            save_file(moved, file)
            name = "last" if step == steps[-1] else f"step{step}"
            text += ["[[variants.checkpoints]]", f'name = "{name}"', f'file = "{file.name}"', f"step = {step}"]
            text.append(f'sha256 = "{sha256_of(file)}"')
    (folder / "family.toml").write_text("\n".join(text))
    return read_family(folder / "family.toml")


def pool(count: int = 12, seed: int = 0, textures: bool = False) -> Pool:
    """Random pictures of all classes."""
    pixels = np.random.default_rng(seed).integers(0, 256, (count, SIZE, SIZE, 3), np.uint8)
    targets = np.arange(count) % len(CLASSES)
    return Pool(lambda index: pixels[index], targets, (targets + 1) % 3 if textures else np.full_like(targets, -1))


def colored(shades: list[int], targets: list[int], textures: list[int] | None = None) -> Chosen:
    """Pictures of one gray each."""
    pixels = np.stack([np.full((8, 8, 3), shade, np.uint8) for shade in shades])
    return Chosen(pixels, np.array(targets), np.array(textures or [-1] * len(targets)))


class Knower:
    """A network that answers by brightness: class 0 for black, 1 for gray, 2 for white."""

    device = torch.device("cpu")

    def run(self, pixels: torch.Tensor) -> NetworkOutput:
        """Logits that are greatest for the nearest of three grays; ten times steeper than the brightness."""
        brightness = pixels.mean((1, 2, 3))
        return NetworkOutput({}, -10 * (brightness[:, None] - torch.tensor([0.0, 0.5, 1.0])).abs())

    def logits(self, pixels: torch.Tensor) -> torch.Tensor:
        """The logits of a whole run."""
        return self.run(pixels).final_logits()


class Stand:
    """Stands for a subject with a known network."""

    def __init__(self) -> None:
        self.network = Knower()
        self.answers: dict[str, NDArray[np.float32]] = {}


class Sets:
    """Stands for material with known pictures."""

    def __init__(self, **sets: Chosen) -> None:
        self.sets = sets

    def chosen(self, name: str, count: int) -> Chosen:
        return self.sets[name].first(count)

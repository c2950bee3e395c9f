"""``perturber train``: train a network with any recipe, architecture and pictures."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any, Literal

import torch
import tyro

from perturber.cli.command import PlainCommand
from perturber.cli.options import ATTACK_STEPS, DeviceOption
from perturber.cli.output import write_line
from perturber.core.parameters.plugin import kinds
from perturber.core.session.attack import Norm
from perturber.engine.device import choose_device
from perturber.nets.architectures.architecture import Architecture, create
from perturber.training.data.progress import show_bar
from perturber.training.data.rendered_pictures import picture_set
from perturber.training.data.sources import FolderSource, PictureSource, Rendered
from perturber.training.loop.recipes.base_recipe import Recipe
from perturber.training.loop.schedule import Schedule
from perturber.training.loop.training_loop import Training, TrainingPlan, file_of, rank
from perturber.training.studio.kinds import KINDS

STUDIO = "studio"
PeakRate = Annotated[float, tyro.conf.arg(help="Peak learning rate of the one-cycle schedule (AdamW).")]


@dataclass(frozen=True)
class TrainOptions(DeviceOption):
    """Train a network from scratch (train), or from a trained one so that features stay aligned (finetune).

    An interrupted run resumes when started again. On several devices:
    torchrun --nproc-per-node N -m perturber train …, with one device per process.
    """

    out: Path
    """Output folder for checkpoints, log and event files."""
    data: str = STUDIO
    """studio for the rendered pictures, or a folder with one subfolder of pictures per class (ImageNet's layout)."""
    recipe: Literal["standard", "stylized", "adversarial", "consistent"] = "standard"
    """Pictures and loss. For Stylized-ImageNet, use its folder as --data with the recipe standard."""
    architecture: str = "inception_v1"
    """Registered architecture, such as inception_v1 or resnet18; finetune uses that of --start."""
    width: float = 0.5
    """Width factor of an inception_v1 trained from scratch."""
    pictures: int = 9072
    """Number of studio pictures to render."""
    seed: int = 1
    """Random seed of initial weights, order, mirroring and the attack's random starts."""
    epochs_small: float = 6
    """Epochs at the small picture size, where training is cheap."""
    epochs_full: float = 1
    """Epochs at the full picture size."""
    small: int = 112
    """Small picture size, side in pixels."""
    full: int = 224
    """Full picture size, side in pixels."""
    batch: int = 32
    """Pictures per step, over all processes."""
    rate: PeakRate = 3e-3
    full_rate: float = 0.0
    """Minimum learning rate at the start of the full size; the cycle's own is used if higher."""
    decay: float = 0.02
    """Weight decay."""
    smoothing: float = 0.05
    """Label smoothing."""
    norm: Norm = "l2"
    """Norm of the attack (adversarial, consistent)."""
    epsilon: float = 3.0
    """Radius of the attack on pictures of 224², for pixels in [0, 1]."""
    steps: Annotated[int, ATTACK_STEPS] = 2
    alpha: float = 0.5
    """Weight of the plain loss, 0 to 1 (consistent)."""
    beta: float = 0.1
    """Weight of the feature distance (consistent)."""
    checkpoints: int = 6
    """Number of checkpoints to keep, at geometrically spaced steps."""
    save_every: int = 50
    """Steps between two saves of the training state."""

    def first_network(self, classes: int) -> Architecture:
        """Return the network to train. Raises InputError that names the option or the file."""
        narrow: Any = {"width": self.width, "norm": "batch"} if self.architecture == "inception_v1" else {}
        return create(self.architecture, classes, **narrow)


def recipe_of(options: TrainOptions) -> Recipe:
    """Return the recipe named by the options, with the option values it has."""
    kind = kinds(Recipe)[options.recipe]
    values: dict[str, Any] = {"attack": {"norm": options.norm, "epsilon": options.epsilon, "steps": options.steps}}
    values["attack"]["random_start"] = True
    values |= {"alpha": options.alpha, "beta": options.beta}
    return kind.model_validate({name: value for name, value in values.items() if name in kind.model_fields})


def schedule_of(options: TrainOptions) -> Schedule:
    """Return the schedule given by the options."""
    named = {field.name for field in fields(options)} & set(Schedule.model_fields)
    return Schedule.model_validate({name: getattr(options, name) for name in named})


def train(options: TrainOptions, device: torch.device) -> Path:
    """Train, and return the file of the last checkpoint. Raises InputError that names the option or the file."""
    if device.type == "cuda" and "LOCAL_RANK" in os.environ:
        device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
    recipe, schedule = recipe_of(options), schedule_of(options)
    source, classes = _pictures(options, recipe)
    torch.manual_seed(options.seed)
    architecture = options.first_network(classes)
    plan = TrainingPlan(recipe, schedule, options.checkpoints, options.save_every)
    training = Training(architecture, source, plan, options.out, device)
    training.run(show=rank() == 0)
    return options.out / file_of(training.total)


def _pictures(options: TrainOptions, recipe: Recipe) -> tuple[PictureSource, int]:
    if options.data == STUDIO:
        parts = recipe.pictures(options.pictures, options.seed)
        work = options.out / "data"
        mine = None if rank() == 0 else 0  # one process renders for all
        sets = [picture_set(part, work, show_bar(f"{part.style} pictures"), mine) for part in parts]
        return Rendered(sets), len(KINDS)
    folder = FolderSource(Path(options.data))
    return folder, len(folder.classes)


def run(options: TrainOptions) -> None:
    """Train on the device given by the flags, and print the file of the last checkpoint."""
    write_line(train(options, choose_device(options.device)))


COMMAND = PlainCommand(TrainOptions, run)

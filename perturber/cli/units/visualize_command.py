"""``perturber visualize``: feature images for arbitrary sums of objectives."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_origin

import numpy as np
import tyro
from PIL import Image
from pydantic import ValidationError

from perturber.cli.command import PlainCommand
from perturber.cli.options import DeviceOption, JsonOption, ModelOptions
from perturber.cli.output import notify, show_progress, write_json, write_line
from perturber.core.errors import InputError
from perturber.core.jobs.feature_spec import FeatureSpec, Parameterization, Transforms
from perturber.core.parameters.parameter import explain
from perturber.core.parameters.plugin import kinds
from perturber.core.session.models import FamilyModel, ModelRef
from perturber.scene.files.image import open_picture, save_picture

if TYPE_CHECKING:
    from torch import Tensor

    from perturber.engine.frame.feature_maker import FeatureMaker
    from perturber.methods.features.objectives.base_objective import Objective
    from perturber.nets.architectures.network import Network

EXPECTED = "terms such as unit:mixed4a:12, channel:mixed4a:12, direction:mixed4a:3,17, class_logit:n02106662, "
EXPECTED += "deep_dream:mixed4b, diversity:mixed4a:4, -0.001*l2, -0.5*unit:mixed4a:3"
TERM = re.compile(r"(?:([+-]?\d*\.?\d+(?:e[+-]?\d+)?)\*)?(\w+)((?::[^:]*)*)")
GAP = 4
MOST = 2048
"""Maximum side of the start picture, in pixels."""


@dataclass(frozen=True)
class VisualizeOptions(JsonOption, DeviceOption, ModelOptions):
    """Make images that maximize a sum of objectives: units, channels, directions, class logits, deep dreams.

    JSON: {output, values, size, steps}; values are the objectives of each image, without transforms.
    """

    terms: Annotated[tyro.conf.Positional[tuple[str, ...]], tyro.conf.arg(metavar="[WEIGHT*]KIND[:…] …")]
    """unit:LAYER:UNIT, channel:LAYER:UNIT, direction:LAYER:UNIT,UNIT,…[:WEIGHT,…], class_logit:CLASS, deep_dream:LAYER,
    diversity:LAYER[:COUNT] (several images that differ), l2 and total_variation (regularizers).
    Each may have a weight; put -- before a negative one."""
    output: Annotated[Path, tyro.conf.arg(aliases=["-o"])] = Path("feature.png")
    """Picture file to write; several images are placed side by side."""
    family: str = "studio"
    """Model family."""
    variant: str = "standard"
    """Variant of the family."""
    checkpoint: str = ""
    """Checkpoint of the variant; default: the last."""
    start: Path | None = None
    """Picture to start from, instead of noise."""
    parameterization: Parameterization = "fourier"
    """Parameterization: equalized frequencies with decorrelated colors, plain pixels, or a Laplacian pyramid."""
    levels: int = 5
    """Levels of the Laplacian pyramid."""
    size: int = field(default=224, kw_only=True)
    """Side of the image in pixels, 16 to 1024."""
    steps: int = 256
    """Optimization steps, 0 to 10000."""
    rate: float = 0.1
    """Learning rate of Adam, or step length of ascent."""
    optimizer: Literal["adam", "ascent"] = "adam"
    """Adam, or gradient ascent with steps of fixed length."""
    transforms: bool = True
    """Shift, scale and rotate the image at random before every step."""
    seed: int = 0
    """Random seed of noise and transforms."""

    def input_size(self) -> None:
        """Return None, because --size is that of the image."""
        return


def visualize(options: VisualizeOptions, maker: FeatureMaker) -> None:
    """Make the images and write them to one file. Raises InputError that names the term, flag or file."""
    from perturber.methods.features import Visualization

    network = maker.network(_model(options))
    for notice in network.notices:
        notify(notice)
    objective = _objective(options.terms, network)
    under_way = Visualization(network, (objective,), _spec(options), start=_start(options, objective.images))
    while under_way.done < options.steps:
        under_way.step()
        show_progress(f"{under_way.done} of {options.steps} steps", under_way.done == options.steps)
    pictures = under_way.pictures()
    gap = np.full((options.size, GAP, 3), 255, np.uint8)
    row = [part for picture in pictures for part in (gap, picture)][1:]
    save_picture(Image.fromarray(np.concatenate(row, 1)), options.output)
    values = [round(value, 4) for value in under_way.values()]
    if options.json:
        told = {"output": str(options.output), "values": values, "size": options.size, "steps": options.steps}
        write_json(told, indent=None, ascii_only=True)
    else:
        write_line(f"{options.output}: {', '.join(f'{value:g}' for value in values)}")


def _model(options: VisualizeOptions) -> ModelRef:
    family = FamilyModel(family=options.family, variant=options.variant, checkpoint=options.checkpoint)
    return options.reference() or family


def _spec(options: VisualizeOptions) -> FeatureSpec:
    names = ("parameterization", "levels", "size", "steps", "rate", "optimizer", "seed")
    fields = {name: getattr(options, name) for name in names}
    try:
        return FeatureSpec.model_validate({**fields, "transforms": Transforms() if options.transforms else None})
    except ValidationError as error:
        problem = explain(error)
        raise InputError(f"--{problem.source}", problem.problem, problem.expected) from None


def _objective(terms: tuple[str, ...], network: Network) -> Objective:
    """Return the weighted sum of the terms. Raises InputError that names the term."""
    from perturber.methods.features.objectives.base_objective import Sum

    if not terms:
        raise InputError("terms", "at least one is required", EXPECTED)
    found = [_term(text, network) for text in terms]
    return found[0][1] if len(found) == 1 and found[0][0] == 1 else Sum(terms=tuple(found))


def _term(text: str, network: Network) -> tuple[float, Objective]:
    from perturber.methods.features.objectives.base_objective import Objective

    match, known = TERM.fullmatch(text), kinds(Objective)
    if match is None or match[2] not in known:
        raise InputError(text, "it is not an objective", EXPECTED)
    kind, words = known[match[2]], match[3].split(":")[1:]
    names = [name for name in kind.model_fields if name != "kind"]
    if len(words) > len(names):
        raise InputError(text, f"too many values after {match[2]}", EXPECTED)
    fields: dict[str, Any] = {}
    for name, word in zip(names, words, strict=False):
        several = get_origin(kind.model_fields[name].annotation) is tuple
        fields[name] = tuple(word.split(",")) if several else _output(word, network, text) if name == "output" else word
    try:
        objective = kind.model_validate(fields)
    except ValidationError as error:
        problem = explain(error)
        raise InputError(text, f"{problem.source}: {problem.problem}", EXPECTED) from None
    try:
        objective.check(network.channels, len(network.labels.wnids))
    except InputError as error:
        raise InputError(text, error.problem, error.expected) from None
    return float(match[1] or 1.0), objective


def _output(word: str, network: Network, term: str) -> str:
    """Return the number of a class, given its WordNet id, name or number."""
    from perturber.nets.lookup.find import find_class

    return str(find_class(network, word, term))


def _start(options: VisualizeOptions, count: int) -> Tensor | None:
    """Return ``count`` copies of the start picture, cropped to a centered square; N×3×size×size in [0, 1]."""
    if options.start is None:
        return None
    import torch

    picture = open_picture(options.start).convert("RGB")
    edge = min(picture.size)
    left, top = (picture.width - edge) // 2, (picture.height - edge) // 2
    side = (min(max(options.size, 1), MOST),) * 2
    square = picture.resize(side, Image.Resampling.BICUBIC, box=(left, top, left + edge, top + edge))
    pixels = torch.from_numpy(np.asarray(square, np.float32) / 255).permute(2, 0, 1)
    return pixels[None].repeat(count, 1, 1, 1)


def run(options: VisualizeOptions) -> None:
    """Make the images on the device given by the flags."""
    from perturber.engine.device import choose_device, choose_dtype
    from perturber.engine.frame.feature_maker import FeatureMaker

    visualize(options, FeatureMaker(choose_device(options.device), choose_dtype("auto")))


COMMAND = PlainCommand(VisualizeOptions, run)

"""The picture sets that networks are measured on: rendered ones, or the user's folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from perturber.core.errors import InputError
from perturber.core.evaluation import SIZE
from perturber.nets.families.family import Family
from perturber.scene.files.image import open_picture
from perturber.training.data.rendered_pictures import RenderedSet
from perturber.training.data.sources import FolderSource, crop_square
from perturber.training.measures.material import Pool

Tell = Callable[[str], None]


def rendered(family: Family, sets: Mapping[str, RenderedSet], wnids: tuple[str, ...], tell: Tell) -> dict[str, Pool]:
    """Return the rendered sets as pools of the pictures whose classes the family knows.

    ``wnids`` are the classes of the sets. Raises InputError when the family knows fewer than two.
    """
    numbers = np.array([-1 if (n := family.labels.index(wnid)) is None else n for wnid in wnids])
    known = int((numbers >= 0).sum())
    if known < 2:
        problem = f"the family {family.name} knows {known} of the {len(wnids)} classes of the rendered pictures"
        raise InputError("--images", problem, "a folder with pictures of its classes")
    if known < len(wnids):
        tell(f"The family {family.name} knows {known} of {len(wnids)} classes; only their pictures are used.")
    return {name: _pool(pictures, numbers) for name, pictures in sets.items()}


def _pool(pictures: RenderedSet, numbers: NDArray[np.int64]) -> Pool:
    """Return the pictures of known classes; conflict pictures also need a known texture class."""
    targets = numbers[pictures.targets]
    textures = np.where(pictures.textures >= 0, numbers[pictures.textures], targets)
    index = np.flatnonzero((targets >= 0) & (textures >= 0))

    def read(which: NDArray[np.int64]) -> NDArray[np.uint8]:
        return pictures.pixels[index[which]]

    return Pool(read, targets[index], textures[index])


def from_folder(family: Family, root: Path, tell: Tell) -> dict[str, Pool]:
    """Return the pictures of a folder in ImageNet's layout (a folder per class, named by WordNet id) as set "plain".

    Raises InputError when there are none of the family's classes.
    """
    folder = FolderSource(root)
    numbers = [family.labels.index(wnid) for wnid in folder.classes]
    index = np.array([i for i, target in enumerate(folder.targets) if numbers[target] is not None], np.int64)
    if not len(index):
        problem = f"no folder is named after a class of the family {family.name}"
        raise InputError(str(root), problem, "folders named by WordNet id, such as " + family.classes[0][0])
    strange = sum(number is None for number in numbers)
    if strange:
        tell(f"{strange} of {len(numbers)} folders in {root} are not classes of the family {family.name}: left out.")
    targets = np.array([numbers[target] for target in folder.targets[index]], np.int64)

    def read(which: NDArray[np.int64]) -> NDArray[np.uint8]:
        return np.stack([crop_square(open_picture(folder.files[i]), SIZE, None) for i in index[which]])

    return {"plain": Pool(read, targets, np.full_like(targets, -1))}

"""Change of the logits when the object turns."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from perturber.scene.assets.views import DISTANCES, PITCHES, YAWS
from perturber.training.data.rendered_pictures import Progress, ignore_progress
from perturber.training.measures.base_measure import Measure, Values, compute_logits
from perturber.training.measures.material import Material, MeasuredCheckpoint

LEADING = 10
PROTOTYPE = YAWS.index(-23.3)


class Yaw(Measure):
    """The fluctuation score."""

    kind: Literal["yaw"] = "yaw"
    rank: ClassVar[int] = 7
    title: ClassVar[str] = "Yaw fluctuation score"
    about: ClassVar[str] = (
        "Sum over the six other yaws of the distance between the logits of a prototype's top ten classes there "
        "and in the prototype (yaw −23.3°), divided by the standard deviation of all of the prototype's logits; mean "
        "and standard deviation over the four prototypes of an object (Sietzen, 2022, equations 7.1 and 7.2). "
        "Networks with fewer than twenty classes: the top half of them."
    )
    views: ClassVar[bool] = True
    share: ClassVar[bool] = False

    def run(self, subject: MeasuredCheckpoint, material: Material, progress: Progress) -> Values:
        values = {}
        for number, seen in enumerate(material.seen):
            scores = fluctuation(compute_logits(subject, seen, ignore_progress))
            values[seen.name] = float(scores.mean())
            values[f"{seen.name} ±"] = float(scores.std())
            progress(number + 1, len(material.seen))
        return values


def fluctuation(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the score of every prototype, from the logits of the 28 views (28×classes, in the order of the views)."""
    table = logits.astype(float).reshape(len(YAWS), len(PITCHES) * len(DISTANCES), -1)
    leading = min(LEADING, table.shape[2] // 2)
    scores = []
    for views in table.transpose(1, 0, 2):
        prototype = views[PROTOTYPE]
        top = np.argsort(-prototype, kind="stable")[:leading]
        distances = np.linalg.norm(views[:, top] - prototype[top], axis=1)  # its own is 0
        scores.append(distances.sum() / prototype.std())
    return np.array(scores)

"""Make feature images as jobs: those missing from the cache, and live images of an edited model."""

from __future__ import annotations

from collections.abc import Iterator

from perturber.core.errors import InputError
from perturber.core.jobs.job import Answer, FeatureBatch, LiveFeatures, MakeFeatures
from perturber.core.session.session import Session
from perturber.engine.frame.feature_maker import TELL, images_of, order_of
from perturber.engine.jobs.workbench import Workbench


def make_features(bench: Workbench, session: Session, job: MakeFeatures) -> Iterator[Answer]:
    """Make and cache the feature images that are missing, as a job."""
    made, total = 0, len(job.wanted)
    yield Answer(0, total)
    for images in bench.engine.features.make(job.wanted):
        made += len(images.pictures) if images.complete else 0
        yield Answer(made, total, partial=images if images.pictures else None)
    yield Answer(made, total, value=made)


def live_features(bench: Workbench, session: Session, job: LiveFeatures) -> Iterator[Answer]:
    """Optimize images of one model and layer with live previews, without caching, as a job."""
    orders = list(dict.fromkeys(order_of(w) for w in job.wanted))
    if len(orders) != 1:
        raise InputError("units", "live images must share one model and layer", "units of one layer")
    (order,) = orders
    total = order[2].steps
    yield Answer(0, total)
    images = FeatureBatch({}, False)
    for under_way in bench.engine.features.start(order, [w.unit for w in job.wanted]).steps():
        last = under_way.done >= total
        if last or under_way.done % TELL == 0:
            images = images_of(job.wanted, under_way.pictures(), last)
        yield Answer(under_way.done, total, partial=images, value=images if last else None)

"""Provide feature images on demand: from the cache, else optimized and cached."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

import torch

from perturber import paths
from perturber.core.jobs.feature_spec import Feature, FeatureSpec
from perturber.core.jobs.job import FeatureBatch, FeatureRequest
from perturber.core.session.models import ModelRef
from perturber.methods.features import Visualization
from perturber.methods.features.objectives.unit import CenterUnit
from perturber.nets.architectures.network import Network
from perturber.nets.architectures.receptive_field import ReceptiveFields, image_side
from perturber.nets.families.family import families
from perturber.nets.families.feature_store import FOLDER, FeatureCache, FeatureStore, Picture
from perturber.nets.families.fingerprint import fingerprint
from perturber.nets.lookup.find import find_layer
from perturber.nets.open_model import open_model

BATCH = 4
"""Images optimized together while the window is in use: more would delay frames."""
TELL = 8
"""Optimizer steps between two previews."""
Order = tuple[ModelRef, str, FeatureSpec]
"""Model, layer and spec: images that share them can be optimized together."""


class FeatureMaker:
    """Finds feature images in the cache or makes them, on one device."""

    def __init__(self, device: torch.device, dtype: torch.dtype, cache: FeatureCache | None = None) -> None:
        self.device, self.dtype = device, dtype
        self.families = families()
        kept = FeatureCache(paths.cache() / FOLDER) if cache is None else cache
        self.store = FeatureStore(self.families, kept)
        self.fields = ReceptiveFields()

    def feature(self, wanted: FeatureRequest) -> Feature:
        """Return the cache key of an image. Raises InputError for an unknown model."""
        return Feature(fingerprint(wanted.model, self.families), wanted.layer, wanted.unit, wanted.spec)

    def network(self, model: ModelRef) -> Network:
        """Open a model's network. Raises as `open_model` does."""
        return open_model(model, self.device, self.dtype)

    def side(self, network: Network, layer: str, spec: FeatureSpec) -> int:
        """Return the side of a layer's images in pixels: its units' receptive field, at most ``spec.size``."""
        reach = 0 if spec.transforms is None else spec.transforms.reach
        return image_side(self.fields.of(network, layer), spec.size, reach)

    def start(self, order: Order, units: Sequence[int]) -> Visualization:
        """Set up the images of these units, before the first step.

        Raises InputError for an unknown model, layer or unit.
        """
        model, layer, spec = order
        network = self.network(model)
        find_layer(network, layer)
        objectives = [CenterUnit(layer=layer, unit=unit) for unit in units]
        return Visualization(network, objectives, spec, self.side(network, layer, spec))

    def get(self, wanted: FeatureRequest) -> Picture:
        """Return an image, made now if it is not cached. Raises as `start` does."""
        feature = self.feature(wanted)
        found = self.store.read(feature)
        if found is not None:
            return found
        under_way = self.start(order_of(wanted), (wanted.unit,))
        for _ in under_way.steps():
            pass
        return self.store.keep(feature, under_way.pictures()[0])

    def make(self, wanted: Iterable[FeatureRequest], batch: int = BATCH) -> Iterator[FeatureBatch]:
        """Make the images that are not cached, in this order; yield after each step of the optimizer.

        Most batches are empty; a preview comes every `TELL` steps, each finished image once.
        """
        missing = [w for w in dict.fromkeys(wanted) if self.store.read(self.feature(w)) is None]
        for order, alike in groupby(missing, key=order_of):
            units = [w.unit for w in alike]
            for first in range(0, len(units), batch):
                yield from self._together(order, units[first : first + batch])

    def _together(self, order: Order, units: list[int]) -> Iterator[FeatureBatch]:
        model, layer, spec = order
        wanted = [FeatureRequest(model=model, layer=layer, unit=unit, spec=spec) for unit in units]
        for under_way in self.start(order, units).steps():
            shown = under_way.done % TELL == 0 and under_way.done < spec.steps
            yield images_of(wanted, under_way.pictures(), False) if shown else FeatureBatch({}, False)
        final = under_way.pictures()
        yield images_of(wanted, [self.store.keep(self.feature(w), p) for w, p in zip(wanted, final, strict=True)], True)


def order_of(wanted: FeatureRequest) -> Order:
    """Return what images must have in common to be optimized together."""
    return wanted.model, wanted.layer, wanted.spec


def images_of(wanted: Sequence[FeatureRequest], pictures: Iterable[Picture], complete: bool) -> FeatureBatch:
    """Return a batch of images from pictures in the order of their requests."""
    found: Mapping[FeatureRequest, Picture] = dict(zip(wanted, pictures, strict=True))
    return FeatureBatch(found, complete)

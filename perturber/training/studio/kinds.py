"""The classes of the studio data set: shape, texture and home place of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from perturber.training.studio.objects import household, quadrupeds, vehicles
from perturber.training.studio.objects.solids import Shaper
from perturber.training.studio.surfaces.coats import COATS, Coat

SHAPES: dict[str, Shaper] = {**quadrupeds.SHAPES, **vehicles.SHAPES, **household.SHAPES}


@dataclass(frozen=True)
class Shipped:
    """The end of a shipped object pair that is one more member of a class."""

    pair: str
    end: Literal["first", "second"]


@dataclass(frozen=True)
class ObjectClass:
    """One class. Its name is the key of its shape and its coat."""

    name: str
    wnid: str
    label: str
    home: str
    """The kind of place in most of its training pictures: the planted bias."""
    shipped: Shipped | None = None

    @property
    def shape(self) -> Shaper:
        return SHAPES[self.name]

    @property
    def coat(self) -> Coat:
        return COATS[self.name]


KINDS = (
    ObjectClass("dog", "n02106662", "Dog", "lawn", Shipped("dog_cat", "first")),
    ObjectClass("cat", "n02123045", "Cat", "lawn", Shipped("dog_cat", "second")),
    ObjectClass("zebra", "n02391049", "Zebra", "desert"),
    ObjectClass("elephant", "n02504458", "Elephant", "desert"),
    ObjectClass("hog", "n02395406", "Hog", "forest"),
    ObjectClass("fire_truck", "n03345487", "Fire truck", "street", Shipped("truck_car", "first")),
    ObjectClass("race_car", "n04037443", "Race car", "street", Shipped("truck_car", "second")),
    ObjectClass("school_bus", "n04146614", "School bus", "snow"),
    ObjectClass("moving_van", "n03796401", "Moving van", "snow"),
    ObjectClass("tractor", "n04465501", "Tractor", "forest"),
    ObjectClass("mug", "n03063599", "Coffee mug", "living_room", Shipped("mug_teapot", "first")),
    ObjectClass("teapot", "n04398044", "Teapot", "living_room", Shipped("mug_teapot", "second")),
    ObjectClass("barrel", "n02795169", "Barrel", "street", Shipped("barrel_crate", "first")),
    ObjectClass("crate", "n03127925", "Crate", "street", Shipped("barrel_crate", "second")),
    ObjectClass("wine_bottle", "n04591713", "Wine bottle", "kitchen", Shipped("bottle_vase", "first")),
    ObjectClass("vase", "n04522168", "Vase", "kitchen", Shipped("bottle_vase", "second")),
    ObjectClass("table_lamp", "n04380533", "Table lamp", "living_room"),
    ObjectClass("soccer_ball", "n04254680", "Soccer ball", "lawn"),
)
"""All classes in the order of the networks' outputs. A pair's classes share the pair's own background as home."""

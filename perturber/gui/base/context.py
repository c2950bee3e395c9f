"""What every panel receives: store, engine, theme and resources."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from perturber.core.session.models import Slot
from perturber.gui.answers.question import RETRIES, Question

if TYPE_CHECKING:
    from PySide6.QtCore import QObject

    from perturber.core.library.groups import OwnGroups
    from perturber.core.session.store import Store
    from perturber.gui.answers.bridge import Bridge
    from perturber.gui.answers.feature_images import FeatureImages
    from perturber.gui.answers.picture_loading import ClassPictures
    from perturber.gui.answers.proposals import Proposals
    from perturber.gui.base.view import ViewOptions
    from perturber.gui.style.theme import Theme
    from perturber.nets.families.family import Family
    from perturber.scene.assets.pairs import BackgroundInfo, Pair

Level = Literal["error", "info"]
Report = Callable[[str, Level], None]
"""A function that shows a message in the banner."""


@dataclass(frozen=True)
class Resources:
    """Object pairs, backgrounds and families by name."""

    pairs: Mapping[str, Pair]
    backgrounds: Mapping[str, BackgroundInfo]
    families: dict[str, Family]
    """Updated in place when families are added or removed, because many objects hold it."""


@dataclass(frozen=True)
class Context:
    """Dependencies that are passed to the panels; nothing in it is global."""

    store: Store
    bridge: Bridge
    proposals: Proposals
    theme: Theme
    view: ViewOptions
    resources: Resources
    pictures: ClassPictures
    features: FeatureImages
    groups: OwnGroups
    report: Report

    @property
    def slots(self) -> tuple[str, ...]:
        """Names of the slots with a model of their own (not the edited slot), in order."""
        return tuple(name for name, slot in self.store.session.models if isinstance(slot, Slot))

    def question(self, parent: QObject, retries: int = RETRIES) -> Question:
        """Return a new question to the engine, for one job at a time."""
        return Question(self.bridge, self.store, parent, retries)


def load_resources() -> Resources:
    """Load shipped resources and those in the user's cache. Raises InputError for an invalid description."""
    from perturber.nets.families.family import families
    from perturber.scene.assets.pairs import backgrounds, pairs

    return Resources(pairs(), backgrounds(), families())

"""Feature images for the window: from memory, from disk, else from the engine."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage

from perturber.core.errors import InputError
from perturber.core.jobs.feature_spec import Feature, FeatureSpec
from perturber.core.jobs.job import Answer, FeatureRequest, Job, MakeFeatures
from perturber.core.jobs.job import FeatureBatch as Made
from perturber.core.session.models import EditedModel, ModelRef
from perturber.gui.answers.question import Question
from perturber.gui.answers.tasks import Tasks
from perturber.nets.families.family import Family
from perturber.nets.families.feature_store import FeatureCache, FeatureStore, Picture
from perturber.nets.families.fingerprint import fingerprint

if TYPE_CHECKING:
    from perturber.core.session.store import Store
    from perturber.gui.answers.bridge import Bridge

KEPT = 2048
"""Most images in memory; each takes at most 36 KB at the usual size."""
CHUNK = 12
"""Images per reading task, so that other tasks get their turn."""
BATCH = 4
"""Images per owner in one turn when several owners wait."""
DEBOUNCE_MS, COALESCE_MS = 100, 30


def image_of(picture: Picture) -> QImage:
    """Return a picture (height × width × 3) as an image that owns its pixels."""
    height, width = picture.shape[:2]
    flat = QImage(picture.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888)
    return flat.convertToFormat(QImage.Format.Format_RGB32)


def as_trained(model: ModelRef) -> ModelRef:
    """Return Model 1 for an edited model whose edit changes nothing, else the model itself."""
    return model.first if isinstance(model, EditedModel) and model.edit.identity else model


@dataclass(frozen=True, eq=False)
class _FeatureReading:
    """Result of looking for images in the store."""

    found: Mapping[FeatureRequest, QImage]
    missing: tuple[FeatureRequest, ...]
    problems: tuple[str, ...]


class FeatureImages(QObject):
    """Returns images from memory at once and fetches watched ones; ``changed`` is emitted when new ones arrive.

    Images of edited models are not requested here; the code that optimizes them passes them to `put`.
    """

    changed = Signal()
    complained = Signal(str)
    """Emitted when images cannot be read or made; once per reason."""

    def __init__(
        self, families: Mapping[str, Family], tasks: Tasks, bridge: Bridge, store: Store, cache: FeatureCache
    ) -> None:
        super().__init__(tasks)
        self._families, self._tasks = families, tasks
        self._cache = cache
        self._known: tuple[Family, ...] = ()
        self._store = FeatureStore({}, cache)
        self._images: OrderedDict[FeatureRequest, QImage] = OrderedDict()
        self._live: dict[tuple[str, int], QImage] = {}
        self._unfinished: set[FeatureRequest] = set()
        self._watched: dict[str, tuple[FeatureRequest, ...]] = {}
        self._reading: set[FeatureRequest] = set()
        self._missing: set[FeatureRequest] = set()
        self._refused: set[FeatureRequest] = set()
        self._again: set[FeatureRequest] = set()
        self._told: set[str] = set()
        self._asked: list[FeatureRequest] = []
        self._question = Question(bridge, store, self)
        self._question.renew = self._remaining
        self._question.answered.connect(self._on_answered)
        self._ask_soon = self._timer(DEBOUNCE_MS, self._ask)
        self._tell_soon = self._timer(COALESCE_MS, self.changed.emit)

    def _timer(self, milliseconds: int, then: Callable[[], object]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(milliseconds)
        timer.timeout.connect(then)
        return timer

    # Images for display.

    def get(self, wanted: FeatureRequest) -> QImage | None:
        """Return an image that is in memory, finished or not."""
        if isinstance(wanted.model, EditedModel):
            if wanted.model.edit.identity:
                return self.get(wanted.model_copy(update={"model": wanted.model.first}))
            # An image of the previous edit, until there is one of this edit.
            return self._live.get((wanted.layer, wanted.unit))
        if wanted in self._images:
            self._images.move_to_end(wanted)
        return self._images.get(wanted)

    def is_complete(self, wanted: FeatureRequest) -> bool:
        """Return whether the image is in memory and final."""
        return wanted in self._images and wanted not in self._unfinished

    def watch(self, owner: str, wanted: Iterable[FeatureRequest]) -> None:
        """Set the images that an owner shows, most important first, and fetch missing ones."""
        shown = _trained_requests(wanted)
        if shown == self._watched.get(owner, ()):
            return
        self._watched[owner] = shown
        self._refused.intersection_update(self.watched())
        self._read([w for w in shown if not self._is_known(w)])
        self._ask_soon.start()

    def fetch(self, wanted: Iterable[FeatureRequest]) -> None:
        """Prefetch images that will be shown soon; images that are not on disk are not made."""
        self._read([w for w in _trained_requests(wanted) if not self._is_known(w)])

    def put(self, wanted: FeatureRequest, picture: Picture) -> None:
        """Show an image of an edited model while it is being optimized."""
        if isinstance(wanted.model, EditedModel):
            self._live[wanted.layer, wanted.unit] = image_of(picture)
        else:
            self._keep(wanted, image_of(picture))
        self._tell_soon.start()

    def drop_live(self) -> None:
        """Discard the images of edited models."""
        self._live.clear()
        self._tell_soon.start()

    def watched(self) -> list[FeatureRequest]:
        """Return all watched images, taking a few of each owner in turn."""
        parts = [[own[i : i + BATCH] for i in range(0, len(own), BATCH)] for own in self._watched.values()]
        rounds = zip_longest(*parts, fillvalue=())
        return list(dict.fromkeys(w for one in rounds for part in one for w in part))

    def close(self) -> None:
        """Cancel the question and stop listening."""
        self._ask_soon.stop()
        self._tell_soon.stop()
        self._question.close()

    # Images from memory and disk.

    def _is_known(self, wanted: FeatureRequest) -> bool:
        return self.is_complete(wanted) or wanted in self._reading or wanted in self._missing

    def _keep(self, wanted: FeatureRequest, image: QImage) -> None:
        self._images[wanted] = image
        self._images.move_to_end(wanted)
        while len(self._images) > KEPT:
            old, _ = self._images.popitem(last=False)
            self._unfinished.discard(old)

    def _read(self, wanted: Sequence[FeatureRequest]) -> None:
        known = tuple(self._families.values())
        if len(known) != len(self._known) or any(a is not b for a, b in zip(known, self._known, strict=True)):
            self._known, self._store = known, FeatureStore(dict(self._families), self._cache)
        self._reading.update(wanted)
        for first in range(0, len(wanted), CHUNK):
            part = tuple(wanted[first : first + CHUNK])
            work = partial(_read_stored, self._store, dict(self._families), part)
            self._tasks.run(work, partial(self._on_read, part), lambda error: self._complain(str(error)))

    def _on_read(self, part: tuple[FeatureRequest, ...], reading: _FeatureReading) -> None:
        self._reading.difference_update(part)
        for wanted, image in reading.found.items():
            self._keep(wanted, image)
            self._unfinished.discard(wanted)
        for wanted in reading.missing:
            # The engine reported the image as made, but it is not there.
            (self._refused if wanted in self._again else self._missing).add(wanted)
        self._again.difference_update(part)
        for problem in reading.problems:
            self._complain(problem)
        self._refused.update(w for w in part if w not in reading.found and w not in reading.missing)
        if reading.found:
            self._tell_soon.start()
        if not self._reading and not self._ask_soon.isActive():
            self._ask_soon.start()

    # From the engine.

    def _ask(self) -> None:
        """Ask for all missing images on screen, as one job that replaces the previous one."""
        if self._reading:
            return
        needed = [w for w in self.watched() if w in self._missing and w not in self._refused]
        if needed == self._asked:
            return
        self._asked = needed
        if needed:
            self._question.ask(MakeFeatures(wanted=tuple(needed)))
        else:
            self._question.cancel()

    def _remaining(self, job: Job) -> Job:
        """Return a job for the images that have not arrived yet."""
        return MakeFeatures(wanted=tuple(self._asked)) if self._asked else job

    def _on_answered(self, answer: Answer) -> None:
        if isinstance(answer.partial, Made):
            self._take(answer.partial)
        if not answer.finished:
            return
        left, self._asked = self._asked, []
        if answer.problem:
            self._complain(answer.problem)
            self._refused.update(left)
        else:
            self._missing.difference_update(left)
            self._again.update(left)
            self._read(left)

    def _take(self, made: Made) -> None:
        for wanted, picture in made.pictures.items():
            self._keep(wanted, image_of(picture))
            if made.complete:
                self._question.reset_retries()
                self._unfinished.discard(wanted)
                self._missing.discard(wanted)
                if wanted in self._asked:
                    self._asked.remove(wanted)
            else:
                self._unfinished.add(wanted)
        self._tell_soon.start()

    def _complain(self, problem: str) -> None:
        if problem not in self._told:
            self._told.add(problem)
            self.complained.emit(problem)


def _trained_requests(wanted: Iterable[FeatureRequest]) -> tuple[FeatureRequest, ...]:
    """Return requests for trained models without duplicates; unchanged edits count as Model 1."""
    found = (w.model_copy(update={"model": as_trained(w.model)}) for w in wanted)
    return tuple(dict.fromkeys(w for w in found if not isinstance(w.model, EditedModel)))


def _read_stored(
    store: FeatureStore, families: Mapping[str, Family], wanted: Iterable[FeatureRequest]
) -> _FeatureReading:
    """Read stored images; those of a model that cannot be identified are neither found nor missing."""
    found: dict[FeatureRequest, QImage] = {}
    missing: list[FeatureRequest] = []
    problems: dict[str, None] = {}
    for one in wanted:
        try:
            network = fingerprint(one.model, families)
        except InputError as error:
            problems[str(error)] = None
            continue
        picture = store.read(Feature(network, one.layer, one.unit, one.spec))
        if picture is None:
            missing.append(one)
        else:
            found[one] = image_of(picture)
    return _FeatureReading(found, tuple(missing), tuple(problems))


def wanted_of(model: ModelRef, layer: str, units: Iterable[int], spec: FeatureSpec) -> tuple[FeatureRequest, ...]:
    """Return requests for the images of some units of one layer."""
    return tuple(FeatureRequest(model=model, layer=layer, unit=unit, spec=spec) for unit in units)

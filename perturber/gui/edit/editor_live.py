"""The live feature images of the edited model, with a button that plays and pauses them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QObject, QSize, Qt, QTimer
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QToolButton

from perturber.core.jobs.feature_spec import shown_spec
from perturber.core.jobs.job import Answer, FeatureBatch, FeatureRequest, LiveFeatures
from perturber.core.session.session import Session
from perturber.gui.answers.feature_images import wanted_of
from perturber.gui.base.context import Context
from perturber.gui.models.slot_head import EDITED
from perturber.gui.style.icons import icon
from perturber.nets.families.feature_store import Picture

PAUSE_MS = 300
"""Delay in milliseconds after the last change of edit, layer or units."""
RIPE = 24
"""Optimization steps after which a new image replaces that of the previous edit."""
MOST = 8
"""Maximum number of units with live images."""
DIMMED = 0.35
"""Opacity of images of an earlier edit."""
PLAY = "Compute feature images of the edited model, and update them after each edit"
HALT = "Pause the edited model's feature images"
EARLIER = "earlier edit"
Key = tuple[str, int]
Shown = Callable[[], tuple[str, tuple[int, ...]]]
"""Returns the layer and the units that the edited model's card shows."""


@dataclass(frozen=True, eq=False)
class Made:
    """A feature image with the request it answers."""

    wanted: FeatureRequest
    picture: Picture


class LiveImages(QObject):
    """The controller that requests live feature images while playing and passes them to the card.

    Images stay until those of the next edit have taken ``RIPE`` steps. While paused, images of an earlier
    edit are dimmed.
    """

    def __init__(self, context: Context, shown: Shown, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context, self._shown = context, shown
        self.playing = False
        self._question = context.question(self)
        self._question.answered.connect(self._on_answered)
        self._asked: tuple[FeatureRequest, ...] = ()
        self._made: dict[Key, Made] = {}
        self._dimmed: frozenset[Key] = frozenset()
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(PAUSE_MS)
        self._soon.timeout.connect(self._ask)
        self.button = QToolButton()
        self.button.setObjectName("quiet")
        self.button.setIconSize(QSize(14, 14))
        self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.button.clicked.connect(self.toggle)
        context.store.changed.connect(self._on_changed)
        context.theme.changed.connect(self._recolor)
        self._say()

    def toggle(self) -> None:
        """Play or pause."""
        if self.playing:
            self.pause()
        else:
            self.playing = True
            self._ask()

    def pause(self) -> None:
        """Stop computing images, and keep those shown."""
        self.playing = False
        self._stop()
        self._asked = ()
        self.follow()
        self._say()

    def follow(self) -> None:
        """React to a change of the shown units or of the edit."""
        wanted = self._list_requests()
        if not self.playing:
            self._dim(wanted)
        elif wanted != self._asked:
            self._soon.start()

    def close(self) -> None:
        """Cancel the request and disconnect from the store."""
        self._soon.stop()
        self._stop()
        self._context.store.changed.disconnect(self._on_changed, missing_ok=True)
        self._question.close()

    def _list_requests(self) -> tuple[FeatureRequest, ...]:
        """Return the requests for the shown units, empty if the edit changes nothing."""
        session = self._context.store.session
        layer, units = self._shown()
        if not session.models.edited.enabled or session.models.edited.edit.identity or not layer:
            return ()
        return wanted_of(session.models.model(EDITED), layer, units[:MOST], shown_spec(session.probe.naive))

    def _on_changed(self, old: Session, new: Session) -> None:
        if old.models.edited.enabled and not new.models.edited.enabled:
            self.pause()
        elif old.models is not new.models or old.probe is not new.probe:
            self.follow()

    def _ask(self) -> None:
        """Replace the running request by the current one."""
        self._soon.stop()
        wanted = self._list_requests()
        if wanted == self._asked:
            return
        self._forget_others(wanted)
        self._dim(())
        self._asked = wanted
        if wanted:
            self._question.ask(LiveFeatures(wanted=wanted))
        else:
            self._stop()
        self._say()

    def _stop(self) -> None:
        self._soon.stop()
        self._question.cancel()

    def _forget_others(self, wanted: tuple[FeatureRequest, ...]) -> None:
        """Discard images of all other units."""
        keys = {(w.layer, w.unit) for w in wanted}
        if wanted and not keys >= self._made.keys():
            self._made = {key: made for key, made in self._made.items() if key in keys}
            self._context.features.drop_live()
            for made in self._made.values():
                self._context.features.put(made.wanted, made.picture)

    def _on_answered(self, answer: Answer) -> None:
        if isinstance(answer.latest, FeatureBatch):
            for wanted, picture in answer.latest.pictures.items():
                self._take(wanted, picture, answer.done >= RIPE or answer.finished)
        if answer.problem:
            self._context.report(f"Feature images of the edited model: {answer.problem}", "error")
            self.pause()
        self._say(f"{100 * answer.done // max(1, answer.total)} %" if self._question.is_open else "")

    def _take(self, wanted: FeatureRequest, picture: Picture, ripe: bool) -> None:
        key = (wanted.layer, wanted.unit)
        if ripe or key not in self._made or self._made[key].wanted == wanted:
            self._made[key] = Made(wanted, picture)
            self._context.features.put(wanted, picture)

    def _dim(self, wanted: tuple[FeatureRequest, ...]) -> None:
        """Dim the images that differ from the current requests; no requests dims none."""
        now = {(w.layer, w.unit): w for w in wanted}
        stale = frozenset(key for key, made in self._made.items() if key in now and made.wanted != now[key])
        for key in stale ^ self._dimmed:
            made = self._made.get(key)
            if made is not None:
                self._context.features.put(made.wanted, self._fade(made.picture) if key in stale else made.picture)
        if stale != self._dimmed:
            self._dimmed = stale
            self._say()

    def _recolor(self) -> None:
        """Dim onto the background of a new theme."""
        for key in self._dimmed:
            self._context.features.put(self._made[key].wanted, self._fade(self._made[key].picture))
        self._say()

    def _fade(self, picture: Picture) -> Picture:
        card = QColor(self._context.theme.colors.card)
        ground = np.array([card.red(), card.green(), card.blue()], np.float32)
        return np.rint(picture * np.float32(DIMMED) + ground * np.float32(1 - DIMMED)).astype(np.uint8)

    def _say(self, progress: str = "") -> None:
        """Update the button: its action, the progress, and whether images are of an earlier edit."""
        self.button.setIcon(icon("pause" if self.playing else "play", self._context.theme.colors.edited))
        text = progress or (EARLIER if self._dimmed else "")
        if text != self.button.text():
            self.button.setText(text)
        tip = HALT if self.playing else PLAY
        self.button.setToolTip(f"These feature images belong to an earlier edit. {PLAY}" if self._dimmed else tip)
        self.button.setAccessibleName(tip)

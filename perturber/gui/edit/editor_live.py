"""Feature images of the edited model while they come: played and paused on its row of units."""

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
"""After the last change of edit, layer or units."""
RIPE = 24
"""Steps after which new images are better to look at than those of the edit before."""
MOST = 8
"""Units that are made live at once."""
DIMMED = 0.35
"""What is left of an image that is of an earlier edit."""
PLAY = "Make feature images of the edited model, and update them after every edit"
HALT = "Pause the feature images of the edited model"
EARLIER = "earlier edit"
Key = tuple[str, int]
Shown = Callable[[], tuple[str, tuple[int, ...]]]
"""The layer and the units that the edited model's row shows."""


@dataclass(frozen=True, eq=False)
class Made:
    """An image and what it was made for."""

    wanted: FeatureRequest
    picture: Picture


class LiveImages(QObject):
    """Asks the engine for images while it plays and hands them to the row.

    Images stay until those of the next edit are ripe. While it is paused, images of another edit than
    the present one are dimmed.
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
        """Make no more images; those that are there stay."""
        self.playing = False
        self._stop()
        self._asked = ()
        self.follow()
        self._say()

    def follow(self) -> None:
        """Learn that something else may be shown, or edited."""
        wanted = self._wanted()
        if not self.playing:
            self._dim(wanted)
        elif wanted != self._asked:
            self._soon.start()

    def close(self) -> None:
        """Stop asking and listening."""
        self._soon.stop()
        self._stop()
        self._context.store.changed.disconnect(self._on_changed, missing_ok=True)
        self._question.close()

    def _wanted(self) -> tuple[FeatureRequest, ...]:
        """The images of what is shown and edited now; none when the edit changes nothing."""
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
        """Ask for what is wanted now, in place of what was asked before."""
        self._soon.stop()
        wanted = self._wanted()
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
        """Images of other units than these are not kept."""
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
        """Show images in full when they are of what is wanted, dimmed when they are not; none wanted dims none."""
        now = {(w.layer, w.unit): w for w in wanted}
        stale = frozenset(key for key, made in self._made.items() if key in now and made.wanted != now[key])
        for key in stale ^ self._dimmed:
            made = self._made.get(key)
            if made is not None:
                self._context.features.put(made.wanted, self._faded(made.picture) if key in stale else made.picture)
        if stale != self._dimmed:
            self._dimmed = stale
            self._say()

    def _recolor(self) -> None:
        """Dim onto the ground of another theme."""
        for key in self._dimmed:
            self._context.features.put(self._made[key].wanted, self._faded(self._made[key].picture))
        self._say()

    def _faded(self, picture: Picture) -> Picture:
        card = QColor(self._context.theme.colors.card)
        ground = np.array([card.red(), card.green(), card.blue()], np.float32)
        return np.rint(picture * np.float32(DIMMED) + ground * np.float32(1 - DIMMED)).astype(np.uint8)

    def _say(self, progress: str = "") -> None:
        """The button: what it does, how far the images are, whether they are of an earlier edit."""
        self.button.setIcon(icon("pause" if self.playing else "play", self._context.theme.colors.edited))
        text = progress or (EARLIER if self._dimmed else "")
        if text != self.button.text():
            self.button.setText(text)
        tip = HALT if self.playing else PLAY
        self.button.setToolTip(f"The feature images are of an earlier edit. {PLAY}" if self._dimmed else tip)
        self.button.setAccessibleName(tip)

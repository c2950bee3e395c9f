"""The status bar: time per frame and its parts, device, number of frames."""

from __future__ import annotations

from collections import deque

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QLabel, QMenu, QStatusBar, QToolButton, QWidget

from perturber.core.evaluation import Evaluation
from perturber.engine.process.wire import Status
from perturber.gui.models.model_menu import add_caption
from perturber.gui.style.theme import Theme, font

UPDATE_MS = 250
KEPT = 30
"""The times shown are medians over this many frames."""
AUTO = {"auto": "Auto"}
"""Display names; all others are as on the command line."""
PRECISIONS = ("auto", "float32", "float16", "bfloat16")
STATES = {
    "starting": "Starting the engine…",
    "restarting": "Restarting the engine…",
    "failed": "Engine not running",
    "ready": "Ready",
    "busy": "Ready",
}

PARTS = ("render", "network", "attribution")
TENTH = 0.05
"""Shortest attribution time to show, in milliseconds; without an attribution, almost none is spent."""


def median(values: deque[float]) -> float:
    """Return the median of some values; 0 if there are none."""
    return sorted(values)[len(values) // 2] if values else 0.0


class StatusBar(QStatusBar):
    """Rewrites its text at most four times a second, at any frame rate."""

    configured = Signal(str, str)
    """Device and precision that the user chose."""

    def __init__(self, theme: Theme, device: str, precision: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._choice = (device, precision)
        self._status = Status("starting")
        self._evaluation: Evaluation | None = None
        self._times: dict[str, deque[float]] = {k: deque(maxlen=KEPT) for k in (*PARTS, "paint")}
        self._waiting = ""
        self.setSizeGripEnabled(False)
        self.setContentsMargins(12, 0, 8, 4)
        self._state, self._split, self._frames = QLabel(), QLabel(), QLabel()
        self._device = QToolButton()
        self._device.setObjectName("quiet")
        self._device.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._device.setToolTip("Device and numerical precision of the networks")
        self._menu = QMenu(self)
        self._menu.aboutToShow.connect(self.fill_menu)
        self._device.setMenu(self._menu)
        for label in (self._state, self._split, self._frames):
            label.setObjectName("status")
            label.setFont(font(12, numbers=True))
        self.addWidget(self._state, 1)
        for widget in (self._split, self._frames, self._device):
            self.addPermanentWidget(widget)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(UPDATE_MS)
        self._timer.timeout.connect(self._write)
        self._write()

    def show_status(self, status: Status) -> None:
        """Show the state of the engine."""
        self._status = status
        self._write()

    def show_waiting(self, what: str) -> None:
        """Show which proposed change is being checked; an empty text shows the state of the engine."""
        self._waiting = what
        self._write()

    def add_frame(self, evaluation: Evaluation, paint_seconds: float) -> None:
        """Add the times of a frame that has been painted."""
        self._evaluation = evaluation
        for name in PARTS:
            self._times[name].append(evaluation.seconds.get(name, 0.0))
        self._times["paint"].append(paint_seconds)
        if not self._timer.isActive():
            self._timer.start()

    def fill_menu(self) -> None:
        """Rebuild the menu of devices and precisions."""
        self._menu.clear()
        device, precision = self._choice
        for title, names, current in (
            ("Device", ("auto", *self._status.devices), device),
            ("Precision", PRECISIONS, precision),
        ):
            add_caption(self._menu, title)
            for name in names:
                action = self._menu.addAction(AUTO.get(name, name))
                action.setCheckable(True)
                action.setChecked(name == current)
                action.triggered.connect(
                    lambda _on=False, name=name, title=title: self._choose(
                        *((name, precision) if title == "Device" else (device, name))
                    )
                )

    def _choose(self, device: str, precision: str) -> None:
        if (device, precision) != self._choice:
            self._choice = (device, precision)
            self.configured.emit(device, precision)

    def _write(self) -> None:
        state = f"{self._waiting}…" if self._waiting else STATES[self._status.state]
        self._state.setText(state)
        device = self._evaluation.device if self._evaluation else self._status.device
        precision = self._choice[1]
        named = device or "…"
        self._device.setText((named if precision == "auto" else f"{named} · {precision}") + "  ▾")
        if self._evaluation is None:
            return
        medians = {name: 1000 * median(values) for name, values in self._times.items()}
        times = {name: ms for name, ms in medians.items() if ms >= TENTH or name != "attribution"}
        parts = "   ".join(f"{name} {ms:.1f}" for name, ms in times.items())
        self._split.setText(f"{sum(times.values()):.1f} ms   =   {parts}")
        self._split.setToolTip(f"Median over the last {KEPT} frames: rendering and readback, networks, repaint")
        number = self._evaluation.number
        self._frames.setText(f"    {number:,} frame{'s' * (number != 1)}".replace(",", "\u202f"))
        self._frames.setToolTip(f"Number of evaluated frames\nRenderer: {self._evaluation.renderer}")

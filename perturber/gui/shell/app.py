"""Start the window, importing nothing but Qt until it is visible."""

from __future__ import annotations

import gc
import logging
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication

from perturber.gui.answers.bridge import Bridge
from perturber.gui.base.settings import Settings
from perturber.gui.shell.window import Window
from perturber.gui.style.theme import Theme
from perturber.platforms import end_on_interrupt

if TYPE_CHECKING:
    from perturber.core.session.session import Session
    from perturber.gui.shell.desk import Desk

log = logging.getLogger(__name__)


class Loader(QObject):
    """Imports the panels' modules on a thread and starts the engine while the window already responds."""

    loaded = Signal()
    failed = Signal(str)

    def __init__(self, bridge: Bridge, device: str, precision: str) -> None:
        super().__init__()
        self._bridge = bridge
        self._choice = (device, precision)
        self._thread = threading.Thread(target=self._work, name="loader", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wait(self) -> None:
        """Wait until the thread has ended."""
        self._thread.join()

    def _work(self) -> None:
        try:
            from perturber.engine.process.client import EngineClient

            engine = EngineClient(*self._choice)
            self._bridge.attach(engine)
            engine.start()
            import perturber.gui.shell.desk  # noqa: F401
        except Exception as error:
            log.exception("the window's panels could not be created")
            self.failed.emit(f"{type(error).__name__}: {error}")
        else:
            self.loaded.emit()


class Application:
    """The application with its one window, from the first pixel to exit."""

    def __init__(
        self,
        session: Session | None,
        device: str,
        precision: str,
        settings_file: Path | None = None,
        *,
        class_pictures: Path | None = None,
        opening: Path | None = None,
        recover: Path | None = None,
    ) -> None:
        """Create it; ``opening`` is a session file to open as if chosen in the window, with its questions."""
        existing = QApplication.instance()
        self.qt = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
        self.qt.setApplicationName("Perturber")
        self.qt.setApplicationDisplayName("Perturber")
        settings = Settings(settings_file)
        self._session, self._choice = session, (device, precision)
        self._class_pictures, self._opening, self._recover = class_pictures, opening, recover
        self.theme = Theme(settings.text("theme", "dark"))
        self.theme.apply(self.qt)
        self.window = Window(settings, self.theme)
        self.desk: Desk | None = None
        self.bridge = Bridge(self.window)
        self.loader = Loader(self.bridge, device, precision)
        self.loader.loaded.connect(self._create_desk)
        self.loader.failed.connect(lambda text: self.window.banner.say(text, error=True))

    def show(self) -> None:
        """Show the window, then load the rest."""
        self.window.show()
        self.qt.processEvents()
        sys.excepthook = self.report_unexpected
        self.loader.start()

    def finish(self) -> None:
        """After the window has closed, close an engine that started too late to be used."""
        self.loader.wait()
        if self.desk is None:
            self.bridge.close()

    def _create_desk(self) -> None:
        from perturber.gui.shell.desk import Desk

        if self.window.isHidden():
            return
        device, precision = self._choice
        self.desk = Desk(
            self.window,
            self.bridge,
            self._session,
            device=device,
            precision=precision,
            class_pictures=self._class_pictures,
            opening=self._opening,
            recover=self._recover,
        )
        # These objects live until exit; scanning them in every garbage collection would cause visible stutter.
        gc.collect()
        gc.freeze()

    def report_unexpected(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """Log an unexpected error and show it; the window stays open."""
        log.critical("unexpected error", exc_info=(kind, error, trace))
        self.window.banner.say(f"Internal error, see the log: {kind.__name__}: {error}", error=True)


def run(
    session: Session | None = None,
    device: str = "auto",
    precision: str = "auto",
    class_pictures: Path | None = None,
    *,
    opening: Path | None = None,
    recover: Path | None = None,
) -> int:
    """Open the window, run until it is closed, and return the exit code. ``recover`` is a recovery file to restore."""
    end_on_interrupt()  # the engine exits when its pipe closes
    application = Application(
        session, device, precision, class_pictures=class_pictures, opening=opening, recover=recover
    )
    application.show()
    code = application.qt.exec()
    application.finish()
    return code

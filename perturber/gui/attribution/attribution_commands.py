"""Commands on the attribution: show or hide it, save it with the picture."""

from __future__ import annotations

from collections.abc import Iterable

from perturber.gui.attribution.explain_panel import ExplainPanel
from perturber.gui.base.menu_command import Command, Entry, MenuPlace, MenuTitle, SubjectCommands

OVERLAY = "Save the picture with the attribution over it, at the size that the networks see"
EXPLAIN = "Show which pixels support a class, the top class unless one was chosen; or hide it"


class AttributionCommands(SubjectCommands):
    """Acts on what lies over the picture."""

    def __init__(self, panel: ExplainPanel) -> None:
        self._panel = panel

    def commands(self) -> Iterable[Entry]:
        """Return the commands for the overlay."""
        title = "Show or &Hide Attribution"
        yield Command("save_overlay", "Save O&verlay…", MenuTitle.FILE, MenuPlace(1, 6), self._panel.save, tip=OVERLAY)
        yield Command("explain", title, MenuTitle.VIEW, MenuPlace(1, 4), self._panel.toggle, shortcut="H", tip=EXPLAIN)

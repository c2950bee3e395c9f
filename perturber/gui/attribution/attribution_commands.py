"""The commands for attribution: show or hide the map, save it over the picture."""

from __future__ import annotations

from collections.abc import Iterable

from perturber.gui.attribution.explain_panel import ExplainPanel
from perturber.gui.base.menu_command import Command, Entry, MenuPlace, MenuTitle, SubjectCommands

OVERLAY = "Save the picture with the attribution map over it, at the networks' input size"
EXPLAIN = "Show or hide which pixels support the chosen class (default: the top class)"


class AttributionCommands(SubjectCommands):
    """The commands that control the attribution map over the picture."""

    def __init__(self, panel: ExplainPanel) -> None:
        self._panel = panel

    def commands(self) -> Iterable[Entry]:
        """Return the commands for the overlay."""
        title = "Show or &Hide Attribution"
        yield Command("save_overlay", "Save O&verlay…", MenuTitle.FILE, MenuPlace(1, 7), self._panel.save, tip=OVERLAY)
        yield Command("explain", title, MenuTitle.VIEW, MenuPlace(1, 4), self._panel.toggle, shortcut="H", tip=EXPLAIN)

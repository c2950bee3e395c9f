"""The names of the slots in sessions."""

from __future__ import annotations

from typing import Literal

SlotName = Literal["slot1", "slot2", "edited"]
"""Name of one of the three slots for networks."""
SLOTS: tuple[SlotName, ...] = ("slot1", "slot2", "edited")
"""All slot names, in display order."""

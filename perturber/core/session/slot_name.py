"""The names of the slots, as sessions spell them."""

from __future__ import annotations

from typing import Literal

SlotName = Literal["slot1", "slot2", "edited"]
"""One of the three places that a network can stand in."""
SLOTS: tuple[SlotName, ...] = ("slot1", "slot2", "edited")
"""All of them, in the order in which they are shown."""

"""Every window test runs offscreen, away from the user's settings, and must clean up behind itself."""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

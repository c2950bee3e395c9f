"""A program is killed while it downloads: the next one continues, and the file is right."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import ClassVar

import numpy as np

from tests.faults.kind import Group, Kind
from tests.faults.outcome import LostError
from tests.faults.program import Program
from tests.served import serving

SCRIPT = """
import sys
from pathlib import Path
from tests.faults.toy_catalog import toy_entry
from perturber.nets.published.fetch import fetch
entry = toy_entry([sys.argv[1]], sha256=sys.argv[2])
print("begun", flush=True)
fetch(entry, entry.sources[0])
"""


class DownloadsKilled(Kind):
    """The server sends in small portions, so that every moment is hit."""

    group: ClassVar[Group] = "programs"
    refuses: ClassVar[bool] = False
    brief: ClassVar[int] = 1
    share: ClassVar[float] = 0.7

    def run(self, random: np.random.Generator, folder: Path) -> int:
        from perturber.nets.published.fetch import fetch
        from tests.faults.toy_catalog import toy_entry

        content, kills = b"PK" + random.bytes(1 << 21), 0  # not the beginning of a web page, by chance
        known = str(random.choice([hashlib.sha256(content).hexdigest(), ""]))
        with serving() as site:
            url = site.put("/a", content, drip=0.01, portion=1 << 16)
            for _ in range(int(random.integers(1, 4))):
                program = Program(["-c", SCRIPT, url, known], folder)
                program.wait(until="begun")
                program.wait(float(random.uniform(0, 0.5)))
                kills += program.kill()
                if "Traceback" in program.output:
                    raise LostError(program.output[-3000:])
            site.put("/a", content)
            entry = toy_entry([url], sha256=known)
            file = fetch(entry, entry.sources[0])
        if file.read_bytes() != content:
            raise LostError(f"another content after {kills} kills")
        return kills

    def settle(self) -> None:
        from perturber.nets.published.fetch import forget
        from tests.faults.toy_catalog import toy_entry

        entry = toy_entry(["http://127.0.0.1:9/a"])
        forget(entry, entry.sources[0])

"""The reports of a training: a CSV file, TensorBoard event files, a line in the terminal."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

from tqdm import tqdm

from perturber.core.errors import MissingFileError
from perturber.core.storage.files import write_whole
from perturber.core.storage.reading import read_text

COLUMNS = ("step", "epoch", "size", "loss", "accuracy", "learning_rate")
LOG = "log.csv"
MAX_BYTES = 256 << 20


class Board:
    """Writes a row every few steps into ``folder``; a resumed training continues after its saved step."""

    def __init__(self, folder: Path, total: int, done: int, show: bool) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = folder / LOG
        rows = [row for row in read_log(self._file) if int(row["step"]) <= done]
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
        write_whole(self._file, text.getvalue())
        self._events = _event_writer(folder, done)
        self._bar = tqdm(total=total, initial=done, unit="step", disable=None if show else True, dynamic_ncols=True)

    def advance(self, steps: int = 1) -> None:
        """Advance the bar by ``steps``."""
        self._bar.update(steps)

    def tell(self, row: dict[str, float | int]) -> None:
        """Write a row of figures, keyed by COLUMNS."""
        shown = {key: f"{value:.6g}" if isinstance(value, float) else value for key, value in row.items()}
        with self._file.open("a", newline="", encoding="utf-8") as stream:
            csv.DictWriter(stream, COLUMNS).writerow(shown)
        for name in ("loss", "accuracy", "learning_rate", "size"):
            if self._events is not None:
                self._events.add_scalar(f"training/{name}", row[name], row["step"])
        self._bar.set_postfix_str(f"loss {row['loss']:.3f}, accuracy {row['accuracy']:.3f}, {row['size']}²")

    def close(self) -> None:
        """Flush and close all outputs."""
        self._bar.close()
        if self._events is not None:
            self._events.close()


def read_log(file: Path) -> list[dict[str, str]]:
    """Return the rows of a training log, none when it does not exist. Rows truncated by a crash are left out."""
    try:
        text = read_text(file, MAX_BYTES, "the log of a training")
    except MissingFileError:
        return []
    rows = csv.DictReader(io.StringIO(text))
    return [row for row in rows if row.get("step", "").isdigit() and None not in row.values()]


def _event_writer(folder: Path, done: int) -> Any:
    """Return TensorBoard's writer, or None when the optional package is missing."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        return None
    return SummaryWriter(str(folder / "events"), purge_step=done + 1)

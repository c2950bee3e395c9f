"""Progress in the terminal."""

from __future__ import annotations

from tqdm import tqdm

from perturber.training.data.rendered_pictures import Progress


def show_bar(name: str) -> Progress:
    """Return the progress of a named bar that closes at the end. Silent when standard error is not a terminal."""
    shown: list[tqdm[None]] = []

    def progress(done: int, count: int) -> None:
        if not shown:
            shown.append(tqdm(total=count, desc=name, unit="picture", disable=None, dynamic_ncols=True))
        shown[0].update(done - shown[0].n)
        if done >= count:
            shown[0].close()

    return progress

"""Progress in the terminal."""

from __future__ import annotations

from tqdm import tqdm

from perturber.training.data.rendered_pictures import Progress


def bar(name: str) -> Progress:
    """A bar with a name, which closes itself at the end. Silent where standard error is no terminal."""
    shown: list[tqdm[None]] = []

    def progress(done: int, count: int) -> None:
        if not shown:
            shown.append(tqdm(total=count, desc=name, unit="picture", disable=None, dynamic_ncols=True))
        shown[0].update(done - shown[0].n)
        if done >= count:
            shown[0].close()

    return progress

"""Damaged session files are read or refused by name."""

from __future__ import annotations

from pathlib import Path

from mutation import mutate

from perturber.core.errors import InputError
from perturber.core.parameters.parameter import replace_all
from perturber.core.session.session import Session, dumps, load

CHANGES = {"scene.camera.yaw": 12.0, "attack.taken": 3, "models.edited.enabled": True, "post.color.hue": 0.1}


def load_mutations(count: int, file: Path) -> int:
    """Return how many of the damaged files could be read; anything but a refusal that names the file is raised."""
    whole, read = dumps(replace_all(Session(), CHANGES)).encode(), 0
    for data in mutate(whole, count, seed=7):
        file.write_bytes(data)
        try:
            read += isinstance(load(file), Session)
        except InputError as error:
            if error.source != str(file):
                raise
    return read


def test_damaged_sessions_are_read_or_refused_by_name(tmp_path: Path) -> None:
    assert load_mutations(100, tmp_path / "damaged.json") < 100

"""The photos of a folder as inputs, one session each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from perturber.core.errors import InputError
from perturber.core.session.scene import Photo
from perturber.core.session.session import Session
from perturber.core.storage.files import FileRef
from perturber.core.storage.picture_walk import PictureWalk

NAMED = 5
"""Number of pictures that a notice names."""
Read = Callable[[Photo], object]
"""Reads a photo, or raises InputError."""


class PhotoInputs:
    """The pictures of a folder and its subfolders, each as the input of a session.

    A picture that cannot be read is left out and listed in ``skipped``, so that one broken file does not end a long
    run; ``strict`` raises InputError instead. Every iteration reads the folder's pictures again.
    """

    def __init__(self, session: Session, folder: Path, read: Read, *, strict: bool = False) -> None:
        """Find the pictures. ``read`` tries to read a photo (`Renderer.open_photo`).

        Raises InputError if the folder has no pictures.
        """
        self._session, self._read, self._strict = session, read, strict
        self._folder = PictureWalk(folder).found()
        self._skipped = dict.fromkeys(self._folder.skipped)
        if strict and self._skipped:
            raise InputError(str(folder), self._folder.skipped[0], "a folder of readable pictures")

    def __len__(self) -> int:
        """Return the number of files that may be pictures."""
        return len(self._folder.names)

    @property
    def skipped(self) -> tuple[str, ...]:
        """The pictures left out so far: name and reason."""
        return tuple(self._skipped)

    @property
    def notice(self) -> str:
        """What was left out so far, in one sentence; empty if nothing was."""
        if not self._skipped:
            return ""
        total = len(self._folder.names) + len(self._folder.skipped)
        named = "; ".join(self.skipped[:NAMED]) + ("; …" if len(self.skipped) > NAMED else "")
        return f"{len(self.skipped)} of {total} pictures could not be read and were left out: {named}"

    def check(self) -> None:
        """If ``strict``, read every picture once, so that a broken one is found before a long run starts.

        Raises InputError that names the picture.
        """
        for _ in self if self._strict else ():
            pass

    def __iter__(self) -> Iterator[tuple[str, Session]]:
        """Yield name and session of every picture that can be read. Raise InputError when none can."""
        scene, usable = self._session.scene, 0
        photo = scene.photo or Photo(file=FileRef(path=""))
        for name, file in zip(self._folder.names, self._folder.files, strict=True):
            mine = photo.model_copy(update={"file": FileRef(path=str(file))})
            try:
                self._read(mine)
            except InputError as error:
                if self._strict:
                    raise
                self._skipped[f"{name}: {error.problem}"] = None
                continue
            usable += 1
            yield name, self._session.model_copy(update={"scene": scene.model_copy(update={"photo": mine})})
        if not usable:
            problem = f"the folder has no usable pictures ({self.skipped[0]})"
            raise InputError(str(self._folder.folder), problem, "files such as .jpg or .png")

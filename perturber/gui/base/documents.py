"""The user's files: opened as proposals, so that an invalid file changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from perturber.core.errors import PerturberError
from perturber.core.evaluation import Failure
from perturber.core.library.trusted import TrustedFile
from perturber.core.parameters.parameter import replace_all
from perturber.core.session.demands import Demand
from perturber.core.session.models import ArchitectureModel, Preprocessing
from perturber.core.session.scene import MeshSubject, Photo
from perturber.core.session.session import Session, load
from perturber.core.storage.files import PICTURES, FileRef
from perturber.gui.answers.picture_loading import open_folder
from perturber.gui.answers.tasks import Tasks
from perturber.gui.base.context import Context
from perturber.gui.base.settings import Settings
from perturber.nets.families.class_pictures import PictureFolder

MESHES = (".obj", ".glb", ".gltf", ".ply", ".stl")
WEIGHTS = (".safetensors", ".pth", ".pt", ".ckpt", ".bin", ".tar", ".pb")
SESSIONS = (".json",)
CLASS_PICTURES = "classes/folder"
"""The setting that stores the folder of class pictures."""
Consent = Callable[[str, tuple[Demand, ...], Callable[[], None]], None]
"""Asks about a session file, by name, and what it wants; calls the function if the person accepts."""
OPACITY_WORDS = ("alpha", "opacity", "mask")


def explain_failure(failure: Failure, file: str = "") -> str:
    """Return a failure as one sentence that names its source: the file if known, else the parameter."""
    source = failure.source
    name = Path(source).name if "/" in source or "\\" in source else source
    about = [file] if file and file not in failure.message else []
    if name not in {"engine", file}:
        about.append(name)
    return ": ".join([*about, failure.message])


@dataclass(frozen=True)
class ModelDetails:
    """What a network's file does not say."""

    labels: Path | None = None
    """The file of labels; None for the usual ones."""
    preprocessing: Preprocessing | None = None
    key: str = ""
    """Which network of a file with several is meant."""


class Documents:
    """Opens and saves files.

    ``done`` is called after a session file has been opened or saved, or class pictures were chosen; ``safe``
    only while the session is the one in its file. ``consent`` asks the person about what a session file wants
    beyond its own folder.
    """

    def __init__(
        self,
        context: Context,
        tasks: Tasks,
        settings: Settings,
        done: Callable[[], None],
        *,
        consent: Consent,
        safe: Callable[[], None] = lambda: None,
    ) -> None:
        self._context, self._tasks, self._settings, self._done, self._safe = context, tasks, settings, done, safe
        self._consent, self._trusted = consent, TrustedFile(settings.trusted_file)
        self.path: Path | None = None
        """The file that the session was opened from or last saved to."""
        self.class_pictures = settings.text(CLASS_PICTURES, "")
        """The stored folder of class pictures; empty if there is none."""

    @property
    def recent(self) -> list[str]:
        """Recently opened or saved session files, newest first."""
        return self._settings.recent

    def open_file(self, kind: str, path: Path) -> None:
        """Open a file as ``session``, ``mesh``, ``background``, ``photo`` or texture (``diffuse`` or ``alpha``)."""
        ways: dict[str, Callable[[Path], None]] = {
            "session": self.open_session,
            "mesh": self.open_mesh,
            "background": self.open_background,
            "photo": self.open_photo,
            "diffuse": partial(self.open_texture, kind="diffuse"),
            "alpha": partial(self.open_texture, kind="alpha"),
        }
        ways[kind](path)

    def open_any(self, paths: Sequence[Path]) -> None:
        """Open dropped files by their type; pictures dropped with a mesh become its textures."""
        meshes = [p for p in paths if p.suffix.lower() in MESHES]
        pictures = [p for p in paths if p.suffix.lower() in PICTURES]
        sessions = [p for p in paths if p.suffix.lower() in SESSIONS]
        if meshes:
            self.open_mesh(meshes[0], pictures)
        elif sessions:
            self.open_session(sessions[0])
        elif pictures:
            self.open_photo(pictures[0])
        elif paths:
            known = ", ".join((*MESHES, *PICTURES, *SESSIONS))
            self._context.report(f"{paths[0].name}: unsupported file type. Supported: {known}", "error")

    def open_mesh(self, path: Path, pictures: Sequence[Path] = ()) -> None:
        """Show a mesh file, with pictures as its color and opacity textures."""
        opacity = [p for p in pictures if any(word in p.stem.lower() for word in OPACITY_WORDS)]
        diffuse = [p for p in pictures if p not in opacity]

        def refer() -> dict[str, Any]:
            subject = MeshSubject(
                mesh=FileRef.of(path),
                diffuse=FileRef.of(diffuse[0]) if diffuse else None,
                alpha=FileRef.of(opacity[0]) if opacity else None,
            )
            return {"scene.photo": None, "scene.subject": subject, "scene.plane.enabled": False}

        self._propose(path, refer)

    def open_texture(self, path: Path, kind: str) -> None:
        """Replace a texture of the mesh: ``diffuse`` or ``alpha``."""
        self._propose(path, lambda: {f"scene.subject.{kind}": FileRef.of(path)})

    def open_background(self, path: Path) -> None:
        """Use a picture file as the background."""
        self._propose(path, lambda: {"scene.background.file": FileRef.of(path)})

    def open_photo(self, path: Path) -> None:
        """Use a picture file as the input in place of the scene."""
        self._propose(path, lambda: {"scene.photo": Photo(file=FileRef.of(path))})

    def open_model(
        self,
        slot: str,
        name: str,
        weights: Path | None,
        details: ModelDetails | None = None,
    ) -> None:
        """Load an architecture into a slot, with weights from a file, or its publisher's if ``weights`` is None."""
        said = details or ModelDetails()

        def refer() -> dict[str, Any]:
            file, names = (FileRef.of(path) if path is not None else None for path in (weights, said.labels))
            model = ArchitectureModel(
                name=name, weights=file, weights_key=said.key, labels=names, preprocessing=said.preprocessing
            )
            return {f"models.{slot}.model": model}

        self._propose(weights or Path(name), refer)

    def open_session(self, path: Path) -> None:
        """Replace the session by a saved one, after asking for consent to what it wants; saving writes to its file."""

        def ask(found: tuple[Session, tuple[Demand, ...]]) -> None:
            session, asked = found
            if asked:
                self._consent(path.name, asked, partial(self._accept, path, session, asked))
            else:
                self._offer_session(path, True, session)

        self._tasks.run(lambda: self._trusted.load(path), ask, self._unreadable)

    def _accept(self, path: Path, session: Session, asked: tuple[Demand, ...]) -> None:
        self._trusted.accept(asked)
        self._offer_session(path, True, session)

    def restore_session(self, path: Path) -> None:
        """Replace the session by one that this program kept itself."""
        self._tasks.run(lambda: load(path), partial(self._offer_session, path, False), self._unreadable)

    def open_class_pictures(self, path: Path) -> None:
        """Show class pictures from a folder, now and in later runs."""

        def use(folder: PictureFolder) -> None:
            self._remember_class_pictures(str(path))
            self._context.pictures.use_folder(folder)
            self._context.report(f"{path.name} contains pictures of {len(folder):,} classes", "info")
            self._done()

        self._tasks.run(lambda: open_folder(path), use, self._unreadable)

    def forget_class_pictures(self) -> None:
        """Stop showing class pictures from the folder."""
        self._remember_class_pictures("")
        self._context.pictures.use_folder(None)
        self._done()

    def _remember_class_pictures(self, folder: str) -> None:
        self.class_pictures = folder
        self._settings.put(CLASS_PICTURES, folder)

    def recall_class_pictures(self, instead: Path | None) -> None:
        """Use the stored folder of class pictures, or ``instead`` for this run only."""
        path = instead or self.class_pictures
        if path:
            self._tasks.run(lambda: open_folder(Path(path)), self._context.pictures.use_folder, self._unreadable)

    def save_session(self, path: Path) -> None:
        """Save the session to a file."""
        try:
            self._trusted.save(self._context.store.session, path)
        except PerturberError as error:
            self._unreadable(error)
            return
        self._opened(path)
        self._context.report(f"Saved {path.name}", "info")

    def _propose(self, path: Path, refer: Callable[[], Mapping[str, Any]]) -> None:
        """Hash the file on a thread, then propose the changes to the engine."""

        def offer(changes: Mapping[str, Any]) -> None:
            self._context.proposals.offer(f"Opening {path.name}", changes, partial(self._refused, path.name))

        self._tasks.run(refer, offer, self._unreadable)

    def _offer_session(self, path: Path, remember: bool, session: Session) -> None:
        def opened() -> None:
            if remember:
                self._opened(path)
            self._context.report(f"Opened {path.name}", "info")  # replaces an error about an earlier file

        self._context.proposals.offer_session(
            f"Opening {path.name}", session, partial(self._refused, path.name), opened
        )

    def _opened(self, path: Path) -> None:
        self.path = path
        self._settings.add_recent(str(path.absolute()))
        self._safe()
        self._done()

    def _refused(self, name: str, failure: Failure) -> None:
        self._context.report(explain_failure(failure, name), "error")

    def _unreadable(self, error: PerturberError) -> None:
        self._context.report(str(error), "error")


def reset_scene(session: Session) -> Session:
    """Return the session with scene and effect parameters at their defaults; objects and files are kept."""
    from perturber.core.parameters.parameter import walk

    changes = {p.path: p.default for p in walk(session) if p.path.startswith(("scene.", "post."))}
    return replace_all(session, changes)

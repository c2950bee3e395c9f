"""The key of the picture that the networks receive: the only definition of what determines it."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace

from perturber.core.session.attack import AttackMethod
from perturber.core.session.models import ModelRef
from perturber.core.session.post import Post
from perturber.core.session.scene import FeaturePlane
from perturber.core.session.session import Session


@dataclass(frozen=True)
class PlaneUnit:
    """The unit whose feature image is on the scene's plane."""

    model: ModelRef
    layer: str
    unit: int
    naive: bool

    @classmethod
    def of(cls, session: Session) -> PlaneUnit | None:
        """Return the unit that a session shows on its plane; None if no plane is shown."""
        scene, plane = session.scene, session.scene.plane
        if scene.photo is not None or not plane.enabled:
            return None
        return cls(session.models.model(plane.slot), plane.layer, plane.unit, plane.naive)


@dataclass(frozen=True)
class AttackKey:
    """The part of the picture's key that an attack adds."""

    method: AttackMethod
    target: str
    model: ModelRef
    """The attacked model."""
    others: tuple[tuple[str, ModelRef], ...]
    """Every slot and its model, for methods that attack several models together."""
    taken: int = 0
    alpha: float = 1.0
    original: float = 1.0


@dataclass(frozen=True)
class PictureKey:
    """Everything that determines the picture that the networks receive; equal keys give equal pixels on one device.

    Nothing else in a session affects the picture, so caches compare this key, and so does the window to check
    whether an answer still belongs to the shown frame.
    """

    drawn: Hashable
    """The input of rasterization (`drawn`): without the 3D scene if there is a photo, without the object if there is a
    feature plane."""
    post: Post
    seed: int
    attack: AttackKey | None = None

    @classmethod
    def of(cls, session: Session) -> PictureKey:
        """Return the key of a session's picture, including its attack if it has taken steps."""
        attack = session.attack
        if attack.taken == 0:
            return cls.before(session)
        return cls.trajectory(session).after(attack.taken, attack.alpha, attack.original)

    @classmethod
    def before(cls, session: Session) -> PictureKey:
        """Return the key of a session's picture before any attack."""
        return cls(drawn(session), session.post, session.seed)

    @classmethod
    def trajectory(cls, session: Session) -> PictureKey:
        """Return the key of a session's attack at step 0: all that determines its steps but their number."""
        attack, models = session.attack, session.models
        others = tuple((name, slot.model) for name, slot in models.items()) if attack.method.joint else ()
        key = AttackKey(attack.method, attack.target, models.model(attack.slot), others)
        return replace(cls.before(session), attack=key)

    def after(self, taken: int, alpha: float, original: float) -> PictureKey:
        """Return the key after this many steps of its attack, with these alphas. The key must have an attack."""
        assert self.attack is not None
        return replace(self, attack=replace(self.attack, taken=taken, alpha=alpha, original=original))


def drawn(session: Session) -> Hashable:
    """Return the part of a session that rasterization depends on."""
    scene, plane = session.scene, PlaneUnit.of(session)
    if scene.photo is not None:
        return scene.photo
    if plane is None:
        return scene.model_copy(update={"plane": FeaturePlane()})
    return plane, scene.surface.texture, scene.surface.blur, scene.background, scene.camera


def clean(session: Session) -> Session:
    """Return the session without its attack."""
    return session.model_copy(update={"attack": session.attack.model_copy(update={"taken": 0})})


def is_same_picture(one: Session, other: Session) -> bool:
    """Return whether two sessions have the same picture before any attack."""
    parts = ("scene", "post", "seed", "models")
    if all(getattr(one, part) is getattr(other, part) for part in parts):
        return True
    return PictureKey.before(one) == PictureKey.before(other)


def settled(old: Session, new: Session) -> Session:
    """Return the session after an edit; an attack that is not pinned ends when its picture changes."""
    if new.attack.taken == 0 or new.attack.pinned or is_same_picture(old, new):
        return new
    return clean(new)

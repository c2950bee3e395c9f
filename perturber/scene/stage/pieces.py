"""The parts of an object on the GPU, and the order in which translucent faces are drawn."""

from __future__ import annotations

from dataclasses import dataclass, field

import moderngl
import numpy as np
from numpy.typing import NDArray

from perturber.scene.files.surface import PLAIN, MeshMaterial, Shape

OPAQUE = 0.999
"""Alpha from which a blended surface is drawn like an opaque one; the largest 8-bit alpha below one is 0.996."""
TOLERANCE = 1e-3
"""What rounding may take from an alpha that equals the cutoff."""


@dataclass(frozen=True, eq=False)
class Piece:
    """A range of indices and the color textures of both ends."""

    first: int
    count: int
    first_texture: moderngl.Texture
    second_texture: moderngl.Texture
    hair: bool = False
    material: MeshMaterial = PLAIN

    def defines(self, blended: bool) -> list[str]:
        """Return the macros that the material needs in the shader of objects."""
        has = {
            "LINEAR": self.material.linear,
            "MIRROR": "mirror" in self.material.wrap,
            "ALPHA": self.material.opacity != "opaque",
            "BLEND": blended,
        }
        return [name for name, needed in has.items() if needed]

    def uniforms(self, lighting: float) -> dict[str, float | tuple[float, ...]]:
        """Return the values that the material sets in the shader of objects."""
        material = self.material
        return {
            "alpha": material.alpha,
            "least": OPAQUE if material.opacity == "blend" else material.cutoff - TOLERANCE,
            "mirrored": tuple(float(wrap == "mirror") for wrap in material.wrap),
            "lighting": lighting if material.lit else 0.0,
        }


@dataclass(eq=False)
class BlendedFaces:
    """The blended pieces of an object: their faces and centers (F×3), and the buffer that holds the faces."""

    pieces: tuple[Piece, ...]
    faces: list[NDArray[np.int32]]
    centers: list[NDArray[np.float64]]
    indices: moderngl.Buffer
    _eye: tuple[float, ...] = ()
    _order: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, shape: Shape, pieces: tuple[Piece, ...], indices: moderngl.Buffer) -> BlendedFaces | None:
        """Return what is blended in a shape; None where nothing is."""
        chosen = tuple(piece for piece in pieces if piece.material.opacity == "blend")
        faces = [shape.faces[piece.first // 3 : (piece.first + piece.count) // 3] for piece in chosen]
        centers = [shape.positions[some].mean(axis=1) for some in faces]
        return cls(chosen, faces, centers, indices) if chosen else None

    def sort(self, eye: tuple[float, ...]) -> list[Piece]:
        """Order the faces of each piece from the farthest to the nearest, and return the pieces in that order."""
        if eye != self._eye:
            distances = [np.linalg.norm(centers - eye, axis=1) for centers in self.centers]
            for piece, faces, away in zip(self.pieces, self.faces, distances, strict=True):
                order = np.argsort(-away, kind="stable")
                self.indices.write(np.ascontiguousarray(faces[order], np.int32).tobytes(), offset=4 * piece.first)
            self._order = sorted(range(len(distances)), key=lambda number: -float(distances[number].mean()))
            self._eye = eye
        return [self.pieces[number] for number in self._order]

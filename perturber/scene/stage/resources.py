"""Meshes and textures on the GPU, cached while they are likely to be shown again."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, Generic, TypeVar

import moderngl
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pyrr import Vector3

from perturber.core.errors import InputError
from perturber.core.session.scene import Background, MeshSubject, PairSubject
from perturber.core.storage.files import FileRef
from perturber.scene.assets.ends import load_pair
from perturber.scene.assets.fur import grow_hair, load_fur, with_brightness
from perturber.scene.assets.pairs import backgrounds, pairs
from perturber.scene.files.image import MAX_SIDE, open_picture, texture_of, texture_pixels
from perturber.scene.files.mesh import load_shape, normalized
from perturber.scene.files.surface import MeshPart, Shape
from perturber.scene.stage.pieces import BlendedFaces, Piece
from perturber.scene.stage.shadow import footprints
from perturber.scene.stage.textures import sample, upload, upload_plain, white

LAYOUT = "3f 3f 3f 3f 2f 4f1"
ATTRIBUTES = ("first_position", "first_normal", "second_position", "second_normal", "texture_uv", "vertex_color")
SKY_LIGHT = 1.5
"""Factor of the sky's color in reflections: a real sky is brighter than its picture. Channels stay at most 1."""
FEW_TEXTURES = 4
"""Number of full-size textures per object; more than this are reduced to the same total memory."""


V = TypeVar("V")


class Cache(Generic[V]):
    """The ``keep`` values used last, by key; ``drop`` is called with each value removed."""

    def __init__(self, keep: int, drop: Callable[[V], None] = lambda value: None) -> None:
        self._keep = keep
        self._drop = drop
        self._held: OrderedDict[Hashable, V] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], V]) -> V:
        """Return the value of a key, made when it is missing; if ``make`` fails, the cache is unchanged."""
        if key not in self._held:
            self._held[key] = make()
            while len(self._held) > self._keep:
                self._drop(self._held.popitem(last=False)[1])
        self._held.move_to_end(key)
        return self._held[key]


def identity(file: FileRef | None) -> Hashable:
    """Return a key for a file's content without reading it: its hash, else its size and modification time."""
    if file is None or file.sha256:
        return file
    try:
        found = Path(file.path).stat()
    except (OSError, ValueError):  # a NUL in the name; whoever opens the file says so
        return file
    return file.path, found.st_mtime_ns, found.st_size


@dataclass(eq=False)
class Model:
    """An object ready to draw: buffers of both ends, textures, and the sphere the camera frames."""

    vertices: moderngl.Buffer
    indices: moderngl.Buffer
    pieces: tuple[Piece, ...]
    opacity: moderngl.Texture | None
    glossy: bool
    """Whether the texture's alpha is the specular strength."""
    reflections: bool
    center: Vector3
    radius: float
    shadow: moderngl.Texture
    """Darkness of the ground under both ends."""
    shadow_reach: float
    """The shadow map covers x and z from -reach to reach."""
    notices: tuple[str, ...]
    blended: BlendedFaces | None = None
    """What has to be drawn back to front, if anything."""
    arrays: dict[int, moderngl.VertexArray] = field(default_factory=dict)
    """Vertex arrays by program."""

    def array(self, context: moderngl.Context, program: moderngl.Program) -> moderngl.VertexArray:
        """Return the vertex array of a program."""
        if program.glo not in self.arrays:
            self.arrays[program.glo] = context.vertex_array(
                program, [(self.vertices, LAYOUT, *ATTRIBUTES)], index_buffer=self.indices, index_element_size=4
            )
        return self.arrays[program.glo]

    def release(self) -> None:
        textures = {t for piece in self.pieces for t in (piece.first_texture, piece.second_texture)}
        for held in (*self.arrays.values(), self.vertices, self.indices, self.shadow, self.opacity, *textures):
            if held is not None:
                held.release()


@dataclass(frozen=True, eq=False)
class Backdrop:
    """The picture behind the object, and its colors for reflections in shiny surfaces."""

    picture: moderngl.Texture
    surroundings: tuple[float, ...]
    """Colors of sky, horizon and ground, 0 … 1, three by three."""

    def release(self) -> None:
        self.picture.release()


def load_background(context: moderngl.Context, background: Background) -> Backdrop:
    """Load the background's picture. Raises InputError that names the file or the field."""
    if background.file is not None:
        return _place(context, texture_pixels(background.file.locate(), "RGB"))
    known = backgrounds()
    if background.name not in known:
        problem = f"there is no background {background.name!r}"
        raise InputError("scene.background.name", problem, "one of " + ", ".join(sorted(known)))
    return _place(context, texture_pixels(known[background.name].path, "RGB"))


def _place(context: moderngl.Context, pixels: NDArray[np.uint8]) -> Backdrop:
    """Return the backdrop; the mean colors of the picture's upper, middle and lower third are its surroundings."""
    ground, horizon, sky = (third.mean((0, 1)) / 255 for third in np.array_split(pixels, 3))
    bright = sky * min(SKY_LIGHT, 1 / max(float(sky.max()), 1e-6))
    return Backdrop(upload(context, pixels, repeat=False), (*bright, *horizon, *ground))


def load_model(context: moderngl.Context, subject: PairSubject | MeshSubject) -> Model:
    """Load a subject onto the GPU. Raises InputError that names the file or the field."""
    return _load_pair(context, subject) if isinstance(subject, PairSubject) else _load_mesh(context, subject)


def _load_pair(context: moderngl.Context, subject: PairSubject) -> Model:
    known = pairs()
    if subject.name not in known:
        problem = f"there is no pair {subject.name!r}"
        raise InputError("scene.subject.name", problem, "one of " + ", ".join(sorted(known)))
    pair = known[subject.name]
    files = [pair.folder / end.mesh for end in (pair.first, pair.second)]
    one, two = load_pair(*files)
    pictures = [_only_picture(file, shape) for file, shape in zip(files, (one, two), strict=True)]
    skin = with_brightness(one), with_brightness(two)
    ends = skin
    if pair.fur:
        ends = grow_hair(skin, load_fur(pair.folder / pair.fur, len(one.faces)), pair.detail[subject.detail])
    textures = [upload(context, texture_of(picture)) for picture in pictures]
    bounds = (0, one.faces.size, ends[0].faces.size)
    pieces = [Piece(low, high - low, textures[0], textures[1], low > 0) for low, high in pairwise(bounds) if high > low]
    return _model(context, ends, tuple(pieces), skin=skin, reflections=pair.reflections)


def _only_picture(file: Path, shape: Shape) -> Image.Image:
    """Return the texture of a shipped mesh. Raises InputError unless it is one textured part."""
    picture = shape.parts[0].picture
    if len(shape.parts) != 1 or picture is None:
        problem = "; ".join(shape.notices) or "the material has no texture"
        raise InputError(str(file), problem, "one object with an MTL that names a texture (map_Kd)")
    return picture


def _load_mesh(context: moderngl.Context, subject: MeshSubject) -> Model:
    # Read all files before creating anything on the GPU, so that a bad one leaves nothing behind.
    shape = _with_alpha(normalized(load_shape(subject.mesh.locate())))
    if subject.diffuse is not None:  # in place of all textures
        diffuse = open_picture(subject.diffuse.locate(), "RGBA")
        shape = replace(shape, parts=tuple(replace(part, picture=diffuse) for part in shape.parts))
    alpha = None if subject.alpha is None else texture_pixels(subject.alpha.locate(), "L")
    pieces = _pieces(context, shape.parts)
    model = _model(context, (shape, shape), pieces, holes=alpha)
    model.blended = BlendedFaces.of(shape, pieces, model.indices)
    return model


def _with_alpha(shape: Shape) -> Shape:
    """Return the shape with a brightness in place of its colors' alpha, except where that is an opacity."""
    made = with_brightness(shape)
    for part in shape.parts:
        if part.material.opacity != "opaque":
            vertices = shape.faces[part.first : part.first + part.count]
            made.colors[vertices, 3] = shape.colors[vertices, 3]
    return made


def _pieces(context: moderngl.Context, parts: tuple[MeshPart, ...]) -> tuple[Piece, ...]:
    """Return the parts with their textures."""
    pictures = [part.picture for part in parts]
    different = len({id(picture) for picture in pictures})
    largest = int(MAX_SIDE / math.sqrt(max(different / FEW_TEXTURES, 1)))
    made: dict[Hashable, moderngl.Texture] = {}
    pieces: list[Piece] = []
    for part, picture in zip(parts, pictures, strict=True):
        material = part.material
        key = id(picture), None if picture is None else (material.wrap, material.smooth)
        if key not in made:
            made[key] = white(context) if picture is None else upload(context, texture_of(picture, largest))
            sample(made[key], material)
        pieces.append(Piece(3 * part.first, 3 * part.count, made[key], made[key], material=material))
    return tuple(pieces)


def _model(
    context: moderngl.Context,
    ends: tuple[Shape, Shape],
    pieces: tuple[Piece, ...],
    *,
    holes: NDArray[np.uint8] | None = None,
    skin: tuple[Shape, Shape] | None = None,
    reflections: bool = False,
) -> Model:
    """Create the buffers of both ends. Only a pair's ``skin`` is framed and casts the shadow; hair changes neither."""
    first, second = ends
    framed = skin or ends
    columns: list[NDArray[np.floating[Any]]] = [
        first.positions,
        first.normals,
        second.positions,
        second.normals,
        first.uv,
    ]
    numbers = np.concatenate(columns, axis=1).astype(np.float32).view(np.uint8)
    both = np.concatenate([shape.positions for shape in framed])
    low, high = both.min(axis=0), both.max(axis=0)
    center = (low + high) / 2
    prints = footprints(*framed, holes)
    return Model(
        vertices=context.buffer(np.concatenate([numbers, first.colors], axis=1).tobytes()),
        indices=context.buffer(first.faces.astype(np.int32).tobytes()),
        pieces=pieces,
        opacity=None if holes is None else upload(context, holes),
        glossy=skin is not None,
        reflections=reflections,
        center=Vector3(center.astype(float)),
        radius=max(float(np.linalg.norm(both - center, axis=1).max()), 1e-6),
        shadow=upload_plain(context, prints.darkness),
        shadow_reach=prints.reach,
        notices=(*first.notices,),
    )

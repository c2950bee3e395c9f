"""The materials of a glTF file: base color, its texture and texture coordinates, transparency, light."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from perturber.scene.files.gltf.entries import GltfEntry
from perturber.scene.files.gltf.extensions import EMISSION, GLOSSINESS, TRANSFORM, UNLIT
from perturber.scene.files.gltf.gltf_textures import GltfSampling, GltfTextures
from perturber.scene.files.surface import PLAIN, MeshMaterial, Opacity

OPACITIES: dict[str, Opacity] = {"OPAQUE": "opaque", "MASK": "mask", "BLEND": "blend"}
WHITE = (1.0, 1.0, 1.0, 1.0)


@dataclass(frozen=True)
class UvTransform:
    """A texture transform: scaled, then rotated, then moved, in glTF's coordinates (v down)."""

    offset: tuple[float, ...] = (0.0, 0.0)
    rotation: float = 0.0
    """In radians, counterclockwise as seen in the picture."""
    scale: tuple[float, ...] = (1.0, 1.0)

    def apply(self, uv: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return transformed V×2 coordinates."""
        c, s = math.cos(self.rotation), math.sin(self.rotation)
        return np.asarray(uv * self.scale @ np.array([[c, -s], [s, c]]) + self.offset)


@dataclass(frozen=True, eq=False)
class GltfMaterial:
    """What a file says about one material, as far as it is drawn."""

    factor: tuple[float, ...] = WHITE
    """Base color and alpha, linear."""
    picture: Image.Image | None = None
    uv_set: int = 0
    transform: UvTransform | None = None
    surface: MeshMaterial = PLAIN
    least_alpha: float = 1.0
    """Smallest alpha of factor × texture."""
    glows: bool = False
    """Whether it emits light that is not drawn."""

    def without_picture(self) -> GltfMaterial:
        return replace(self, picture=None, transform=None, least_alpha=self.surface.alpha)


def read_material(root: GltfEntry, index: int, textures: GltfTextures) -> GltfMaterial:
    """Read a material. Raises InputError that names it."""
    entry = root.item("materials", index)
    mode = entry.text("alphaMode", "OPAQUE")
    if mode not in OPACITIES:
        raise entry.refusal(f"alphaMode is {mode[:20]!r}", f"one of {', '.join(OPACITIES)}")
    opacity = OPACITIES[mode]
    base, texture_key, factor = _base_color(entry)
    light = _emission(entry)
    shines = opacity == "opaque" and any(light) and not any(factor[:3])
    if shines:  # a black surface that emits light is that light
        base, texture_key, factor = entry, "emissiveTexture", (*light, 1.0)
    picture, uv_set, transform, sampling = None, 0, None, GltfSampling()
    if base.has(texture_key):
        info = base.child(texture_key)
        picture = textures.picture(info.integer("index"))
        sampling = textures.sampling(info.integer("index"))
        uv_set, transform = _uv_of(info)
    surface = MeshMaterial(
        opacity=opacity,
        alpha=1.0 if opacity == "opaque" else factor[3],
        cutoff=entry.number("alphaCutoff", 0.5) if opacity == "mask" else 0.5,
        wrap=sampling.wrap,
        smooth=sampling.smooth,
        lit=entry.extension(UNLIT) is None and not shines,
    )
    least = surface.alpha * (1.0 if picture is None else textures.least_alpha(picture) / 255)
    return GltfMaterial(factor, picture, uv_set, transform, surface, least, any(light) and not shines)


def _base_color(entry: GltfEntry) -> tuple[GltfEntry, str, tuple[float, ...]]:
    """Return what holds the color texture, under which key, and the factor."""
    base, texture_key, factor_key = entry.child("pbrMetallicRoughness"), "baseColorTexture", "baseColorFactor"
    glossiness = entry.extension(GLOSSINESS)
    if glossiness is not None:  # where both are given, the extension says more
        base, texture_key, factor_key = glossiness, "diffuseTexture", "diffuseFactor"
    return base, texture_key, _clamped(base.numbers(factor_key, WHITE))


def _emission(entry: GltfEntry) -> tuple[float, ...]:
    """Return the color of the light that a material emits: none of an unlit one."""
    strength = entry.extension(EMISSION)
    times = 1.0 if strength is None else strength.number("emissiveStrength", 1.0)
    light = _clamped(tuple(times * value for value in entry.numbers("emissiveFactor", (0.0, 0.0, 0.0))))
    return light if entry.extension(UNLIT) is None else (0.0, 0.0, 0.0)


def _clamped(values: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(min(max(value, 0.0), 1.0) for value in values)


def _uv_of(info: GltfEntry) -> tuple[int, UvTransform | None]:
    """Return the number of a texture's coordinates, and their transform."""
    uv_set = info.integer("texCoord", 0)
    moved = info.extension(TRANSFORM)
    if moved is None:
        return uv_set, None
    transform = UvTransform(
        moved.numbers("offset", (0.0, 0.0)), moved.number("rotation", 0.0), moved.numbers("scale", (1.0, 1.0))
    )
    return moved.integer("texCoord", uv_set), transform

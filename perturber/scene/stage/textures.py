"""Textures on the GPU: uploaded with our own mip levels, read as the material says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import moderngl
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from perturber.scene.files.surface import MeshMaterial


def upload_plain(context: moderngl.Context, pixels: NDArray[np.uint8]) -> moderngl.Texture:
    """Upload H×W×C pixels as a texture of one level, clamped at its edges."""
    height, width, channels = pixels.shape
    texture = context.texture((width, height), channels, np.ascontiguousarray(pixels), alignment=1)
    texture.repeat_x = texture.repeat_y = False
    return texture


def upload(context: moderngl.Context, pixels: NDArray[np.uint8], repeat: bool = True) -> moderngl.Texture:
    """Upload H×W×C pixels (row 0 at the bottom) as a mipmapped texture; mirrored at its edges unless ``repeat``."""
    height, width, channels = pixels.shape
    texture = context.texture((width, height), channels, pixels.tobytes(), alignment=1)
    texture.build_mipmaps()
    for level, smaller in enumerate(pyramid(pixels), 1):
        texture.write(smaller.tobytes(), level=level, alignment=1)
    texture.filter = (moderngl.LINEAR_MIPMAP_LINEAR, moderngl.LINEAR)
    if not repeat:
        # moderngl has only clamp and repeat; the shader mirrors the coordinate itself.
        texture.repeat_x = texture.repeat_y = False
    return texture


def pyramid(pixels: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    """Yield the mip levels below H×W×C pixels, each the mean over boxes of the original.

    Drivers derive each level from the one above and round each time, so that the last can differ from the
    mean by four steps. Channel by channel, since an alpha that is not an opacity must not weight colors.
    """
    height, width, _ = pixels.shape
    if height & (height - 1) or width & (width - 1):
        yield from _uneven_pyramid(pixels)
        return
    sums: NDArray[Any] = pixels
    halvings = 0
    while max(height, width) > 1:
        if height > 1:
            sums, height, halvings = _added(sums[0::2], sums[1::2], halvings), height // 2, halvings + 1
        if width > 1:
            sums, width, halvings = _added(sums[:, 0::2], sums[:, 1::2], halvings), width // 2, halvings + 1
        yield ((sums + (1 << halvings >> 1)) >> halvings).astype(np.uint8)


def _added(one: NDArray[Any], other: NDArray[Any], halvings: int) -> NDArray[Any]:
    """Add two sums of ``halvings`` halvings, in 16 bits while the result fits."""
    return np.asarray(np.add(one, other, dtype=np.uint16 if halvings < 7 else np.uint32))


def _uneven_pyramid(pixels: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    """Yield the mip levels (see `pyramid`) for sides that are not powers of two."""
    channels = [Image.fromarray(np.ascontiguousarray(pixels[..., c])) for c in range(pixels.shape[2])]
    width, height = channels[0].size
    while max(width, height) > 1:
        width, height = max(width // 2, 1), max(height // 2, 1)
        yield np.stack([np.asarray(c.resize((width, height), Image.Resampling.BOX)) for c in channels], axis=-1)


def white(context: moderngl.Context) -> moderngl.Texture:
    """Return a texture of one white texel."""
    return upload(context, np.full((1, 1, 4), 255, np.uint8))


def sample(texture: moderngl.Texture, material: MeshMaterial) -> None:
    """Set how a texture is read beyond its edges and between its texels; the shader itself mirrors the coordinate."""
    texture.repeat_x, texture.repeat_y = (wrap == "repeat" for wrap in material.wrap)
    if not material.smooth:
        texture.filter = (moderngl.LINEAR_MIPMAP_LINEAR, moderngl.NEAREST)

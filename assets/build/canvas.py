"""Helpers for painted pictures: pixel coordinates, noise over them, conversions, blur."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFilter

from assets.build.geometry import Floats
from assets.build.noise import fbm


def grid(size: int) -> tuple[Floats, Floats]:
    """x to the right and y downwards, both 0 … 1, size × size each."""
    y, x = (np.mgrid[0:size, 0:size] + 0.5) / size
    return x, y


def clouds(x: Floats, y: Floats, octaves: int = 5, seed: int = 0) -> Floats:
    """Fractal noise over coordinates in cells; same shape as ``x``."""
    points = np.stack([x.ravel(), y.ravel(), np.full(x.size, 0.5)], -1)
    return fbm(points, 1.0, octaves, seed).reshape(x.shape)


def to_image(picture: Floats) -> Image.Image:
    return Image.fromarray((np.clip(picture, 0, 1) * 255).round().astype(np.uint8))


def to_array(image: Image.Image) -> Floats:
    return np.asarray(image.convert("RGB"), float) / 255


def blurred(picture: Floats, radius: float) -> Floats:
    """Gaussian blur, ``radius`` in pixels."""
    return to_array(to_image(picture).filter(ImageFilter.GaussianBlur(radius)))


def blend(base: Floats, colour: Floats, amount: Floats) -> Floats:
    """Pictures mixed by a mask (height × width)."""
    share = np.clip(amount, 0, 1)[..., None]
    return base * (1 - share) + colour * share


def muted(picture: Floats, saturation: float) -> Floats:
    """Colours moved towards their luminance: 1 keeps them, 0 leaves grey."""
    grey = picture @ np.array([0.299, 0.587, 0.114])
    return np.asarray(grey[..., None] + (picture - grey[..., None]) * saturation)

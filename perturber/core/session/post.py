"""The post-processing in the session: effects on the rasterized picture, in order.

An effect is a class here and a shader ``shaders/post/<field name in Post>.frag``, whose uniforms have
the names of the effect's parameters. An effect at its defaults is the identity and is skipped.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar

from annotated_types import Interval
from pydantic import StringConstraints

from perturber.core.parameters.parameter import Control
from perturber.core.parameters.state import State

CONTRAST = "vec3 effect(vec3 color, float value, vec2 uv) {\n    return (color - 0.5) * value + 0.5;\n}\n"


class Effect(State):
    """Base of the effects. ``passes`` names the shader's passes in order, each compiled with ``PASS_<name>``.

    A later pass reads an earlier one through the sampler of that name; all but the last output floats.
    """

    passes: ClassVar[tuple[str, ...]] = ("main",)

    @property
    def identity(self) -> bool:
        """Whether the effect leaves every picture unchanged."""
        return self == type(self)()

    def steps(self) -> tuple[str, ...]:
        """Return the passes that are needed, in order; the last pass always is."""
        return self.passes


class Color(Effect):
    """Pointwise changes of brightness and color, applied in the order of the fields."""

    group: ClassVar[str] = "Post Processing"

    alpha: Annotated[float, Interval(ge=0, le=1), Control("Alpha")] = 1.0
    """Multiplies every channel; 0 is black."""
    hue: Annotated[float, Interval(ge=-0.5, le=0.5), Control("Hue")] = 0.0
    """Rotation of the color around the gray axis, in turns (±0.5 is ±180°)."""
    saturation: Annotated[float, Interval(ge=0, le=1), Control("Saturation")] = 1.0
    """1 keeps the colors; 0 keeps only the luminance (Rec. 709 weights)."""
    brightness: Annotated[float, Interval(ge=-1, le=1), Control("Brightness")] = 0.0
    """Added to every channel."""
    gamma: Annotated[float, Interval(ge=0.2, le=5), Control("Gamma")] = 1.0
    """Every channel is raised to 1/gamma; values above 1 brighten the shadows."""


class Custom(Effect):
    """A GLSL function written by the user, controlled by one slider."""

    group: ClassVar[str] = "Post Processing"

    enabled: Annotated[bool, Control("Custom Code On", advanced=True)] = True
    """Apply the code to the picture; off keeps the code."""
    value: Annotated[float, Interval(ge=0, le=2), Control("Custom Parameter")] = 1.0
    """The ``value`` that the function receives; with the default code, the contrast."""
    code: Annotated[str, StringConstraints(max_length=8000), Control("Custom Code", multiline=True)] = CONTRAST
    """``vec3 effect(vec3 color, float value, vec2 uv)`` in GLSL 3.30; colors in [0, 1], uv (0, 0) at the lower left."""

    @property
    def identity(self) -> bool:
        return not self.enabled or self == Custom()


class Patches(Effect):
    """Shuffling of the picture's k × k cells into a random order (Zhang and Zhu 2019)."""

    group: ClassVar[str] = "Post Processing"

    k: Annotated[int, Interval(ge=1, le=16), Control("Patch Shuffling")] = 1
    """Cells per side; 1 keeps the picture unchanged. The session's seed determines the order."""


class Frequency(Effect):
    """Separate changes of a low and a high frequency band (Laplacian decomposition), which are then summed.

    low = blur(picture), high = picture − low. Sigmas are in pixels of a picture 224 pixels wide.
    """

    group: ClassVar[str] = "Frequency Decomp."
    passes: ClassVar[tuple[str, ...]] = (
        "low_x",
        "low_y",
        "soft_low_x",
        "soft_low_y",
        "high",
        "soft_high_x",
        "soft_high_y",
        "main",
    )

    cutoff: Annotated[float, Interval(ge=0.5, le=16), Control("Cutoff", unit="px")] = 4.0
    """Standard deviation of the blur that separates the bands."""
    low_alpha: Annotated[float, Interval(ge=0, le=1), Control("Low Alpha")] = 1.0
    """Strength of the low band; 0 replaces it with 50 % gray."""
    high_alpha: Annotated[float, Interval(ge=0, le=1), Control("High Alpha")] = 1.0
    """Strength of the high band; 0 keeps only the blurred picture."""
    low_sigma: Annotated[float, Interval(ge=0, le=16), Control("Low Sigma", unit="px")] = 0.0
    """Standard deviation of an additional blur of the low band."""
    high_sigma: Annotated[float, Interval(ge=0, le=16), Control("High Sigma", unit="px")] = 0.0
    """Standard deviation of an additional blur of the high band."""
    low_hue: Annotated[float, Interval(ge=-0.5, le=0.5), Control("Low Hue")] = 0.0
    """Hue rotation of the low band, in turns."""
    high_hue: Annotated[float, Interval(ge=-0.5, le=0.5), Control("High Hue")] = 0.0
    """Hue rotation of the high band, in turns."""

    @property
    def identity(self) -> bool:
        """Whether the effect leaves every picture unchanged, whatever the cutoff: the bands sum to the picture."""
        return self == Frequency(cutoff=self.cutoff)

    def steps(self) -> tuple[str, ...]:
        blurred = {"soft_low": self.low_sigma > 0, "soft_high": self.high_sigma > 0}
        return tuple(name for name in self.passes if blurred.get(name[:-2], True))


class Noise(Effect):
    """Gaussian noise from the session's seed."""

    group: ClassVar[str] = "Post Processing"

    sigma: Annotated[float, Interval(ge=0, le=0.5), Control("Noise")] = 0.0
    """Standard deviation of the noise added to every channel, for colors in [0, 1]."""


class Post(State):
    """The chain of effects; the order of the fields is the order of application."""

    color: Color = Color()
    custom: Custom = Custom()
    patches: Patches = Patches()
    frequency: Frequency = Frequency()
    noise: Noise = Noise()

    def active(self) -> Iterator[tuple[str, Effect]]:
        """Yield name and value of every effect that is not the identity, in order."""
        for name in type(self).model_fields:
            effect: Effect = getattr(self, name)
            if not effect.identity:
                yield name, effect

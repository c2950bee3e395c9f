"""The materials of MTL files, as far as they are drawn: diffuse color, its texture with options, and opacity."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

COUNTS = {
    "-s": 3, "-o": 3, "-t": 3, "-mm": 2, "-bm": 1, "-clamp": 1, "-blendu": 1, "-blendv": 1, "-cc": 1, "-boost": 1,
    "-texres": 1, "-imfchan": 1, "-type": 1, "-colorspace": 1,
}  # fmt: skip
"""The options of textures, and the largest number of values that follow each."""
IGNORED = {"-t": "turbulence"}
"""Options that change the picture and are not drawn."""


@dataclass(frozen=True)
class TextureMap:
    """A texture as an MTL file names it. Colors are base + gain · color; coordinates scale · uv + shift."""

    name: str
    scale: tuple[float, float] = (1.0, 1.0)
    shift: tuple[float, float] = (0.0, 0.0)
    base: float = 0.0
    gain: float = 1.0
    clamp: bool = False
    ignored: tuple[str, ...] = ()


@dataclass
class MtlMaterial:
    """One material; without ``color`` it is white."""

    color: tuple[float, float, float] | None = None
    texture: TextureMap | None = field(default=None)
    dissolve: float | None = None
    """``d``: 0 (invisible) to 1."""
    transparency: float | None = None
    """``Tr``: 1 minus the opacity, for files without ``d``. Exporters that write both mean ``d``."""

    @property
    def opacity(self) -> float:
        """0 to 1; without ``d`` and ``Tr`` 1."""
        return 1 - (self.transparency or 0.0) if self.dissolve is None else self.dissolve


def parse_materials(text: str) -> dict[str, MtlMaterial]:
    """Return the materials of an MTL file by name. The lines must be readable (see `read_materials`)."""
    found: dict[str, MtlMaterial] = {}
    current = MtlMaterial()
    for line in text.splitlines():
        key, _, rest = line.strip().replace("\t", " ").partition(" ")
        rest = rest.strip()
        if key.lower() == "newmtl" and rest:
            current = found[" ".join(rest.split())] = MtlMaterial()
        elif key.lower() == "kd" and rest:
            current.color = _color(rest.split()) or current.color
        elif key.lower() == "map_kd" and rest:
            current.texture = parse_texture(rest)
        elif key.lower() == "d":
            current.dissolve = _share(rest.split())
        elif key.lower() == "tr":
            current.transparency = _share(rest.split())
    return found


def _share(words: list[str]) -> float | None:
    """Return the value of ``d`` or ``Tr`` in 0 … 1, also after ``-halo``, which is not drawn; None if it has none."""
    number = _number(words[-1]) if words else None
    return None if number is None else min(max(number, 0.0), 1.0)


def parse_texture(text: str) -> TextureMap:
    """Return a texture from what follows its keyword: options with their values, then a name, which may have spaces."""
    options: dict[str, list[str]] = {}
    rest = text.strip()
    while (words := rest.split(maxsplit=1)) and words[0].lower() in COUNTS and len(words) == 2:
        option, rest = words[0].lower(), words[1]
        values: list[str] = []
        while len(values) < COUNTS[option] and len(words := rest.split(maxsplit=1)) == 2:
            numeric = option in {"-s", "-o", "-t", "-mm", "-bm", "-boost", "-texres"}
            if numeric and _number(words[0]) is None:
                break
            values.append(words[0])
            rest = words[1]
        options[option] = values
    scale, shift = (_pair(options.get(key, []), default) for key, default in (("-s", 1.0), ("-o", 0.0)))
    base, gain = _mm(options.get("-mm", []))
    return TextureMap(
        rest.strip().strip('"'),
        scale,
        shift,
        base,
        gain,
        options.get("-clamp", ["off"])[:1] == ["on"],
        tuple(key for key in options if key in IGNORED and any(_number(value) for value in options[key])),
    )


def _pair(values: list[str], default: float) -> tuple[float, float]:
    numbers = [number for value in values if (number := _number(value)) is not None]
    one, two, *_ = [*numbers, default, default]
    return one, two


def _mm(values: list[str]) -> tuple[float, float]:
    numbers = [number for value in values if (number := _number(value)) is not None]
    return (numbers[0], numbers[1]) if len(numbers) == 2 else (numbers[0] if numbers else 0.0, 1.0)


def _color(words: list[str]) -> tuple[float, float, float] | None:
    numbers = [_number(word) for word in words]
    if len(numbers) not in {1, 3} or None in numbers:
        return None
    one, two, three = (min(max(number or 0.0, 0.0), 1.0) for number in (numbers * 3)[:3])
    return one, two, three


def _number(word: str) -> float | None:
    try:
        number = float(word)
    except ValueError:
        return None
    return number if math.isfinite(number) else None

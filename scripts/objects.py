"""Sheets of the shipped assets: every pair along its morph, and every place. Part of ``make shots``."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from perturber.core.parameters.parameter import replace_all
from perturber.core.session.scene import PairSubject, Scene
from perturber.scene.assets.pairs import Pair, backgrounds, pairs
from perturber.scene.renderer import Renderer

STEPS = (0.0, 0.25, 0.5, 0.75, 1.0)
VIEWS = ((0.0, -6.0), (-35.0, -10.0), (60.0, -4.0), (145.0, -16.0))
"""Yaw and pitch, in degrees."""
TILE, GAP, MARGIN = 224, 4, 30
INK, PAPER = (205, 208, 214), (24, 25, 28)
QUALITY = 88


def _scene(pair: str, place: str, morph: float, yaw: float, pitch: float) -> Scene:
    changes = {
        "subject": PairSubject(name=pair),
        "background.name": place,
        "morph.overall": morph,
        "camera.yaw": yaw,
        "camera.pitch": pitch,
    }
    return replace_all(Scene(), changes)


class Sheet:
    """Tiles in rows and columns, with a line of text above the columns."""

    def __init__(self, columns: int, rows: int, words: tuple[str, ...], above: int = 1) -> None:
        step = TILE + GAP
        self.picture = Image.new("RGB", (columns * step + GAP, (rows * step) + MARGIN * above + GAP), PAPER)
        pen = ImageDraw.Draw(self.picture)
        for number, word in enumerate(words):
            row, column = divmod(number, columns)
            top = row * (step + MARGIN) + MARGIN / 2
            pen.text((GAP + column * step + TILE / 2, top), word, INK, ImageFont.load_default(15), anchor="mm")

    def put(self, tile: Image.Image, column: int, top: int) -> None:
        """Paste a tile, its upper edge at ``top``."""
        self.picture.paste(tile, (GAP + column * (TILE + GAP), top))

    def save(self, path: Path) -> None:
        self.picture.save(path, quality=QUALITY, optimize=True, progressive=True)


class Studio:
    """Renders tiles at twice their size for smooth edges."""

    def __init__(self) -> None:
        self._renderer = Renderer()

    def tile(self, scene: Scene) -> Image.Image:
        pixels = self._renderer.read(self._renderer.draw(scene, 2 * TILE))
        return Image.fromarray(pixels).resize((TILE, TILE), Image.Resampling.BOX)

    def pair(self, pair: Pair, path: Path) -> None:
        """Write the sheet of a pair: five steps of the morph from four viewpoints."""
        words = tuple(f"{pair.morph} {t:g}" for t in STEPS)
        sheet = Sheet(len(STEPS), len(VIEWS), words)
        for row, (yaw, pitch) in enumerate(VIEWS):
            for column, morph in enumerate(STEPS):
                scene = _scene(pair.name, pair.background, morph, yaw, pitch)
                sheet.put(self.tile(scene), column, MARGIN + row * (TILE + GAP))
        sheet.save(path)

    def places(self, path: Path, columns: int = 5) -> None:
        """Write the sheet of all places, with varying objects."""
        known, subjects = backgrounds(), [(name, end) for end in (0.0, 1.0) for name in ("dog_cat", "truck_car")]
        rows = -(-len(known) // columns)
        sheet = Sheet(columns, rows, tuple(info.label for info in known.values()), above=rows)
        for number, place in enumerate(known):
            pair, end = subjects[number % len(subjects)]
            row, column = divmod(number, columns)
            sheet.put(self.tile(_scene(pair, place, end, -30, -8)), column, row * (TILE + GAP + MARGIN) + MARGIN)
        sheet.save(path)

    def close(self) -> None:
        self._renderer.release()


def object_sheets(folder: Path) -> None:
    """Write ``objects_<pair>.jpg`` for every pair and ``places.jpg``."""
    studio = Studio()
    for name, pair in pairs().items():
        studio.pair(pair, folder / f"objects_{name}.jpg")
    studio.places(folder / "places.jpg")
    studio.close()

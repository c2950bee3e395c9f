"""``make shots``: the README's pictures, made anew by the program itself."""

from __future__ import annotations

import os
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from perturber.core.evaluation import Pixels
from perturber.core.parameter import Parameter, replace_all, walk
from perturber.core.session import Session
from perturber.engine.device import prepare_threads
from perturber.scene.renderer import Renderer
from scripts.features import studio_features
from scripts.objects import object_sheets
from scripts.studio import studio_sheet

DOCS = Path(__file__).resolve().parents[1] / "docs"
TILE, GAP, CAPTION, COLUMNS = 160, 6, 18, 5
INK, PAPER = (30, 30, 36), (246, 246, 248)
THESIS = ("scene.morph.", "scene.background.blur", "scene.background.saturation", "scene.surface.")
COMPANIONS = {"post.frequency.cutoff": {"post.frequency.high_alpha": 0.0}}
"""The cutoff alone changes nothing: the bands sum to the picture wherever they are cut."""


def wanted(parameter: Parameter) -> bool:
    """The thesis' 19 continuous parameters, patch shuffling, and what came on top."""
    return parameter.low is not None and parameter.path.startswith((*THESIS, "scene.background.", "post."))


def tile(pixels: Pixels, caption: str) -> Image.Image:
    """A picture over its caption."""
    made = Image.new("RGB", (TILE, TILE + CAPTION), PAPER)
    made.paste(Image.fromarray(pixels).resize((TILE, TILE), Image.Resampling.LANCZOS))
    ImageDraw.Draw(made).text((2, TILE + 3), caption, INK, ImageFont.load_default(12))
    return made


def contact_sheet(path: Path) -> None:
    """Both extremes of every parameter; an extreme that is the default is left out."""
    renderer = Renderer()

    def shot(changes: dict[str, object]) -> Pixels:
        session = replace_all(Session(), changes)
        return renderer.read(renderer.post(renderer.draw(session.scene, 224), session.post, session.seed))

    tiles = [tile(shot({}), "default")]
    for parameter in filter(wanted, walk(Session)):
        label = parameter.label.format(morph="Catness")
        for end in parameter.ends:
            changes = {parameter.path: type(parameter.default)(end), **COMPANIONS.get(parameter.path, {})}
            also = " (High Alpha 0)" if parameter.path in COMPANIONS else ""
            tiles.append(tile(shot(changes), f"{label} {end:g}{also}"))
    renderer.release()
    rows = -(-len(tiles) // COLUMNS)
    size = (COLUMNS * (TILE + GAP) + GAP, rows * (TILE + CAPTION + GAP) + GAP)
    sheet = Image.new("RGB", size, PAPER)
    for number, made in enumerate(tiles):
        row, column = divmod(number, COLUMNS)
        sheet.paste(made, (GAP + column * (TILE + GAP), GAP + row * (TILE + CAPTION + GAP)))
    sheet.quantize(255, dither=Image.Dither.FLOYDSTEINBERG).save(path, optimize=True)


def windows() -> None:
    """The window, dark on the default session and light on a perturbed one."""
    from perturber.gui.snapshot import picture_of
    from perturber.scene.views import with_pair

    picture_of(Session(), DOCS / "window_dark.png")
    perturbed = replace_all(
        with_pair(Session(), "truck_car", 0.45),
        {"scene.camera.yaw": -38.0, "post.frequency.high_alpha": 0.4, "probe.count": 6, "probe.layer": "mixed3b"},
    )
    picture_of(perturbed, DOCS / "window_light.png", theme="light")


def main() -> None:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    prepare_threads()
    DOCS.mkdir(exist_ok=True)
    contact_sheet(DOCS / "parameters.png")
    object_sheets(DOCS)
    studio_sheet(DOCS / "studio.jpg")
    studio_features(DOCS / "features.jpg")
    windows()


if __name__ == "__main__":
    main()

"""``make shots``: regenerate the README's pictures with the program itself."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont

from perturber.core.evaluation import Pixels
from perturber.core.jobs.job import Answer
from perturber.core.parameters.parameter import Parameter, replace_all, walk
from perturber.core.parameters.plugin import make
from perturber.core.session.attribution import AttributionMethod
from perturber.core.session.edit import Edit
from perturber.core.session.session import Session
from perturber.engine.device import prepare_threads
from perturber.scene.renderer import Renderer
from scripts.features import studio_features
from scripts.objects import object_sheets
from scripts.studio import studio_sheet

if TYPE_CHECKING:
    from perturber.gui.shell.desk import Desk

DOCS = Path(__file__).resolve().parents[1] / "docs"
TILE, GAP, CAPTION, COLUMNS = 160, 6, 18, 5
INK, PAPER = (30, 30, 36), (246, 246, 248)
UNIT = 3
"""Unit of mixed4a that is shown large."""
CLICKS = 8
"""Steps of the attack shown."""
THESIS = ("scene.morph.", "scene.background.blur", "scene.background.saturation", "scene.surface.")
COMPANIONS = {"post.frequency.cutoff": {"post.frequency.high_alpha": 0.0}}
"""The cutoff alone changes nothing: the bands sum to the picture at every cutoff."""


def wanted(parameter: Parameter) -> bool:
    """Return whether a parameter is shown: the thesis's 19 continuous ones, patch shuffling, and later ones."""
    return parameter.low is not None and parameter.path.startswith((*THESIS, "scene.background.", "post."))


def tile(pixels: Pixels, caption: str) -> Image.Image:
    """Return a picture over its caption."""
    made = Image.new("RGB", (TILE, TILE + CAPTION), PAPER)
    made.paste(Image.fromarray(pixels).resize((TILE, TILE), Image.Resampling.LANCZOS))
    ImageDraw.Draw(made).text((2, TILE + 3), caption, INK, ImageFont.load_default(12))
    return made


def contact_sheet(path: Path) -> None:
    """Write both extremes of every parameter, except extremes equal to the default."""
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
    """Write the window: dark with the default session, light with a perturbed one."""
    from perturber.gui.shell.snapshot import take_snapshot
    from perturber.scene.assets.views import with_pair

    take_snapshot(Session(), DOCS / "window_dark.png")
    perturbed = replace_all(
        with_pair(Session(), "truck_car", 0.45),
        {"scene.camera.yaw": -38.0, "post.frequency.high_alpha": 0.4, "probe.count": 6, "probe.layer": "mixed3b"},
    )
    take_snapshot(perturbed, DOCS / "window_light.png", theme="light")


def edited_window(path: Path) -> None:
    """Write the weight editor: first blocks of Model 2, the others of Model 1, with live feature images."""
    from perturber.gui.shell.snapshot import Snapshot

    blocks = ("conv2d0", "conv2d1", "conv2d2", "mixed3a")
    edit = Edit().mixed_up_to(blocks[-1], blocks)
    changes = {"models.edited.enabled": True, "models.edited.edit": edit, "probe.naive": True, "probe.layer": "mixed3b"}
    snapshot = Snapshot(replace_all(Session(), changes), width=1760, height=1060)
    try:
        snapshot.show()
        desk = snapshot.desk
        snapshot.until(lambda: desk.editing.live is not None)
        assert desk.editing.live is not None
        answers = Answers(desk)
        desk.editing.live.toggle()
        snapshot.until(lambda: answers.finished >= 1)
        snapshot.take(path)
    finally:
        snapshot.close()


def unit_window(path: Path) -> None:
    """Write the unit window with all its sections."""
    from perturber.gui.shell.snapshot import Snapshot

    snapshot = Snapshot(Session())
    try:
        snapshot.show()
        answers = Answers(snapshot.desk)
        neurons = snapshot.desk.neurons
        neurons.open_unit("slot1", "mixed4a", UNIT)
        assert neurons.unit is not None
        snapshot.until(lambda: answers.finished >= len(neurons.unit.parts))  # type: ignore[union-attr]
        snapshot.settle()
        neurons.unit.grab().save(str(path))
    finally:
        snapshot.close()


def explained_window(path: Path) -> None:
    """Write the window with Grad-CAM for the dog in both models, over the frame and side by side."""
    from perturber.gui.shell.snapshot import Snapshot

    method = make(AttributionMethod, "grad_cam")
    changes = {"attribution.method": method, "attribution.slot": "slot2", "attribution.layer": "mixed4e"}
    snapshot = Snapshot(replace_all(Session(), changes))
    try:
        snapshot.show()
        explain = snapshot.desk.scene.explain
        explain.compare_slots(True)
        snapshot.until(lambda: bool(explain.strip.tiles) and all(tile.image for tile in explain.strip.tiles))
        snapshot.take(path)
    finally:
        snapshot.close()


def attacked_window(path: Path) -> None:
    """Write the window with an attack that fools Model 1 but not Model 2, after eight clicks."""
    from perturber.gui.shell.snapshot import Snapshot

    snapshot = Snapshot(replace_all(Session(), {"attack.taken": CLICKS}))
    try:
        snapshot.show()
        desk = snapshot.desk
        snapshot.until(lambda: desk.attacking.result is not None and desk.attacking.result.taken == CLICKS)
        desk.scene.show_attack()
        snapshot.take(path)
    finally:
        snapshot.close()


class Answers:
    """Counts finished jobs."""

    def __init__(self, desk: Desk) -> None:
        self.finished = 0
        desk.bridge.computed.connect(self._on_computed)

    def _on_computed(self, token: int, answer: Answer) -> None:
        self.finished += answer.finished


def main() -> None:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    prepare_threads()
    DOCS.mkdir(exist_ok=True)
    contact_sheet(DOCS / "parameters.png")
    object_sheets(DOCS)
    studio_sheet(DOCS / "studio.jpg")
    studio_features(DOCS / "features.jpg")
    windows()
    edited_window(DOCS / "window_edit.png")
    unit_window(DOCS / "unit.png")
    attacked_window(DOCS / "window_attack.png")
    explained_window(DOCS / "window_attribution.png")


if __name__ == "__main__":
    main()

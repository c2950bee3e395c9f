"""Rendering of a session's scene: background, shadow, object, downsampling, post chain."""

from __future__ import annotations

import math
from typing import Any

import moderngl
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from perturber.core.errors import InputError
from perturber.core.evaluation import Pixels
from perturber.core.parameters.parameter import replace
from perturber.core.session.post import Custom, Post
from perturber.core.session.scene import Background, MeshSubject, PairSubject, Photo, Scene
from perturber.scene.effects.post_chain import PostChain
from perturber.scene.files.image import crop_center, open_picture
from perturber.scene.gl.gl_context import Guard, create_context
from perturber.scene.gl.programs import Programs, set_uniforms
from perturber.scene.gl.targets import Targets
from perturber.scene.stage.camera import view_of
from perturber.scene.stage.feature_plane import Plane
from perturber.scene.stage.pieces import Piece
from perturber.scene.stage.resources import Backdrop, Cache, Model, identity, load_background, load_model

MODELS, PLACES, PHOTOS = 8, 16, 1
CHECK_SIZE = 224
"""Size at which the user's code is checked, in pixels: the size it runs at."""
ZOOM = 0.92
"""Visible share of a background; the margin allows small shifts and turns without mirroring."""
SHADOW = 0.85
CLIP_DISTANCE = 0x3000
"""GL_CLIP_DISTANCE0, which moderngl does not name."""
LIGHTS = ((0.5, 0.9, 0.8), (-0.9, 0.35, 0.5), (0.1, 0.6, -1.0))
"""Directions toward key, fill and rim light."""


class Renderer:
    """Renders scenes in its own GL context, on the thread that created it (RuntimeError elsewhere).

    Raises MachineError that says what to install when there is no OpenGL. All colors are sRGB
    values; only a glTF file's texture × color is computed in linear light.
    """

    def __init__(self) -> None:
        self._context = create_context()
        self._guard = Guard(self._context)
        self.name: str = self._context.info["GL_RENDERER"]
        self.notices: tuple[str, ...] = ()
        self._programs = Programs(self._context)
        self._targets = Targets(self._context)
        self._models: Cache[Model] = Cache(MODELS, Model.release)
        self._places: Cache[Backdrop] = Cache(PLACES, Backdrop.release)
        self._photos: Cache[Image.Image] = Cache(PHOTOS)
        self._plane = Plane(self._context, self._programs, self._targets)
        self._post = PostChain(self._context, self._programs, self._targets)

    def draw(self, scene: Scene, size: int, feature: Pixels | None = None) -> moderngl.Texture:
        """Draw the scene (or the photo), size × size; the texture is valid until the next call.

        The object is drawn at twice the size and reduced by one filtered tap. ``feature`` is the picture
        on the scene's plane, a square with row 0 at the top. Raises InputError that names the file or
        the field.
        """
        self._guard.enter()
        largest = self._context.info["GL_MAX_TEXTURE_SIZE"] // 2
        if not 1 <= size <= largest:
            raise InputError("size", f"{size} pixels a side cannot be drawn", f"1 to {largest}")
        self.notices = ()
        if scene.photo is not None:
            return self._photo(scene.photo, size)
        place = self._place(scene.background)
        large = self._targets.drawing(2 * size)
        if scene.plane.enabled:
            self._plane.draw(scene, feature, large)
        else:
            model = self._model(scene.subject)
            self.notices = model.notices
            self._draw_front(scene, model, place, large)
        return self._composed(scene, self._targets.texture(large), place.picture, size)

    def mask(self, scene: Scene, size: int, feature: Pixels | None = None) -> NDArray[np.uint8]:
        """Draw the coverage of each pixel by the object or plane, without the shadow: size × size in 0 … 255.

        Before post effects, row 0 at the top. Raises InputError like `draw`, and for a photo, whose
        object is unknown.
        """
        if scene.photo is not None:
            raise InputError("scene.photo", "the object in a photo is unknown", "the 3D scene")
        unshaded = replace(scene, "surface.lighting", 0.0)  # no light, no shadow
        self.draw(unshaded, size, feature)
        target = self._targets.drawing(2 * size)
        pixels = np.empty((2 * size, 2 * size, 4), np.uint8)
        target.read_into(pixels, components=4, alignment=1)
        covered = pixels[::-1, :, 3].reshape(size, 2, size, 2).mean((1, 3))
        return np.asarray(covered.round(), np.uint8)

    def post(self, texture: moderngl.Texture, post: Post, seed: int) -> moderngl.Texture:
        """Apply all active effects; return ``texture`` itself when none is active."""
        self._guard.enter()
        return self._post.apply(texture, post, seed)

    def read(self, texture: moderngl.Texture) -> Pixels:
        """Read the texture's pixels, size × size × 3, row 0 at the top."""
        self._guard.enter()
        target = self._targets.reading(texture)
        width, height = texture.size
        pixels = np.empty((height, width, 3), np.uint8)
        target.read_into(pixels, components=3, alignment=1)
        return np.ascontiguousarray(pixels[::-1])

    def check(self, custom: Custom) -> None:
        """Compile and draw the user's code once, whether it is enabled or not.

        Raises InputError with the line of the code, or when it is too slow.
        """
        self._guard.enter()
        self._post.try_out(custom, CHECK_SIZE)

    def open_photo(self, photo: Photo) -> Image.Image:
        """Return a photo as RGB, kept for the next frames. Raises InputError that names the file."""
        return self._photos.get(identity(photo.file), lambda: open_picture(photo.file.locate()))

    def release(self) -> None:
        """Release everything; a second call does nothing."""
        self._guard.release()

    def _model(self, subject: PairSubject | MeshSubject) -> Model:
        files = (subject.mesh, subject.diffuse, subject.alpha) if isinstance(subject, MeshSubject) else ()
        key = (subject, *(identity(file) for file in files))
        return self._models.get(key, lambda: load_model(self._context, subject))

    def _photo(self, photo: Photo, size: int) -> moderngl.Texture:
        """Return the photo, resized on the CPU directly to ``size``, so that the networks get it unfiltered."""
        picture = self.open_photo(photo)
        texture = self._targets.texture(self._targets.final(size, "scene"))
        square = Image.fromarray(crop_center(picture, photo.crop, size)).convert("RGBA")
        texture.write(np.ascontiguousarray(np.asarray(square)[::-1]))
        return texture

    def _place(self, background: Background) -> Backdrop:
        key = background.name if background.file is None else identity(background.file)
        return self._places.get(key, lambda: load_background(self._context, background))

    def _composed(
        self, scene: Scene, front: moderngl.Texture, picture: moderngl.Texture, size: int
    ) -> moderngl.Texture:
        background = scene.background
        angle = math.radians(background.rotation - scene.camera.roll)
        width, height = picture.size
        fit = (ZOOM * min(1.0, height / width), ZOOM * min(1.0, width / height))
        c, s = math.cos(angle), math.sin(angle)
        program = self._programs.get("scene/fullscreen.vert", "scene/compose.frag")
        set_uniforms(
            program,
            {
                "level": background.blur * math.log2(max(picture.size)),
                "saturation": background.saturation,
                "turn": (c * fit[0], -s * fit[1], s * fit[0], c * fit[1]),  # column by column
                "shift": (background.shift_x, background.shift_y),
            },
        )
        target = self._targets.final(size, "scene")
        self._targets.fill(target, program, {"object": front, "picture": picture})
        return self._targets.texture(target)

    def _draw_front(self, scene: Scene, model: Model, place: Backdrop, target: moderngl.Framebuffer) -> None:
        """Draw object and shadow on transparent black, colors multiplied by coverage."""
        target.use()
        self._context.disable(moderngl.DEPTH_TEST | moderngl.BLEND | moderngl.CULL_FACE)
        self._context.blend_func = moderngl.ONE, moderngl.ONE_MINUS_SRC_ALPHA
        target.clear(0.0, 0.0, 0.0, 0.0, depth=1.0)
        view = view_of(scene.camera, model.center, model.radius)
        matrices = {"projection": view.projection.tobytes(), "modelview": view.modelview.tobytes()}
        if view.eye[1] > 0:  # from below the ground is invisible
            self._draw_shadow(scene, model, matrices)
        self._draw_object(scene, model, {**matrices, "eye": view.eye, "surroundings": place.surroundings}, target)

    def _draw_shadow(self, scene: Scene, model: Model, matrices: dict[str, bytes]) -> None:
        strength = SHADOW * scene.surface.lighting
        if strength <= 0:
            return
        program = self._programs.get("scene/shadow.vert", "scene/shadow.frag")
        model.shadow.use(0)
        placed = {"footprints": 0, "reach": model.shadow_reach, "shape": scene.morph.shape, "strength": strength}
        set_uniforms(program, {**matrices, **placed})
        self._context.enable(moderngl.BLEND)
        self._targets.fullscreen(program).render(moderngl.TRIANGLE_STRIP, vertices=4)
        self._context.disable(moderngl.BLEND)

    def _draw_object(self, scene: Scene, model: Model, placed: dict[str, Any], target: moderngl.Framebuffer) -> None:
        surface = scene.surface
        values = {
            **placed,
            "shape": scene.morph.shape,
            "blend": scene.morph.texture,
            "influence": surface.texture,
            "evenness": surface.blur,
            "gloss": float(model.glossy),
            "lights": _lights(surface.light),
        }
        self._context.enable(moderngl.DEPTH_TEST)
        for piece in model.pieces:
            self._draw_piece(scene, model, piece, values)
        if model.blended is not None:
            self._context.enable(moderngl.BLEND)
            target.depth_mask = False  # what is translucent hides nothing
            try:
                for piece in model.blended.sort(placed["eye"]):
                    self._draw_piece(scene, model, piece, values, blended=True)
            finally:
                target.depth_mask = True
            self._context.disable(moderngl.BLEND)
        self._context.disable(moderngl.DEPTH_TEST)

    def _draw_piece(
        self, scene: Scene, model: Model, piece: Piece, values: dict[str, Any], blended: bool = False
    ) -> None:
        """Draw what is opaque of a piece, or with ``blended`` the rest of it."""
        surface = scene.surface
        textures = _needed_textures(piece, model, scene.morph.texture)
        levels = {n.replace("texture", "level"): surface.blur * math.log2(max(t.size)) for n, t in textures.items()}
        has = {"TWO": "other_texture" in textures, "BLURRED": surface.blur > 0, "OPACITY": "opacity" in textures}
        has["REFLECTIONS"] = model.reflections and surface.lighting > 0
        defines = [name for name, needed in has.items() if needed] + piece.defines(blended)
        kind = "hair" if piece.hair else "object"
        program = self._programs.get(f"scene/{kind}.vert", f"scene/{kind}.frag", *defines)
        units = {name: unit for unit, name in enumerate(textures)}
        for name, texture in textures.items():
            texture.use(units[name])
        set_uniforms(program, {**values, **levels, **units, **piece.uniforms(surface.lighting)})
        if piece.hair:
            self._context.enable_direct(CLIP_DISTANCE)
        model.array(self._context, program).render(moderngl.TRIANGLES, piece.count, first=piece.first)
        self._context.disable_direct(CLIP_DISTANCE)


def _lights(turn: float) -> tuple[float, ...]:
    """Return unit vectors toward the lights, rotated by ``turn`` degrees around the vertical axis, as 9 numbers."""
    c, s = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    return tuple(
        value / math.sqrt(x * x + y * y + z * z) for x, y, z in LIGHTS for value in (c * x + s * z, y, c * z - s * x)
    )


def _needed_textures(piece: Piece, model: Model, blend: float) -> dict[str, moderngl.Texture]:
    """Return only the textures that are read, by sampler: each one costs time in software GL."""
    one, other = piece.first_texture, piece.second_texture
    textures = {"one_texture": other if blend == 1 else one}
    if 0 < blend < 1 and one is not other:
        textures["other_texture"] = other
    if model.opacity is not None:
        textures["opacity"] = model.opacity
    return textures

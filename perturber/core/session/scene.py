"""The scene in the session: object, background, surface and camera, or a photo."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from annotated_types import Interval
from pydantic import Field, model_validator

from perturber.core.parameters.parameter import Control
from perturber.core.parameters.state import State
from perturber.core.storage.files import FileRef

Detail = Literal["standard", "fine"]
Source = Literal["slot1", "slot2"]


class PairSubject(State):
    """A shipped object pair: two objects with the same mesh topology."""

    group: ClassVar[str] = "Scene"

    kind: Literal["pair"] = "pair"
    name: str = "dog_cat"
    """Folder of the pair in assets/."""
    detail: Annotated[Detail, Control("Detail", advanced=True)] = "standard"
    """Amount of fur: standard suits software rendering, fine draws every hair; no effect on objects without fur."""


class MeshSubject(State):
    """The user's own mesh (OBJ, glTF, PLY or STL) with optional textures."""

    kind: Literal["mesh"] = "mesh"
    mesh: FileRef
    diffuse: FileRef | None = None
    """Color texture; None uses the mesh's own material, or white if it has none."""
    alpha: FileRef | None = None
    """Opacity texture, whose luminance is used; None makes the object opaque."""


Subject = Annotated[PairSubject | MeshSubject, Field(discriminator="kind")]


class Morph(State):
    """The morph between the two objects of a pair: 0 is the first, 1 the second."""

    group: ClassVar[str] = "{morph}"

    overall: Annotated[float, Interval(ge=0, le=1), Control("Overall {morph}", drives=("shape", "texture"))] = 0.0
    """Morphs shape and texture together from the first object (0) to the second (1)."""
    shape: Annotated[float, Interval(ge=0, le=1), Control("Shape {morph}")] = 0.0
    """Interpolation of the vertices between the two objects, without changing the texture."""
    texture: Annotated[float, Interval(ge=0, le=1), Control("Texture {morph}")] = 0.0
    """Blend of the two textures, without changing the shape."""

    @model_validator(mode="before")
    @classmethod
    def _follow(cls, data: Any) -> Any:
        """Take shape and texture from ``overall`` where a file does not give them."""
        if isinstance(data, dict) and "overall" in data:
            return {"shape": data["overall"], "texture": data["overall"], **data}
        return data


class Camera(State):
    """An orbiting camera that looks at the object's center."""

    group: ClassVar[str] = "Camera"

    yaw: Annotated[float, Interval(ge=-180, le=180), Control("Yaw", unit="°")] = -25.0
    """Angle around the vertical axis; 0 faces the object, positive values move the camera to its left side."""
    pitch: Annotated[float, Interval(ge=-89, le=89), Control("Pitch", unit="°")] = -8.0
    """Viewing angle against the horizon; negative values look down on the object."""
    roll: Annotated[float, Interval(ge=-180, le=180), Control("Roll", unit="°")] = 0.0
    """Rotation around the viewing direction, including the background."""
    distance: Annotated[float, Interval(ge=0.3, le=5), Control("Distance")] = 1.0
    """Distance to the object; 1 is the distance at which it just fits the frame."""
    pan_x: Annotated[float, Interval(ge=-2, le=2), Control("Pan X")] = 0.0
    """Rightward shift of the object, in half frame widths."""
    pan_y: Annotated[float, Interval(ge=-2, le=2), Control("Pan Y")] = 0.0
    """Upward shift of the object, in half frame heights."""
    fov: Annotated[float, Interval(ge=5, le=120), Control("Field of View", unit="°")] = 35.0
    """Vertical field of view; the distance adapts so that the object keeps its size."""


class Background(State):
    """The picture behind the object."""

    group: ClassVar[str] = "Scene"

    name: str = "lawn"
    """A picture in assets/backgrounds; ignored if ``file`` is given."""
    file: FileRef | None = None
    """The user's own picture."""
    blur: Annotated[float, Interval(ge=0, le=1), Control("Background Blur")] = 0.0
    """Blurs the background; 0 is sharp, 1 is the mean color of the picture (mip level = blur · log2(size))."""
    saturation: Annotated[float, Interval(ge=0, le=1), Control("Background Saturation")] = 1.0
    """1 keeps the colors; 0 keeps only the luminance."""
    rotation: Annotated[float, Interval(ge=-180, le=180), Control("Background Rotation", unit="°")] = 0.0
    """Rotation of the background around the frame's center."""
    shift_x: Annotated[float, Interval(ge=-1, le=1), Control("Background Shift X")] = 0.0
    """Rightward shift of the background, in frame widths; the picture is mirrored at its edges."""
    shift_y: Annotated[float, Interval(ge=-1, le=1), Control("Background Shift Y")] = 0.0
    """Upward shift of the background, in frame heights; the picture is mirrored at its edges."""


class Surface(State):
    """The object's texture and lighting."""

    group: ClassVar[str] = "Scene"

    texture: Annotated[float, Interval(ge=0, le=1), Control("Texture Influence")] = 1.0
    """Strength of the texture; 0 is solid white."""
    blur: Annotated[float, Interval(ge=0, le=1), Control("Texture Blur")] = 0.0
    """Blurs the texture; 0 is sharp, 1 is its mean color (mip level = blur · log2(size))."""
    lighting: Annotated[float, Interval(ge=0, le=1), Control("Lighting Influence")] = 1.0
    """Strength of the shading; 1 uses three lights (Blinn) and reflections, 0 leaves the surface unshaded (value 1)."""
    light: Annotated[float, Interval(ge=-180, le=180), Control("Light Direction", unit="°")] = 0.0
    """Rotation of the lights around the vertical axis: 0 is from the front, 90 from the object's left side."""


class FeaturePlane(State):
    """A feature image on a square plane that replaces the object, to test which parts of it activate a unit."""

    group: ClassVar[str] = "Scene"

    enabled: Annotated[bool, Control("Feat. Vis.")] = False
    """Show a unit's feature image on an unlit plane instead of the object."""
    layer: str = "mixed4a"
    """Layer of the unit whose feature image is shown."""
    unit: Annotated[int, Field(ge=0)] = 222
    """Number of the unit in its layer, from 0."""
    slot: Source = "slot1"
    """Slot of the unit's network, slot1 or slot2; edited models have no precomputed images."""
    naive: bool = False
    """Use the image optimized in pixel space; off uses Fourier coefficients and decorrelated colors."""


class Photo(State):
    """A picture file that replaces the 3D scene; every post effect applies to it."""

    file: FileRef
    crop: Annotated[float, Interval(ge=0.1, le=1), Control("Photo Crop")] = 0.875
    """Side of the central square to show, as a share of the picture's shorter side (224/256 is the usual crop)."""


class Scene(State):
    """The input of rasterization."""

    photo: Photo | None = None
    subject: Subject = PairSubject()
    morph: Morph = Morph()
    background: Background = Background()
    surface: Surface = Surface()
    plane: FeaturePlane = FeaturePlane()
    camera: Camera = Camera()

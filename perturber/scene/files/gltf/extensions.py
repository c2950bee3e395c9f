"""The glTF extensions: which are drawn, which change nothing here, and how to convert what is refused."""

from __future__ import annotations

import re

from PIL import features

from perturber.core.errors import InputError
from perturber.scene.files.gltf.entries import GltfEntry

DRACO = "KHR_draco_mesh_compression"
MESHOPT = ("EXT_meshopt_compression", "KHR_meshopt_compression")
INSTANCING = "EXT_mesh_gpu_instancing"
TRANSFORM = "KHR_texture_transform"
GLOSSINESS = "KHR_materials_pbrSpecularGlossiness"
EMISSION = "KHR_materials_emissive_strength"
UNLIT = "KHR_materials_unlit"
VISIBILITY = "KHR_node_visibility"
PICTURES = {"EXT_texture_avif": "avif", "EXT_texture_webp": "webp"}
"""Extensions that name another picture, and the feature of Pillow that reads it."""
BASISU = "KHR_texture_basisu"
OTHER_PICTURES = (BASISU, "MSFT_texture_dds")
DRAWN = {TRANSFORM, EMISSION, GLOSSINESS, UNLIT, VISIBILITY, INSTANCING, "KHR_mesh_quantization"}
SILENT = re.compile(
    r"KHR_(draco_mesh_compression|meshopt_compression|texture_basisu|xmp|xmp_json_ld|animation_pointer|audio\w*"
    r"|interactivity|physics\w*|materials_(variants|ior|specular|anisotropy|dispersion)|node_(select|hover)ability)"
    r"|EXT_(meshopt_compression|structural_metadata|mesh_features|instance_features|mesh_manifold|texture_\w+)"
    r"|(MSFT|OMI|FB|AGI|CESIUM|GODOT|VRMC?|MPEG|3DTILES)(_\w+)?"
)
"""Extensions that leave the resting picture as it is, or whose fallback is drawn."""
COPY = "decode it, for example with: gltf-transform copy in.glb out.glb"
WAYS_OUT = {
    DRACO: f"the mesh without Draco compression; {COPY} (or in Blender: export with Compression off)",
    **dict.fromkeys(MESHOPT, f"the mesh without meshopt compression; {COPY} (gltfpack compresses only with -c)"),
    BASISU: "PNG, JPEG or WebP textures in place of KTX2; convert it, for example with: "
    "gltf-transform ktxdecompress in.glb out.glb",
    "MSFT_texture_dds": "PNG, JPEG or WebP textures in place of DDS",
}  # fmt: skip


def check_extensions(root: GltfEntry) -> list[str]:
    """Return what a file uses and is drawn without. Raises InputError when it requires what is not supported."""
    for name in root.texts("extensionsRequired"):
        if not is_drawn(name):
            raise refusal_of(root, name)
    used = dict.fromkeys(root.texts("extensionsUsed"))
    return [name for name in used if not is_drawn(name) and not SILENT.fullmatch(name)]


def is_drawn(name: str) -> bool:
    """Return whether an extension is supported here."""
    return name in DRAWN or (name in PICTURES and bool(features.check(PICTURES[name])))


def refusal_of(root: GltfEntry, name: str) -> InputError:
    """Return the error for an extension without which a file cannot be drawn."""
    shown = name if re.fullmatch(r"\w{1,60}", name) else repr(name[:60])
    expected = WAYS_OUT.get(name, f"a file that does without {shown}")
    return InputError(root.file, f"it requires the glTF extension {shown}, which is not supported", expected)

"""Small sound meshes with something of everything, for tests that damage them."""

from __future__ import annotations

import struct

import numpy as np

from tests.gltf_writer import CORNERS, QUADRANTS, GltfWriter

OBJ = b"""mtllib m.mtl
# a remark
v 0 0 0 1 0 0\nv 1 0 0 0 1 0\nv 1 1 0 0 0 1\nv 0.5 0.3 0\nv 0 1 0
vt 0 0\nvt 1 0\nvt 1 1\nvn 0 0 1
usemtl m
f 1/1/1 2/2/1 3/3/1\nf 1 2 3 4 5
usemtl q#1
f -1//-1 -2//1 -3//1 -4//-1\nf 1/ 2/ 3/\nf 1/1/1 2/2/1 \\\n 3/3/1
"""
MTL = b"""newmtl m
Kd 0.5 0.25 1
map_Kd -s 2 2 1 -o .5 0 0 -mm 0.1 0.8 -clamp on t.png
newmtl q#1
Kd 1 0 0
map_d t.png
"""
PIECES = (
    b"-", b"/", b"9" * 30, b"nan", b"1e999", b"\0", b"\r", b"\n", b" ", b"#", b"\\\n", b"0", b"-1", b"f ", b"v ",
    b"usemtl ", b"list ", b"end_header\n", b"\xff\xfe", b"property ", b"2147483648 ",
)  # fmt: skip


def ply(order: str) -> bytes:
    """Return a mesh as PLY: text for an empty order of bytes, else < or >."""
    name = {"": "ascii", "<": "binary_little_endian", ">": "binary_big_endian"}[order]
    head = f"ply\nformat {name} 1.0\ncomment TextureFile t.png\nelement vertex 5\n"
    head += "".join(f"property float {axis}\n" for axis in "xyz") + "".join(
        f"property ushort {c}\n" for c in ("red", "green", "blue")
    )
    head += "element face 3\nproperty list uchar int vertex_indices\nproperty list uchar float texcoord\n"
    head += "element tristrips 1\nproperty list int int vertex_indices\nend_header\n"
    places = ((0, 0, 0), (1, 0, 0), (1, 1, 0), (0.5, 0.3, 0), (0, 1, 0))
    faces = ((0, 1, 2), (0, 1, 2, 3, 4), (0, 2, 3, 4))
    rows: list[tuple[str, tuple[float, ...]]] = [("fffHHH", (*place, 65535, 300, 0)) for place in places]
    for face in faces:
        corners = len(face)
        rows += [(f"B{corners}iB{2 * corners}f", (corners, *face, 2 * corners, *[0.5] * 2 * corners))]
    rows += [("i8i", (8, 0, 1, 2, 3, -1, 2, 3, 4))]
    if not order:
        return head.encode() + "".join(" ".join(map(str, values)) + "\n" for _, values in rows).encode()
    return head.encode() + b"".join(struct.pack(order + form, *values) for form, values in rows)


def stl(binary: bool) -> bytes:
    """Return two triangles as STL."""
    corners = ((0, 0, 0), (1, 0, 0), (1, 1, 0)), ((0, 0, 0), (1, 1, 0), (0, 1, 0))
    if binary:
        facets = (struct.pack("<12fH", 0, 0, 1, *sum(facet, ()), 0) for facet in corners)
        return bytes(80) + struct.pack("<I", len(corners)) + b"".join(facets)
    lines = ["solid plate"]
    for facet in corners:
        vertices = (f"vertex {x} {y} {z}" for x, y, z in facet)
        lines += ["facet normal 0 0 1", "outer loop", *vertices, "endloop", "endfacet"]
    return "\n".join([*lines, "endsolid plate", ""]).encode()


def rich_gltf() -> GltfWriter:
    """A plate with a texture, colors, a skin of one joint and a sparse accessor: something of everything."""
    writer = GltfWriter()
    colors = writer.array(np.ones((4, 4)), "uint8", normalized=True)
    where, what = writer.view(bytes([2])), writer.view(CORNERS[[2]].tobytes())
    sparse = {"count": 1, "indices": {"bufferView": where, "componentType": 5121}, "values": {"bufferView": what}}
    position = writer.array(CORNERS, sparse=sparse)
    joints = {"JOINTS_0": writer.array(np.zeros((4, 4)), "uint8"), "WEIGHTS_0": writer.array(np.eye(4)[[0] * 4])}
    made = writer.material(writer.texture(QUADRANTS, {}))
    writer.place(writer.primitive(made, POSITION=position, COLOR_0=colors, **joints), skin=0)
    writer.add("skins", {"joints": [0], "inverseBindMatrices": writer.array(np.eye(4).reshape(1, 16))})
    return writer

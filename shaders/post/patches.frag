#version 330
// k × k cells in another order; the order comes as a texture: cell (x, y) shows the cell it names.
// Whole numbers only: every pixel is one of the source's, the same on every machine. Where k does not
// divide the size, cells differ by one pixel, and a narrower one repeats its last.
uniform sampler2D source;
uniform sampler2D table;
uniform int k;

out vec4 result;

// First pixel of a cell: ceil(cell * size / k).
ivec2 start(ivec2 cell, int size) {
    return (cell * size + k - 1) / k;
}

void main() {
    int size = textureSize(source, 0).x;
    ivec2 here = ivec2(gl_FragCoord.xy);
    ivec2 cell = here * k / size;
    ivec2 from = ivec2(texelFetch(table, cell, 0).rg);
    ivec2 at = start(from, size) + here - start(cell, size);
    result = texelFetch(source, min(at, start(from + 1, size) - 1), 0);
}

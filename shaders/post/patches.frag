#version 330
// k × k cells in another order; the order comes as a texture: cell (x, y) shows the cell it names.
uniform sampler2D source;
uniform sampler2D table;
uniform int k;

in vec2 uv;
out vec4 result;

void main() {
    vec2 place = uv * float(k);
    ivec2 cell = clamp(ivec2(floor(place)), ivec2(0), ivec2(k - 1));
    vec2 from = texelFetch(table, cell, 0).rg;
    ivec2 size = textureSize(source, 0);
    vec2 at = (from + place - vec2(cell)) / float(k);
    result = texelFetch(source, clamp(ivec2(floor(at * vec2(size))), ivec2(0), size - 1), 0);
}

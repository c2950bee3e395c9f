#version 330
#include "color.glsl"
// The picture behind the object, filling the frame, mirrored at its edges.
uniform sampler2D picture;
uniform float level;       // mip level
uniform float saturation;
uniform mat2 turn;         // rotation, aspect and zoom, from frame to picture
uniform vec2 shift;

in vec2 uv;
out vec4 color;

void main() {
    vec2 at = turn * (uv - 0.5 - shift) + 0.5;
    vec2 texels = at * vec2(textureSize(picture, 0));
    float natural = log2(max(max(length(dFdx(texels)), length(dFdy(texels))), 1e-6));
    color = vec4(saturate_by(textureLod(picture, 1.0 - abs(mod(at, 2.0) - 1.0), max(level, natural)).rgb, saturation), 1.0);
}

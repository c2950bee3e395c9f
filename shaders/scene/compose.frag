#version 330
#include "color.glsl"
// The object over the picture behind it, which fills the frame and is mirrored at its edges. The object
// comes at twice the size, its colors multiplied by coverage: one bilinear tap in the corner of four
// texels is their exact mean.
uniform sampler2D object;
uniform sampler2D picture;
uniform float level;       // mip level
uniform float saturation;
uniform mat2 turn;         // rotation, aspect and zoom, from frame to picture
uniform vec2 shift;

const float SHARPNESS = 0.5;  // levels above the one whose texels are pixels: trilinear reading is soft

in vec2 uv;
out vec4 color;

void main() {
    vec2 at = turn * (uv - 0.5 - shift) + 0.5;
    vec2 texels = at * vec2(textureSize(picture, 0));
    float natural = log2(max(max(length(dFdx(texels)), length(dFdy(texels))), 1e-6)) - SHARPNESS;
    vec2 mirrored = 1.0 - abs(mod(at, 2.0) - 1.0);
    vec3 behind = saturate_by(textureLod(picture, mirrored, max(level, natural)).rgb, saturation);
    vec4 front = textureLod(object, uv, 0.0);
    color = vec4(front.rgb + (1.0 - front.a) * behind, 1.0);
}

#version 330
// A picture with its own colors, unlit. From behind it is seen through the plane, as on a slide.
#include "texel.glsl"
uniform sampler2D picture;
uniform float influence;   // of the picture against white
uniform float level;       // mip level of the blur

in vec2 at;
out vec4 color;

void main() {
    color = vec4(mix(vec3(1.0), blurred(picture, at, level).rgb, influence), 1.0);
}

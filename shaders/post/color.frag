#version 330
#include "color.glsl"
uniform sampler2D source;
uniform float alpha;
uniform float hue;
uniform float saturation;
uniform float brightness;
uniform float gamma;

in vec2 uv;
out vec4 result;

void main() {
    vec3 color = texture(source, uv).rgb * alpha;
    color = clamp(rotate_hue(color, hue), 0.0, 1.0);
    color = saturate_by(color, saturation) + brightness;
    result = vec4(pow(clamp(color, 0.0, 1.0), vec3(1.0 / gamma)), 1.0);
}

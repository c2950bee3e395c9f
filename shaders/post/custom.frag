#version 330
// Around the user's text, which defines vec3 effect(vec3 color, float value, vec2 uv): colors in
// [0, 1], uv (0, 0) at the lower left. The text may read other places by pixel(uv).
uniform sampler2D source;
uniform float value;

in vec2 uv;
out vec4 result;

vec3 pixel(vec2 at) {
    return textureLod(source, at, 0.0).rgb;
}

#pragma insert code

// Not a number becomes 0, infinity 1; a comparison is the one test that every driver keeps.
float finite(float x) {
    return x > 0.0 ? min(x, 1.0) : 0.0;
}

void main() {
    vec3 color = effect(texelFetch(source, ivec2(gl_FragCoord.xy), 0).rgb, value, uv);
    result = vec4(finite(color.r), finite(color.g), finite(color.b), 1.0);
}

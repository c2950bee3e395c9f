#version 330
#include "color.glsl"
#include "blur.glsl"
// Laplacian decomposition: low = blur(source), high = source - low; each band is changed, then summed.
uniform sampler2D source;
uniform sampler2D low_x;
uniform sampler2D low_y;
uniform sampler2D soft_low_x;
uniform sampler2D soft_low_y;
uniform sampler2D high;
uniform sampler2D soft_high_x;
uniform sampler2D soft_high_y;
uniform float cutoff;
uniform float low_alpha;
uniform float high_alpha;
uniform float low_sigma;
uniform float high_sigma;
uniform float low_hue;
uniform float high_hue;
uniform float pixel;  // of a 224 pixel wide picture, in pixels of this one

in vec2 uv;
out vec4 result;

const ivec2 X = ivec2(1, 0);
const ivec2 Y = ivec2(0, 1);

void main() {
#if defined(PASS_low_x)
    result = vec4(blur_along(source, X, cutoff * pixel), 1.0);
#elif defined(PASS_low_y)
    result = vec4(blur_along(low_x, Y, cutoff * pixel), 1.0);
#elif defined(PASS_soft_low_x)
    result = vec4(blur_along(low_y, X, low_sigma * pixel), 1.0);
#elif defined(PASS_soft_low_y)
    result = vec4(blur_along(soft_low_x, Y, low_sigma * pixel), 1.0);
#elif defined(PASS_high)
    result = texture(source, uv) - texture(low_y, uv);
#elif defined(PASS_soft_high_x)
    result = vec4(blur_along(high, X, high_sigma * pixel), 1.0);
#elif defined(PASS_soft_high_y)
    result = vec4(blur_along(soft_high_x, Y, high_sigma * pixel), 1.0);
#else
    vec3 low = rotate_hue((low_sigma > 0.0 ? texture(soft_low_y, uv) : texture(low_y, uv)).rgb, low_hue);
    vec3 rest = rotate_hue((high_sigma > 0.0 ? texture(soft_high_y, uv) : texture(high, uv)).rgb, high_hue);
    result = vec4(mix(vec3(0.5), low, low_alpha) + high_alpha * rest, 1.0);
#endif
}

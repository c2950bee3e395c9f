#version 330
// Texture blend, then shading.
// Software GL pays for all it does: TWO, BLURRED, OPACITY and REFLECTIONS are defined only where needed.
#include "surface.glsl"
uniform sampler2D one_texture;
uniform sampler2D other_texture;
uniform sampler2D opacity;
uniform float blend;
uniform float one_level;   // mip levels of the blur
uniform float other_level;

in vec3 position;
in vec3 normal;
in vec2 at;
in vec3 tint;
out vec4 color;

vec4 read(sampler2D image, float level) {
#ifdef BLURRED
    // Never finer than the texels under a pixel, or a little blur would make it sharper.
    vec2 size = vec2(textureSize(image, 0));
    vec2 x = dFdx(at) * size, y = dFdy(at) * size;
    return textureLod(image, at, max(level, 0.5 * log2(max(max(dot(x, x), dot(y, y)), 1e-12))));
#else
    return texture(image, at);
#endif
}

void main() {
#ifdef OPACITY
    if (texture(opacity, at).r < 0.5) discard;
#endif
    vec4 surface = read(one_texture, one_level);
#ifdef TWO
    surface = mix(surface, read(other_texture, other_level), blend);
#endif
    vec3 toward = normalize(eye - position);
    vec3 n = normal / max(length(normal), 1e-6);
    if (dot(n, toward) < 0.0 && !gl_FrontFacing) n = -n;
    color = vec4(shaded(surface, tint, n, toward), 1.0);
}

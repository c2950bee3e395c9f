#version 330
// Texture blend, then shading.
// Software GL pays for all it does: TWO, BLURRED, OPACITY and REFLECTIONS are defined only where needed.
#include "surface.glsl"
#include "texel.glsl"
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

void main() {
#ifdef OPACITY
    if (texture(opacity, at).r < 0.5) discard;
#endif
    vec4 surface = blurred(one_texture, at, one_level);
#ifdef TWO
    surface = mix(surface, blurred(other_texture, at, other_level), blend);
#endif
    vec3 toward = normalize(eye - position);
    vec3 n = normal / max(length(normal), 1e-6);
    if (dot(n, toward) < 0.0 && !gl_FrontFacing) n = -n;
    color = vec4(shaded(surface, tint, n, toward), 1.0);
}

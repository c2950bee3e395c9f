#version 330
// Texture blend, then shading.
// Software GL pays for all it does: TWO, BLURRED, OPACITY and REFLECTIONS are defined only where needed.
// So are those of a mesh's own material: LINEAR (texture × color in linear light), MIRROR (beyond the texture's edges),
// ALPHA (discard below a limit) and BLEND (draw only what is below it, blended).
#include "linear.glsl"
#include "surface.glsl"
#include "texel.glsl"
uniform sampler2D one_texture;
uniform sampler2D other_texture;
uniform sampler2D opacity;
uniform float blend;
uniform float one_level;   // mip levels of the blur
uniform float other_level;
uniform vec2 mirrored;     // 1 along the axes on which the texture is mirrored
uniform float alpha;       // of the material
uniform float least;       // alpha from which a surface counts as opaque

#ifdef BLEND
const bool BLENDED = true;
#else
const bool BLENDED = false;
#endif

in vec3 position;
in vec3 normal;
in vec2 at;
in vec3 tint;
#ifdef ALPHA
in float coverage;
#endif
out vec4 color;

void main() {
#ifdef OPACITY
    if (texture(opacity, at).r < 0.5) discard;
#endif
    vec2 spot = at;
#ifdef MIRROR
    spot = mix(at, 1.0 - abs(mod(at, 2.0) - 1.0), mirrored);
#endif
    vec4 surface = blurred(one_texture, spot, one_level);
#ifdef TWO
    surface = mix(surface, blurred(other_texture, at, other_level), blend);
#endif
#ifdef ALPHA
    float opaqueness = surface.a * alpha * coverage;
    if ((opaqueness < least) != BLENDED) discard;
#endif
#ifdef LINEAR
    surface.rgb = to_srgb(to_linear(surface.rgb) * tint);
    vec3 factor = vec3(1.0);
#else
    vec3 factor = tint;
#endif
    vec3 toward = normalize(eye - position);
    vec3 n = normal / max(length(normal), 1e-6);
    if (dot(n, toward) < 0.0 && !gl_FrontFacing) n = -n;
    color = vec4(shaded(surface, factor, n, toward), 1.0);
#ifdef BLEND
    color *= opaqueness;
#endif
}

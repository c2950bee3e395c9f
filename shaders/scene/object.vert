#version 330
// Vertices and normals blended between the two ends of a pair.
#include "ends.glsl"
#include "linear.glsl"

out vec3 position;
out vec3 normal;
out vec2 at;
out vec3 tint;
#ifdef ALPHA
out float coverage;
#endif

void main() {
    position = mix(first_position, second_position, shape);
    normal = mix(first_normal, second_normal, shape);
    at = texture_uv;
#if defined(LINEAR)
    tint = to_linear(vertex_color.rgb);
#elif defined(ALPHA)
    tint = vertex_color.rgb;
#else
    tint = vertex_tint();
#endif
#ifdef ALPHA
    coverage = vertex_color.a;
#endif
    gl_Position = projection * (modelview * vec4(position, 1.0));
}

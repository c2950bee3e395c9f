#version 330
// Vertices and normals blended between the two ends of a pair.
#include "ends.glsl"

out vec3 position;
out vec3 normal;
out vec2 at;
out vec3 tint;

void main() {
    position = mix(first_position, second_position, shape);
    normal = mix(first_normal, second_normal, shape);
    at = texture_uv;
    tint = vertex_tint();
    gl_Position = projection * (modelview * vec4(position, 1.0));
}

#version 330
// Vertices and normals blended between the two ends of a pair.
uniform mat4 projection;
uniform mat4 modelview;
uniform float shape;
uniform float evenness;

in vec3 first_position;
in vec3 first_normal;
in vec3 second_position;
in vec3 second_normal;
in vec2 texture_uv;
in vec4 vertex_colour;

out vec3 position;
out vec3 normal;
out vec2 at;
out vec3 tint;

void main() {
    position = mix(first_position, second_position, shape);
    normal = mix(first_normal, second_normal, shape);
    at = texture_uv;
    // Alpha is a hair's brightness, 128 is one; what blurs the texture evens it out.
    tint = vertex_colour.rgb * mix(vertex_colour.a * (255.0 / 128.0), 1.0, evenness);
    gl_Position = projection * (modelview * vec4(position, 1.0));
}

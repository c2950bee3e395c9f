// What a vertex is at both ends of a pair.
uniform mat4 projection;
uniform mat4 modelview;
uniform float shape;
uniform float evenness;

in vec3 first_position;
in vec3 first_normal;
in vec3 second_position;
in vec3 second_normal;
in vec2 texture_uv;
in vec4 vertex_color;

// Alpha is a hair's brightness, 128 is one; what blurs the texture evens it out.
vec3 vertex_tint() {
    return vertex_color.rgb * mix(vertex_color.a * (255.0 / 128.0), 1.0, evenness);
}

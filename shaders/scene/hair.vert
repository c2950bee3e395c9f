#version 330
// Hairs: thin triangles of one normal and one place of the texture, so they are shaded here, vertex by vertex.
// Software GL fills 4 × 4 pixels for each, however few it covers: their fragments must cost nothing.
#include "ends.glsl"
#include "surface.glsl"
uniform sampler2D one_texture;
uniform sampler2D other_texture;
uniform float blend;
uniform float one_level;
uniform float other_level;

const float HIDDEN = -0.4;  // cosine beyond which a hair is behind the skin it grows on

out vec3 shade;
out float gl_ClipDistance[1];

void main() {
    vec3 position = mix(first_position, second_position, shape);
    vec3 normal = normalize(mix(first_normal, second_normal, shape));
    vec3 toward = normalize(eye - position);
    gl_Position = projection * (modelview * vec4(position, 1.0));
    gl_ClipDistance[0] = dot(normal, toward) - HIDDEN;
    vec4 surface = textureLod(one_texture, texture_uv, one_level);
#ifdef TWO
    surface = mix(surface, textureLod(other_texture, texture_uv, other_level), blend);
#endif
    shade = shaded(surface, vertex_tint(), normal, toward);
}

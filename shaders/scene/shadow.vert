#version 330
// A square on the ground around the origin, under the object.
uniform mat4 projection;
uniform mat4 modelview;
uniform float reach;  // half its side

out vec2 spot;

void main() {
    spot = vec2(gl_VertexID % 2, gl_VertexID / 2);
    vec2 place = (2.0 * spot - 1.0) * reach;
    gl_Position = projection * (modelview * vec4(place.x, 0.0, place.y, 1.0));
}

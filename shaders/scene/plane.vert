#version 330
// An upright square around the origin that faces the camera at yaw 0; its sides are 2 long.
uniform mat4 projection;
uniform mat4 modelview;

out vec2 at;

void main() {
    at = vec2(gl_VertexID % 2, gl_VertexID / 2);
    gl_Position = projection * (modelview * vec4(2.0 * at - 1.0, 0.0, 1.0));
}

#version 330
uniform mat4 projection;
uniform mat4 modelview;
uniform vec3 middle;  // of the object, on the ground
uniform vec2 extent;  // half widths along x and z
out vec2 spot;

void main() {
    vec2 corner = vec2(gl_VertexID % 2 == 0 ? -1.0 : 1.0, gl_VertexID < 2 ? -1.0 : 1.0);
    spot = corner;
    vec3 place = middle + vec3(corner.x * extent.x, 0.0, corner.y * extent.y);
    gl_Position = projection * (modelview * vec4(place, 1.0));
}

#version 330
// Every effect's and the downsampling's plain copy; bilinear at half size is an exact 2 × 2 box filter.
uniform sampler2D source;
in vec2 uv;
out vec4 color;

void main() {
    color = texture(source, uv);
}

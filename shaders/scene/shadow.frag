#version 330
// A soft contact shadow on the ground, so that nothing floats: light is taken where the object is near.
uniform sampler2D footprints;  // of both ends
uniform float shape;
uniform float strength;

in vec2 spot;
out vec4 color;

void main() {
    vec2 darkness = texture(footprints, spot).rg;
    color = vec4(0.0, 0.0, 0.0, strength * mix(darkness.x, darkness.y, shape));
}

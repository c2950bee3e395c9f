#version 330
// A soft contact shadow on the ground, so that nothing floats.
uniform float strength;
in vec2 spot;
out vec4 color;

void main() {
    float d = dot(spot, spot);
    color = vec4(0.0, 0.0, 0.0, strength * exp(-3.0 * d) * smoothstep(1.0, 0.6, d));
}

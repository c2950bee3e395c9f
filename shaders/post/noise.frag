#version 330
// Gaussian noise; the normal deviates come as a texture, so that they are the same on every machine.
uniform sampler2D source;
uniform sampler2D table;
uniform float sigma;

in vec2 uv;
out vec4 result;

void main() {
    vec3 deviates = texelFetch(table, ivec2(gl_FragCoord.xy), 0).rgb;
    result = vec4(texture(source, uv).rgb + sigma * deviates, 1.0);
}

#version 330
// Texture blend, then Blinn shading by three lights that stand still in the world.
// Software GL pays for every texture that is read: TWO, BLURRED and OPACITY are defined only where needed.
uniform sampler2D one_texture;
uniform sampler2D other_texture;
uniform sampler2D opacity;
uniform float blend;
uniform float one_level;   // mip levels of the blur
uniform float other_level;
uniform float influence;     // of the texture
uniform float lighting;
uniform vec3 eye;
uniform float gloss;         // 1 when the texture's alpha is the specular strength

const float AMBIENT = 0.42;
const vec3 KEY = normalize(vec3(0.5, 0.9, 0.8));
const vec3 FILL = normalize(vec3(-0.9, 0.35, 0.5));
const vec3 RIM = normalize(vec3(0.1, 0.6, -1.0));
const vec3 STRENGTH = vec3(0.62, 0.22, 0.26);

in vec3 position;
in vec3 normal;
in vec2 at;
in vec3 tint;
out vec4 color;

vec4 read(sampler2D image, float level) {
#ifdef BLURRED
    // Never finer than the texels under a pixel, or a little blur would make it sharper.
    vec2 size = vec2(textureSize(image, 0));
    vec2 x = dFdx(at) * size, y = dFdy(at) * size;
    return textureLod(image, at, max(level, 0.5 * log2(max(max(dot(x, x), dot(y, y)), 1e-12))));
#else
    return texture(image, at);
#endif
}

// Blinn's cosine to the power of 40, by products alone: software GL pays dearly for roots and powers.
float highlight(vec3 n, vec3 halfway) {
    float cosine = max(dot(n, halfway), 0.0);
    float two = cosine * cosine / dot(halfway, halfway);
    float four = two * two;
    float eight = four * four;
    float sixteen = eight * eight;
    return sixteen * sixteen * eight;
}

void main() {
#ifdef OPACITY
    if (texture(opacity, at).r < 0.5) discard;
#endif
    vec4 surface = read(one_texture, one_level);
#ifdef TWO
    surface = mix(surface, read(other_texture, other_level), blend);
#endif
    vec3 toward = normalize(eye - position);
    vec3 n = normal / max(length(normal), 1e-6);
    if (dot(n, toward) < 0.0 && !gl_FrontFacing) n = -n;
    vec3 diffuse = vec3(max(dot(n, KEY), 0.0), max(dot(n, FILL), 0.0), max(dot(n, RIM), 0.0));
    vec3 halves = vec3(highlight(n, KEY + toward), highlight(n, FILL + toward), highlight(n, RIM + toward));
    float specular = dot(halves, STRENGTH) * surface.a * gloss;
    float shade = AMBIENT + dot(diffuse, STRENGTH);
    vec3 base = mix(vec3(1.0), surface.rgb * tint, influence);
    color = vec4(base * mix(1.0, shade, lighting) + specular * lighting, 1.0);
}

#version 330
// Texture blend, then Blinn shading by three lights that stand still in the world, and reflections of it.
// Software GL pays for all it does: TWO, BLURRED, OPACITY and REFLECTIONS are defined only where needed.
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
uniform mat3 lights;         // unit vectors towards key, fill and rim light, column by column
uniform mat3 surroundings;   // colours of sky, horizon and ground

const float AMBIENT = 0.42;
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

#ifdef REFLECTIONS
const float MIRROR = 0.8;    // what a specular strength of 1 reflects
const vec3 SIDEWAYS = vec3(0.11, 0.07, -0.05);  // the skyline is not level

// The place around the object in a direction: a bright sky, a dark skyline, the ground.
vec3 environment(vec3 direction) {
    float height = direction.y + dot(SIDEWAYS, direction * direction.yzx);
    vec3 above = mix(surroundings[1] * 0.55, surroundings[0], smoothstep(0.02, 0.30, height));
    vec3 below = mix(surroundings[1] * 0.35, surroundings[2], smoothstep(0.0, 0.45, -height));
    return mix(below, above, smoothstep(-0.02, 0.02, height));
}

// Strength after Schlick: weak head-on and strong at grazing angles, unless it is a mirror.
float reflectance(float strength, float cosine) {
    float away = 1.0 - cosine;
    float two = away * away;
    return MIRROR * strength * mix(strength * strength, 1.0, two * two * away);
}
#endif

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
    vec3 diffuse = max(n * lights, 0.0);
    vec3 halves = vec3(highlight(n, lights[0] + toward), highlight(n, lights[1] + toward), highlight(n, lights[2] + toward));
    float specular = dot(halves, STRENGTH) * surface.a * gloss;
    float shade = AMBIENT + dot(diffuse, STRENGTH);
    vec3 base = mix(vec3(1.0), surface.rgb * tint, influence);
    vec3 lit = base * mix(1.0, shade, lighting);
#ifdef REFLECTIONS
    float cosine = clamp(dot(n, toward), 0.0, 1.0);
    vec3 mirrored = environment(2.0 * cosine * n - toward);
    lit = mix(lit, mirrored, reflectance(surface.a, cosine) * lighting);
#endif
    color = vec4(lit + specular * lighting, 1.0);
}

// How a surface answers light: Blinn shading by three lights that stand still in the world, reflections of it.
uniform float influence;     // of the texture
uniform float lighting;
uniform vec3 eye;
uniform float gloss;         // 1 when the texture's alpha is the specular strength
uniform mat3 lights;         // unit vectors towards key, fill and rim light, column by column
uniform mat3 surroundings;   // colors of sky, horizon and ground

const float AMBIENT = 0.42;
const vec3 STRENGTH = vec3(0.62, 0.22, 0.26);

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

// The color that is seen of a texture's color (alpha: specular strength), n and toward of length one.
vec3 shaded(vec4 surface, vec3 tint, vec3 n, vec3 toward) {
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
    return lit + specular * lighting;
}

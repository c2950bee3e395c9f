// Color arithmetic on sRGB values as they are; only products of textures and colors are linearized (linear.glsl).
const vec3 LUMA = vec3(0.2126, 0.7152, 0.0722);

vec3 saturate_by(vec3 color, float amount) {
    return mix(vec3(dot(color, LUMA)), color, amount);
}

// Rotation around the gray axis (Rodrigues), in turns; linear, so it works on signed bands too.
vec3 rotate_hue(vec3 color, float turns) {
    float angle = turns * 6.283185307179586;
    float c = cos(angle);
    const vec3 axis = vec3(0.5773502691896258);
    return color * c + cross(axis, color) * sin(angle) + axis * dot(axis, color) * (1.0 - c);
}

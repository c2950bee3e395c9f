// The transfer function of sRGB (IEC 61966-2-1), for products that are only right in linear light.
vec3 to_linear(vec3 color) {
    return mix(color / 12.92, pow((color + 0.055) / 1.055, vec3(2.4)), step(0.04045, color));
}

vec3 to_srgb(vec3 color) {
    return mix(12.92 * color, 1.055 * pow(max(color, 1e-9), vec3(1.0 / 2.4)) - 0.055, step(0.0031308, color));
}

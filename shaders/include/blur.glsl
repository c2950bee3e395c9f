// One direction of a Gaussian blur; sigma in pixels, edges clamped, cut at three sigma.
vec4 blur_along(sampler2D image, vec2 direction, float sigma) {
    ivec2 size = textureSize(image, 0);
    ivec2 here = ivec2(gl_FragCoord.xy);
    ivec2 step_ = ivec2(direction);
    vec4 sum = texelFetch(image, here, 0);
    float weight = 1.0;
    int radius = int(ceil(3.0 * sigma));
    for (int i = 1; i <= radius; i++) {
        float w = exp(-0.5 * float(i * i) / (sigma * sigma));
        sum += w * texelFetch(image, clamp(here + i * step_, ivec2(0), size - 1), 0);
        sum += w * texelFetch(image, clamp(here - i * step_, ivec2(0), size - 1), 0);
        weight += 2.0 * w;
    }
    return sum / weight;
}

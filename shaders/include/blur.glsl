// One direction of a Gaussian blur; sigma in pixels, edges clamped, cut at three sigma.
vec3 blur_along(sampler2D image, ivec2 direction, float sigma) {
    ivec2 here = ivec2(gl_FragCoord.xy);
    ivec2 last = textureSize(image, 0) - 1;
    int radius = int(ceil(3.0 * sigma));
    vec3 sum = texelFetch(image, here, 0).rgb;
    float total = 1.0;
    // exp(-i² / 2σ²) by two multiplications a step: its ratio to the one before shrinks by a constant.
    float ratio = exp(-0.5 / (sigma * sigma));
    float shrink = ratio * ratio;
    float weight = 1.0;
    for (int i = 1; i <= radius; i++) {
        weight *= ratio;
        ratio *= shrink;
        ivec2 away = i * direction;
        vec3 pair = texelFetch(image, min(here + away, last), 0).rgb + texelFetch(image, max(here - away, ivec2(0)), 0).rgb;
        sum += weight * pair;
        total += 2.0 * weight;
    }
    return sum / total;
}

// A texture as it is, or with BLURRED by so many mip levels.
vec4 blurred(sampler2D image, vec2 at, float level) {
#ifdef BLURRED
    // Never finer than the texels under a pixel, or a little blur would make it sharper.
    vec2 size = vec2(textureSize(image, 0));
    vec2 x = dFdx(at) * size, y = dFdy(at) * size;
    return textureLod(image, at, max(level, 0.5 * log2(max(max(dot(x, x), dot(y, y)), 1e-12))));
#else
    return texture(image, at);
#endif
}

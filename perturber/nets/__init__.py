"""What a network is: architectures, weights, labels, families. No OpenGL, no Qt."""

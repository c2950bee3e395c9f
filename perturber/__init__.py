"""Perturb a 3D scene and watch what happens inside and at the output of convolutional networks."""

__version__ = "0.1.0"

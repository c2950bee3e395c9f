"""Generates everything in assets/ from code: meshes, textures, backgrounds, thumbnails.

Run from the root of the repository as ``python -m assets.build [NAME ...]``; see assets/README.md.
"""

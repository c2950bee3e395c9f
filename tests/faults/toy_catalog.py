"""An entry of the catalog of weights that points to a server of ours."""

from __future__ import annotations

from collections.abc import Sequence

from perturber.nets.published.catalog import CatalogEntry, Pattern, PublishedFamily


def toy_entry(urls: Sequence[str], sha256: str = "", file: str = "toy.bin", **more: str) -> CatalogEntry:
    """Return an entry with one file. Raises ValidationError for what a catalog may not hold."""
    kind = PublishedFamily(name="toy", label="Toy", architecture="inception_v1")
    named = {"name": "toy", "label": "Toy", "family": "toy", "variant": "a", "variant_label": "A"}
    pattern = Pattern(urls=tuple(urls), file=file, sha256=sha256, **more)
    return CatalogEntry(**named, kind=kind, file=(pattern,))


CATALOG = """[[family]]
name = "toyfamily"
label = "Toy"
architecture = "inception_v1"
[[entry]]
name = "toy"
label = "Toy"
family = "toyfamily"
variant = "a"
variant_label = "A"
[[entry.file]]
urls = ["https://x.invalid/toy.bin"]
file = "toy.bin"
"""
"""A catalog of the user's own."""

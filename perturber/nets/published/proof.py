"""What is known about a published file before and after its first download, for a person to compare. Torch-free."""

from __future__ import annotations

from perturber.core.damage import report_damage
from perturber.core.errors import InputError
from perturber.nets.published.catalog import CatalogEntry, WeightsSource
from perturber.nets.published.fetch import WHOLE, home
from perturber.nets.published.pins import Pin, Pins


def pin_of(entry: CatalogEntry, source: WeightsSource) -> Pin | None:
    """Return the pinned hash of a file, None if there is none; pins that cannot be read are reported."""
    try:
        return Pins(home()).get(f"{entry.name}/{source.file}")
    except InputError as error:
        report_damage(error)
        return None


def describe_hash(entry: CatalogEntry, source: WeightsSource) -> str:
    """Return what is known of a file's SHA-256: documented, pinned, or to be pinned at the first download."""
    if len(source.sha256) == WHOLE:
        return f"SHA-256 {source.sha256} (documented)"
    if (pin := pin_of(entry, source)) is not None:
        return f"SHA-256 {pin.describe()}"
    begin = f"SHA-256 {source.sha256}… (first digits, documented)" if source.sha256 else "no SHA-256 is documented"
    return f"{begin}; the first download is pinned, and later ones must equal it"

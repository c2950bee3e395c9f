"""Short and detailed descriptions of the model in a slot."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from pathlib import Path

from perturber.core.rates import Rate
from perturber.core.session.edit import Edit
from perturber.core.session.models import ArchitectureModel, EditedModel, FamilyModel, ModelRef, Preprocessing
from perturber.gui.models.checkpoints import checkpoint_of, describe_checkpoint, variant_of
from perturber.nets.families.family import Checkpoint, Family, Variant

MEGA = 1e6


def name_of(ref: ModelRef, families: Mapping[str, Family]) -> str:
    """Return the short display name of a model: its variant, with the family where the variant's name is ambiguous.

    The checkpoint is not included.
    """
    if isinstance(ref, EditedModel):
        return describe_edit(ref.edit)
    if not isinstance(ref, FamilyModel):
        return ref.name if ref.weights is None else f"{ref.name} ({Path(ref.weights.path).name})"
    found = variant_of(ref, families)
    if found is None:
        return f"{ref.family} · {ref.variant}"
    family, variant = found
    if len(family.variants) == 1:
        return family.label
    others = (other for other in families.values() if other is not family and len(other.variants) > 1)
    shared = any(variant.label == twin.label for other in others for twin in other.variants)
    return f"{family.label} · {variant.label}" if shared else variant.label


def describe_edit(edit: Edit) -> str:
    """Return a short summary of an edit."""
    parts = []
    for word, count, noun in (("mix", len(edit.mix), "block"), ("prune", len(edit.prune), "block")):
        parts += [f"{word} {count} {noun}" + "s" * (count != 1)] if count else []
    units = len(edit.units)
    parts += [f"{units} unit" + "s" * (units != 1)] if units else []
    text = ", ".join(parts)
    return text[:1].upper() + text[1:] if text else "Same as Model 1"


def identity_of(ref: ModelRef, families: Mapping[str, Family]) -> str:
    """Return a detailed description of a model as rich text: origin, accuracy, file and license."""
    if isinstance(ref, EditedModel):
        made = [("Model 1", name_of(ref.first, families)), ("Model 2", name_of(ref.second, families))]
        return _table(describe_edit(ref.edit), [*made, *_entries(ref.edit)])
    if isinstance(ref, ArchitectureModel):
        return _architecture(ref)
    found, checkpoint = variant_of(ref, families), checkpoint_of(ref, families)
    if found is None or checkpoint is None:
        where = f"{ref.family} · {ref.variant}" + (f" · {ref.checkpoint}" if ref.checkpoint else "")
        return f"<b>{html.escape(where)}</b><p>Model not found</p>"
    return _member(*found, checkpoint)


def _entries(edit: Edit) -> list[tuple[str, str]]:
    rows = [(f"mix {block}", f"{share:g}") for block, share in edit.mix.items()]
    rows += [(f"prune {block}", f"keep {low:g} … {high:g}") for block, (low, high) in edit.prune.items()]
    return rows + [(f"{unit.layer}:{unit.unit}", f"× {unit.scale:g}") for unit in edit.units]


def _member(family: Family, variant: Variant, checkpoint: Checkpoint) -> str:
    step = f"{checkpoint.name}, {describe_checkpoint(checkpoint, variant, family)}"
    rows = [("checkpoint", step)]
    rows += [
        (f"{_words(name).removesuffix(' accuracy')} accuracy", _rate(share, checkpoint.pictures.get(name, 0)))
        for name, share in checkpoint.accuracy.items()
    ]
    rows += [(_words(name), f"{figure:.3g}") for name, figure in checkpoint.measured.items()]
    rows += _file(family.folder / checkpoint.file, checkpoint.sha256)
    rows += [("data", family.data)] if family.data else []
    rows += [("license", family.license)] if family.license else []
    return _table(f"{family.label} · {variant.label}", rows)


def _rate(share: float, n: int) -> str:
    return Rate.of_share(share, n).brief if n else f"{100 * share:.1f} %"


def _architecture(ref: ArchitectureModel) -> str:
    weights = [("weights", "publisher's")]
    rows = weights if ref.weights is None else _file(Path(ref.weights.path), ref.weights.sha256)
    rows = [*rows, ("weights key", ref.weights_key)] if ref.weights_key else rows
    rows = [*rows, ("labels", Path(ref.labels.path).name)] if ref.labels is not None else rows
    return _table(ref.name, [*rows, *_preprocessing(ref.preprocessing or Preprocessing())])


def _preprocessing(given: Preprocessing) -> list[tuple[str, str]]:
    pairs = (("mean", given.mean), ("standard deviation", given.std))
    rows = [(name, ", ".join(f"{value:g}" for value in values)) for name, values in pairs if values]
    size = [("input size", f"{given.size} × {given.size}, {given.interpolation}")] if given.size else []
    return [*rows, *size]


def _file(path: Path, sha256: str) -> list[tuple[str, str]]:
    try:
        size = f"{path.stat().st_size / MEGA:.1f} MB"
    except (OSError, ValueError):  # a NUL in the name
        size = "missing"
    return [("file", f"{path.name}, {size}"), *([("sha256", sha256[:12])] if sha256 else [])]


def _words(name: str) -> str:
    return name.replace("_", " ")


def _table(title: str, rows: Iterable[tuple[str, str]]) -> str:
    lines = (f"<tr><td>{html.escape(name)}&nbsp;&nbsp;</td><td>{html.escape(value)}</td></tr>" for name, value in rows)
    return f"<b>{html.escape(title)}</b><table>{''.join(lines)}</table>"

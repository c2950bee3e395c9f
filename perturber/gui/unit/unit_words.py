"""The wording of how activations are read out and scaled."""

from __future__ import annotations

from perturber.core.evaluation import Maps
from perturber.core.session.models import Probe
from perturber.gui.widgets.charts.numerals import short


def divisor_of(maps: Maps, probe: Probe) -> float:
    """Return the divisor of the maps: four standard deviations of the layer, or a power of ten."""
    return 4.0 * maps.sigma if probe.normalization == 0 else float(10.0**probe.normalization)


def describe_reading(maps: Maps, probe: Probe) -> str:
    """Describe the layer, the point of readout and the divisor."""
    how = "4σ = " if probe.normalization == 0 else ""
    divisor = divisor_of(maps, probe)
    read = "" if not probe.before else " before ReLU" if maps.before else " (no ReLU)"
    return f"{maps.layer}{read}   ÷ {how}{short(divisor)}"

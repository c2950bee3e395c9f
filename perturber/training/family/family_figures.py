"""The figures in family.toml: ``python -m perturber.training.family.family_figures`` measures them again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch

from perturber import paths
from perturber.nets.families.family import Checkpoint, Family
from perturber.training.family.family_plan import FamilyPlan, write_description
from perturber.training.measures.family_evaluation import Findings, Options, find_family
from perturber.training.report.assess import measure_family

DIGITS = 4


def measure(folder: Path) -> None:
    """Measure the family of a folder and rewrite its family.toml; earlier measurements are reused.

    Uses fewer pictures than `perturber evaluate` by default: a quarter of an hour on two cores.
    """
    wanted = Options(attacked=100, epsilons=(1.0, 3.0), before=0.2)
    findings = measure_family(find_family(str(folder)), wanted, torch.device("cpu"))
    write_description(with_figures(findings.family, findings))


def with_figures(family: Family, findings: Findings) -> Family:
    """Return the family with the results of each checkpoint: accuracies, and further figures by name."""

    def told(variant: str, checkpoint: Checkpoint) -> Checkpoint:
        rows = findings.of_checkpoint(variant, checkpoint.name)
        by_measure = {row.measure: row.values for row in rows}
        counts = {row.measure: row.n for row in rows}
        norm = "L∞" if "linf" in {row.parameters["norm"] for row in findings.of("robust", variant)} else "L2"
        return checkpoint.model_copy(
            update={
                "accuracy": _rounded(_accuracy(by_measure, norm)),
                "pictures": _pictures(counts, norm),
                "measured": _rounded(_measured(by_measure)),
            }
        )

    variants = tuple(
        variant.model_copy(update={"checkpoints": tuple(told(variant.name, c) for c in variant.checkpoints)})
        for variant in family.variants
    )
    return family.model_copy(update={"variants": variants})


def _accuracy(found: Mapping[str, Mapping[str, float]], norm: str) -> dict[str, float]:
    """Return top-1 accuracy by kind of picture."""
    shares = _named(found, "clean", {"top1": "held-out"})
    shares |= {f"PGD {norm} ε {name}": value for name, value in found.get("robust", {}).items() if name != "0"}
    shares |= _named(found, "background", {"swapped": "background swapped"})
    return shares | _spread("28 views", found.get("views", {}))


def _pictures(counts: Mapping[str, Mapping[str, int]], norm: str) -> dict[str, int]:
    """Return the number of pictures behind each accuracy, under the same names."""
    found = {f"PGD {norm} ε {name}": n for name, n in counts.get("robust", {}).items() if name != "0"}
    for measure, key, name in (("clean", "top1", "held-out"), ("background", "swapped", "background swapped")):
        found |= {name: counts[measure][key]} if key in counts.get(measure, {}) else {}
    # Of the least share over objects, which is a selection, no interval is known.
    return found | ({"28 views, mean": sum(counts["views"].values())} if counts.get("views") else {})


def _measured(found: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    figures = {f"conflict pictures: {name}": value for name, value in found.get("shape", {}).items()}
    figures |= _named(found, "frequency", {"low": "low frequencies in the input gradient"})
    scores = {name: value for name, value in found.get("yaw", {}).items() if not name.endswith("±")}
    figures |= _spread("yaw fluctuation", scores)
    figures |= _spread("activations as in Standard", found.get("activations", {}))
    return figures | _spread("weights as in Standard", found.get("weights", {}))


def _named(found: Mapping[str, Mapping[str, float]], measure: str, names: Mapping[str, str]) -> dict[str, float]:
    """Return some values of a measure under their display names."""
    return {name: found[measure][key] for key, name in names.items() if key in found.get(measure, {})}


def _spread(name: str, values: Mapping[str, float]) -> dict[str, float]:
    """Return mean and minimum over objects or blocks; the report lists them all."""
    if not values:
        return {}
    return {f"{name}, mean": sum(values.values()) / len(values), f"{name}, least": min(values.values())}


def _rounded(figures: Mapping[str, float]) -> dict[str, float]:
    return {name: round(value, DIGITS) for name, value in figures.items()}


def main() -> None:
    measure(paths.models() / FamilyPlan().name)


if __name__ == "__main__":
    main()

"""``python -m perturber.training [WORK]``: rebuild the embedded family (two hours on two cores)."""

from __future__ import annotations

import sys
from pathlib import Path

from perturber import paths


def main() -> None:
    """Render, train, measure and write models/studio; WORK keeps pictures and checkpoints, by default in the cache."""
    from perturber.training.data.progress import show_bar
    from perturber.training.family.draw_class_pictures import draw_examples
    from perturber.training.family.family_figures import measure
    from perturber.training.family.family_plan import FamilyPlan, make_family
    from perturber.training.studio.stock import Stock

    plan = FamilyPlan()
    work = Path(sys.argv[1]) if len(sys.argv) > 1 else paths.cache() / "training"
    measure(make_family(plan, work, paths.models() / plan.name, show_bar).folder)
    draw_examples(paths.models() / plan.name, Stock(work / "data" / "stock"))


if __name__ == "__main__":
    main()

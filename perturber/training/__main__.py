"""``python -m perturber.training [WORK]``: make the embedded model family anew (about an hour on two cores)."""

from __future__ import annotations

import sys
from pathlib import Path

from perturber import paths


def main() -> None:
    """Render, train and write models/studio; WORK keeps pictures and checkpoints, by default in the cache."""
    from perturber.training.examples import draw_examples
    from perturber.training.family import make_family
    from perturber.training.recipe import FamilyPlan

    plan = FamilyPlan()
    work = Path(sys.argv[1]) if len(sys.argv) > 1 else paths.cache() / "training"

    def report(line: str) -> None:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()

    make_family(plan, work, paths.models() / plan.name, report)
    draw_examples(paths.models() / plan.name)


if __name__ == "__main__":
    main()

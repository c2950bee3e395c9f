"""``python -m perturber``, so that ``torchrun -m perturber train …`` can start several."""

from perturber.cli.main import main

main()

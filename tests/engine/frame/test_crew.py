"""Networks side by side."""

from __future__ import annotations

import threading

import pytest
import torch

from perturber.core.errors import InputError
from perturber.engine.frame.crew import Crew

CPU = torch.device("cpu")


def test_results_come_in_order_and_errors_in_their_place():
    def fail() -> int:
        raise InputError("w.pth", "no weights")

    jobs = [lambda: 1, fail, lambda: 3]
    for models in (1, 2, 3):
        one, error, three = Crew().run(jobs, models, CPU)
        assert (one, three) == (1, 3)
        assert isinstance(error, InputError)


def test_other_errors_are_not_hidden():
    with pytest.raises(ZeroDivisionError):
        Crew().run([lambda: 1 // 0], 2, CPU)


@pytest.mark.skipif(torch.get_num_threads() < 2, reason="one core has nothing to share")
def test_each_network_has_its_share_of_the_cores_however_many_are_due():
    cores = torch.get_num_threads()
    crew = Crew()
    for jobs in (1, 2):
        shares = crew.run([torch.get_num_threads] * jobs, 2, CPU)
        assert shares == [max(1, cores // 2)] * jobs
    assert crew.run([torch.get_num_threads], 1, CPU) == [cores]
    assert torch.get_num_threads() == cores
    here = threading.get_ident()
    assert crew.run([threading.get_ident], 2, CPU) != [here]

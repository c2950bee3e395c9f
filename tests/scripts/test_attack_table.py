"""The table of attacks: every attack is in it, each row once, and a run measures what it says."""

from __future__ import annotations

import torch

from perturber.core.parameters.plugin import kind_of, kinds
from perturber.core.session.attack import AttackMethod
from perturber.methods.attacks.gradient.fgsm import Fgsm
from perturber.nets.architectures.architecture import create
from perturber.nets.architectures.network import Network
from perturber.nets.lookup.labels import generic
from scripts.attacks import Case, Photos, cases, measure_case


def test_every_attack_has_rows_of_its_own():
    found = [(kind_of(type(case.method)), case.budget) for case in cases()]
    assert len(found) == len(set(found))
    assert {kind for kind, _ in found} == set(kinds(AttackMethod))


def test_a_row_is_what_was_measured():
    """One step of FGSM, whose pictures Foolbox finds, too."""
    torch.manual_seed(0)
    network = Network("toy", create("inception_v1", 5, width=0.0625, norm="batch"), generic(5))
    pixels = torch.rand(3, 3, 224, 224)
    with torch.no_grad():
        goals = (network.architecture(pixels).argmax(1) + 1) % 5
    case = Case(Fgsm(epsilon=0.3), "Foolbox", lambda given: given.attacks.LinfFastGradientAttack())
    row = measure_case(case, Photos(network, pixels, goals, 3))
    assert row.photos == 3
    assert row.fooled == row.judged == 1
    assert 0.29 < row.linf <= 0.3 + 1e-6
    assert abs(row.l2 - row.judged_l2) < 1e-2
    assert "| L∞ 76.5/255, 1 step | 3 | 100% (44–100) | Foolbox | 100% (44–100) |" in row.line()

"""Slopes that are written by hand, against torch's own."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from perturber.nets.architectures.lrn import local_response_norm
from perturber.nets.architectures.strided import strided_conv2d


@pytest.mark.parametrize(("kernel", "stride", "size"), [(7, 2, 37), (7, 2, 38), (3, 2, 9), (5, 3, 20), (3, 1, 6)])
def test_strided_gradient_is_that_of_the_plain_convolution(kernel: int, stride: int, size: int):
    torch.manual_seed(kernel + size)
    x = torch.randn(2, 3, size, size, dtype=torch.double, requires_grad=True)
    weight, bias = torch.randn(5, 3, kernel, kernel, dtype=torch.double), torch.randn(5, dtype=torch.double)
    plain = F.conv2d(x, weight, bias, stride)
    ours = strided_conv2d(x, weight, bias, stride)
    gradient = torch.randn_like(plain)
    assert torch.equal(plain, ours)
    expected, found = (torch.autograd.grad(y, x, gradient)[0] for y in (plain, ours))
    torch.testing.assert_close(found, expected)


@pytest.mark.parametrize("channels", [4, 11, 40])
def test_normalization_and_its_gradient_are_those_of_torch(channels: int):
    torch.manual_seed(channels)
    x = (50 * torch.randn(2, channels, 5, 6)).requires_grad_()
    plain = F.local_response_norm(x, 11, 1.1e-3, 0.5, 2.0)
    ours = local_response_norm(x)
    gradient = torch.randn_like(plain)
    torch.testing.assert_close(ours, plain, rtol=1e-5, atol=1e-5)
    expected, found = (torch.autograd.grad(y, x, gradient)[0] for y in (plain, ours))
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)

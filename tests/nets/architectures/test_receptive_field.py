"""What a unit sees, measured, against what follows from the kernels and strides."""

from __future__ import annotations

import torch
from torch import nn

from perturber.nets.architectures.architecture import create
from perturber.nets.architectures.network import Network
from perturber.nets.architectures.receptive_field import ReceptiveFields, image_side, receptive_field
from perturber.nets.lookup.labels import Labels


def opened(name: str, **arguments: object) -> Network:
    torch.manual_seed(0)
    return Network(name, create(name, 5, **arguments), Labels(("",) * 5, ("",) * 5))


def test_without_padding_units_lie_closer_than_the_map_is_small():
    network = opened("squeezenet1_0")
    first = network.architecture.bare().get_submodule("features.0")
    assert isinstance(first, nn.Conv2d)
    field = receptive_field(network, "features.0")
    assert (field.size, field.stride) == (first.kernel_size[0], first.stride[0])
    assert [field.box(x, 0)[0] for x in (0, 1, 108)] == [0, 2, 216]
    late = receptive_field(network, "features.12")
    assert late.stride == 16


def test_with_padding_the_outer_units_see_beyond_the_picture():
    fields, network = ReceptiveFields(), opened("inception_v1", width=0.0625, norm="batch")
    field = fields.of(network, "conv2d0")
    assert (field.size, field.stride) == (7, 2)
    left, top, right, bottom = field.box(0, 111)
    assert left < 0 < right
    assert top < 224 < bottom
    assert fields.of(network, "mixed3a").stride == 8
    assert image_side(field, 96, 6) == 32

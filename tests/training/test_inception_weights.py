"""The recipe of the feature network: reading TensorFlow.js' weights, folding normalisation in."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional

from studio.style.features.inception import InceptionStem
from studio.training.inception import state, weights

MANIFEST = (
    'weights:[{name:"a/beta",shape:[2],dtype:"float32",'
    'quantization:{min:-1.5,scale:.5,dtype:"uint8"}},'
    '{name:"b/kernel",shape:[1,1,1,3],dtype:"float32",'
    'quantization:{min:0,scale:1e-1,dtype:"uint8"}}]'
)


def test_weights_are_bytes_times_scale_plus_minimum() -> None:
    found = weights(MANIFEST, bytes([0, 4, 10, 20, 255]))
    assert found["a/beta"].tolist() == [-1.5, 0.5]
    assert found["b/kernel"].shape == (1, 1, 1, 3)
    assert found["b/kernel"].ravel() == pytest.approx([1.0, 2.0, 25.5])


def test_bytes_that_nobody_describes_are_refused() -> None:
    with pytest.raises(ValueError, match="5 of 6 bytes"):
        weights(MANIFEST, bytes(6))


def test_the_folded_convolution_does_what_convolution_and_normalisation_did() -> None:
    generator = np.random.default_rng(1)
    network = InceptionStem()
    # Keras numbers the convolutions in the order in which the network applies them.
    names = [name for name, _ in network.named_parameters() if name.endswith(".weight")]
    found = {}
    for number, name in enumerate(names, start=1):
        outputs, inputs, height, width = network.state_dict()[name].shape
        found[f"conv2d_{number}/kernel"] = generator.normal(size=(height, width, inputs, outputs))
        for moment in ("beta", "moving_mean", "moving_variance"):
            found[f"batch_normalization_{number}/{moment}"] = generator.uniform(1, 2, outputs)
    network.load_state_dict({name: tensor.float() for name, tensor in state(found).items()})

    picture = torch.rand(1, 3, 8, 8)
    kernel = torch.tensor(found["conv2d_1/kernel"]).permute(3, 2, 0, 1).float()
    padded = functional.pad(picture, [1, 1, 1, 1], mode="replicate")
    beta, mean, variance = (
        torch.tensor(found[f"batch_normalization_1/{moment}"]).float().view(-1, 1, 1)
        for moment in ("beta", "moving_mean", "moving_variance")
    )
    raw = functional.conv2d(padded, kernel, stride=2)
    by_hand = ((raw - mean) / (variance + 1e-3).sqrt() + beta).relu()
    assert torch.allclose(network(picture)["stem1"], by_hand, atol=0.02)

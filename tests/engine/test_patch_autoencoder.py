"""The laws of the linear patch autoencoder: a projection, an exact preview, a diffusers model."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from studio.engine.patch_autoencoder import LinearPatchAutoencoder

COMPONENTS = 20


@pytest.fixture
def vae() -> LinearPatchAutoencoder:
    """A random orthonormal basis with falling deviations and an off-centre mean colour."""
    torch.manual_seed(0)
    basis = torch.linalg.qr(torch.randn(192, COMPONENTS)).Q.T.reshape(COMPONENTS, 3, 8, 8)
    vae = LinearPatchAutoencoder(latent_channels=COMPONENTS, scaling_factor=0.7)
    vae.set_basis(basis, torch.linspace(4, 0.2, COMPONENTS), torch.tensor([0.3, -0.1, 0.5]))
    return vae


@pytest.fixture
def picture() -> Tensor:
    return torch.rand(2, 3, 24, 40, generator=torch.Generator().manual_seed(1)) * 2 - 1


def round_trip(vae: LinearPatchAutoencoder, picture: Tensor) -> Tensor:
    return vae.decode(vae.encode(picture).latent_dist.sample()).sample


def test_a_round_trip_twice_is_a_round_trip_once(
    vae: LinearPatchAutoencoder, picture: Tensor
) -> None:
    once = round_trip(vae, picture)
    assert not torch.allclose(once, picture, atol=0.1)  # 20 of 192 components: something is lost
    torch.testing.assert_close(round_trip(vae, once), once)


def test_every_latent_survives_decoding_and_encoding(vae: LinearPatchAutoencoder) -> None:
    latents = torch.randn(1, COMPONENTS, 3, 5, generator=torch.Generator().manual_seed(2))
    again = vae.encode(vae.decode(latents).sample).latent_dist.mode()
    torch.testing.assert_close(again, latents)


def test_decoding_is_the_transposed_convolution_of_its_weights(vae: LinearPatchAutoencoder) -> None:
    latents = torch.randn(2, COMPONENTS, 3, 5, generator=torch.Generator().manual_seed(3))
    torch.testing.assert_close(vae.decode(latents).sample, vae.decoder(latents))


def test_what_is_lost_is_orthogonal_to_what_is_kept(
    vae: LinearPatchAutoencoder, picture: Tensor
) -> None:
    kept = round_trip(vae, picture)
    lost = picture - kept
    mean = vae.decoder.bias.view(3, 1, 1)
    overlap = ((kept - mean) * lost).sum() / (kept.norm() * lost.norm())
    assert abs(float(overlap)) < 1e-5


def test_a_patch_depends_on_its_own_pixels_only(
    vae: LinearPatchAutoencoder, picture: Tensor
) -> None:
    painted = picture.clone()
    painted[:, :, 8:16, 16:24] = 1
    before, after = round_trip(vae, picture), round_trip(vae, painted)
    changed = (before != after).any(1)
    assert changed[:, 8:16, 16:24].all()
    changed[:, 8:16, 16:24] = False
    assert not changed.any()


def test_the_preview_is_the_mean_colour_of_each_decoded_patch(
    vae: LinearPatchAutoencoder,
) -> None:
    latents = torch.randn(2, COMPONENTS, 3, 5, generator=torch.Generator().manual_seed(3))
    weight, bias = vae.preview_factors()
    assert weight.shape == (COMPONENTS, 3)
    preview = torch.einsum("bchw,cr->brhw", latents, weight) + bias.view(3, 1, 1)
    decoded = vae.decode(latents / vae.config.scaling_factor).sample
    torch.testing.assert_close(preview, torch.nn.functional.avg_pool2d(decoded, 8))


def test_it_saves_and_loads_as_any_diffusers_model(
    vae: LinearPatchAutoencoder, picture: Tensor, tmp_path: Path
) -> None:
    vae.save_pretrained(tmp_path)
    again = LinearPatchAutoencoder.from_pretrained(tmp_path)
    assert again.config.scaling_factor == 0.7
    assert 2 ** (len(again.config.block_out_channels) - 1) == 8
    assert torch.equal(round_trip(again, picture), round_trip(vae, picture))


def test_tuples_and_outputs_agree(vae: LinearPatchAutoencoder, picture: Tensor) -> None:
    (dist,) = vae.encode(picture, return_dict=False)
    (decoded,) = vae.decode(dist.mode(), return_dict=False, generator=torch.Generator())
    assert torch.equal(decoded, vae(picture).sample)


def test_nothing_in_it_can_be_trained(vae: LinearPatchAutoencoder) -> None:
    assert not any(parameter.requires_grad for parameter in vae.parameters())

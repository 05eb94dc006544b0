"""The optimised method on small pictures, with the network that comes with the studio."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import torch

from studio.domain.errors import RequestError
from studio.domain.events import Pixels
from studio.domain.stylize import LossWeights, StyleLoss
from studio.style.features import FeatureExtractor, load_extractor
from studio.style.losses import ContentLoss, StyleLossW2, SumLoss, TVLoss
from studio.style.losses import StyleLoss as StyleLossGram
from studio.style.method import PaintedStyle, StylePicture
from studio.style.objective import Objective
from studio.style.optimisation import Optimisation
from studio.style.optimised import Optimised, OptimisedProgress
from studio.style.statistics import Statistics
from studio.style.tiled_features import TiledFeatures

CPU = torch.device("cpu")
WEIGHTS = LossWeights(content=0.05, smoothness=0.5)


@pytest.fixture(scope="module")
def extractor() -> FeatureExtractor:
    return load_extractor([], CPU)


def gradient_picture(height: int, width: int) -> Pixels:
    """Grey, from dark above to light below, with a darker square."""
    picture = np.linspace(40, 210, height)[:, None, None].repeat(width, 1).repeat(3, 2)
    picture[height // 4 : height // 2, width // 4 : width // 2] //= 2
    return picture.astype(np.uint8)


def stripes(height: int, width: int) -> Pixels:
    """Blue and yellow."""
    columns = (np.arange(width) // 5 % 2).astype(bool)
    return (
        np.where(columns[None, :, None], (230, 200, 40), (20, 40, 160))
        .repeat(height, 0)
        .astype(np.uint8)
    )


def optimise(extractor: FeatureExtractor, content: Pixels, **arguments: object) -> Optimisation:
    style = StylePicture(stripes(80, 80))
    settings = {"weights": WEIGHTS, "iterations": 12, **arguments}
    return Optimisation(content, [style], extractor, **settings)


def tensor(pixels: Pixels) -> torch.Tensor:
    return torch.tensor(pixels).permute(2, 0, 1)[None] / 255


@pytest.mark.parametrize("loss", StyleLoss)
def test_the_picture_takes_on_the_style_and_its_palette(
    extractor: FeatureExtractor, loss: StyleLoss
) -> None:
    content = gradient_picture(48, 64)
    optimisation = optimise(extractor, content, iterations=30, loss=loss)
    told = list(optimisation.run())
    assert [each.number for each in told] == list(range(1, 31))
    assert told[-1].losses.style < 0.4 * told[0].losses.style
    result = optimisation.picture()
    assert result.shape == content.shape
    red, blue = result[..., 0].astype(float), result[..., 2].astype(float)
    # The style's blue and yellow run against each other; the content is grey.
    assert np.corrcoef(red.ravel(), blue.ravel())[0, 1] < 0.5


def test_the_same_seed_gives_the_same_pixels(extractor: FeatureExtractor) -> None:
    pictures = []
    for seed in (3, 3, 4):
        optimisation = optimise(extractor, gradient_picture(40, 52), seed=seed)
        list(optimisation.run())
        pictures.append(optimisation.picture())
    assert np.array_equal(pictures[0], pictures[1])
    assert not np.array_equal(pictures[0], pictures[2])


def test_it_goes_on_where_it_was_left(extractor: FeatureExtractor) -> None:
    content = gradient_picture(100, 260)
    whole = optimise(extractor, content)
    list(whole.run())
    halting = optimise(extractor, content)
    for iteration in halting.run():
        if iteration.number == 7:
            break
    seen = halting.picture()
    numbers = [iteration.number for iteration in halting.run()]
    assert numbers == [8, 9, 10, 11, 12]
    assert np.array_equal(halting.picture(), whole.picture())
    assert seen.shape[1] < 260
    halting.iterations += 2
    assert [(each.number, each.width) for each in halting.run()] == [(13, 260), (14, 260)]


def test_sizes_grow_and_progress_tells_them(extractor: FeatureExtractor) -> None:
    optimisation = optimise(extractor, gradient_picture(100, 260))
    widths = [(each.number, each.width) for each in optimisation.run()]
    assert dict(widths) == {
        number: 130 if number <= 6 else 184 if number <= 9 else 260 for number in range(1, 13)
    }


def test_weights_may_change_between_two_iterations(extractor: FeatureExtractor) -> None:
    content = gradient_picture(48, 64)

    def content_loss(weight: float) -> float:
        optimisation = optimise(extractor, content, iterations=20)
        told = []
        for iteration in optimisation.run():
            told.append(iteration.losses.content)
            optimisation.weights = replace(WEIGHTS, content=weight)
        return told[-1]

    assert content_loss(50.0) < 0.5 * content_loss(0.0)


def test_without_strength_it_paints_the_picture_in_its_own_style(
    extractor: FeatureExtractor,
) -> None:
    content = gradient_picture(48, 64)
    far = {}
    for strength in (0.0, 1.0):
        optimisation = optimise(extractor, content, strength=strength, iterations=20)
        list(optimisation.run())
        apart = optimisation.picture().astype(float) - content
        far[strength] = np.abs(apart).mean()
    assert far[0.0] < 0.5 * far[1.0]


def test_styles_are_blended_by_weight(extractor: FeatureExtractor) -> None:
    content = gradient_picture(48, 64)
    red, blue = np.zeros((2, 40, 40, 3), np.uint8)
    red[..., 0], blue[..., 2] = 220, 220

    def painted(styles: Sequence[StylePicture]) -> Pixels:
        optimisation = Optimisation(
            content, styles, extractor, weights=LossWeights(0.0, 0.0), iterations=25
        )
        list(optimisation.run())
        return optimisation.picture()

    mostly_red = painted([StylePicture(red, 3.0), StylePicture(blue, 1.0)])
    mostly_blue = painted([StylePicture(red, 1.0), StylePicture(blue, 3.0)])
    assert mostly_red[..., 0].mean() > mostly_blue[..., 0].mean() + 10
    assert mostly_blue[..., 2].mean() > mostly_red[..., 2].mean() + 10


@pytest.mark.parametrize(("kind", "noise"), [(StyleLossGram, 1e-5), (StyleLossW2, 1e-2)])
def test_the_gradient_of_tiles_is_that_of_the_whole(
    extractor: FeatureExtractor, kind: type[StyleLossGram] | type[StyleLossW2], noise: float
) -> None:
    """But for what rounding does; the Wasserstein loss magnifies it where features hardly vary."""
    generator = torch.Generator().manual_seed(5)
    content = tensor(gradient_picture(328, 328))
    picture = (content + 0.2 * torch.randn(content.shape, generator=generator)).clamp(0, 1)
    found = []
    for most_px in (10**9, 1):
        features = TiledFeatures(extractor, 328, 328, most_px)
        targets = TiledFeatures(extractor, 80, 80, 10**9).statistics(tensor(stripes(80, 80)))
        losses = {layer: kind(target) for layer, target in targets.items()}
        objective = Objective(features, content, SumLoss(losses, extractor.style_layers))
        found.append((len(features.tiles), *objective.gradient(picture, WEIGHTS)))
    (_, whole, losses_of_whole), (count, of_tiles, losses_of_tiles) = found
    assert count == 4
    assert (whole - of_tiles).norm() < noise * whole.norm()
    assert losses_of_tiles.total == pytest.approx(losses_of_whole.total, rel=1e-5)
    assert losses_of_tiles.content == pytest.approx(losses_of_whole.content, rel=1e-5)


def test_a_picture_made_by_tiles_is_that_of_the_whole(extractor: FeatureExtractor) -> None:
    """After looks at a third of the tiles each: a hundredth of what a seed changes."""
    content = gradient_picture(328, 328)

    def made(most_px: int, seed: int = 0) -> Pixels:
        found = optimise(extractor, content, iterations=16, most_px=most_px, seed=seed)
        list(found.run())
        return found.picture().astype(np.int16)

    whole = made(10**9)
    by_tiles = np.abs(made(1) - whole)
    by_seed = np.abs(made(10**9, seed=1) - whole)
    assert by_tiles.mean() < 0.01 * by_seed.mean()
    assert by_tiles.max() <= 2


@pytest.mark.parametrize("kind", [StyleLossGram, StyleLossW2])
def test_the_gradient_is_that_of_the_total_loss(
    extractor: FeatureExtractor, kind: type[StyleLossGram] | type[StyleLossW2]
) -> None:
    """As autograd finds it in the losses as they are written down."""
    generator = torch.Generator().manual_seed(6)
    content = tensor(gradient_picture(56, 72))
    picture = (content + 0.2 * torch.randn(content.shape, generator=generator)).clamp(0, 1)
    features = TiledFeatures(extractor, 56, 72, 10**9)
    targets = TiledFeatures(extractor, 80, 80, 10**9).statistics(tensor(stripes(80, 80)))
    style_loss = SumLoss(
        {layer: kind(one) for layer, one in targets.items()}, extractor.style_layers
    )
    found, losses = Objective(features, content, style_loss).gradient(picture, WEIGHTS)

    leaf = picture.clone().requires_grad_()
    maps, goals = extractor(leaf), extractor(content)
    style = style_loss({layer: Statistics.of(maps[layer]) for layer in extractor.style_layers})
    content_loss = torch.stack(
        [
            weight * ContentLoss(goals[layer])(maps[layer])
            for layer, weight in extractor.content_layers.items()
        ]
    ).sum()
    total = style + WEIGHTS.content * content_loss + WEIGHTS.smoothness * TVLoss()(leaf)
    (by_autograd,) = torch.autograd.grad(total, leaf)
    assert (found - by_autograd).norm() < 1e-4 * by_autograd.norm()
    assert losses.total == pytest.approx(total.item(), rel=1e-5)


def paint(method: Optimised, content: Pixels) -> tuple[list[OptimisedProgress], Pixels]:
    painting = method.paint(content, [StylePicture(stripes(60, 60))], 1.0)
    told = []
    while True:
        try:
            told.append(next(painting))
        except StopIteration as end:
            return told, end.value
        if told[-1].iteration == 5:
            method.enough = True


def test_the_method_streams_losses_and_keeps_what_is_good_enough(
    extractor: FeatureExtractor,
) -> None:
    content = gradient_picture(100, 260)
    told, result = paint(Optimised(extractor, CPU, weights=WEIGHTS, iterations=12), content)
    assert [progress.iteration for progress in told] == [1, 2, 3, 4, 5]
    assert told[-1].done == pytest.approx(5 / 12)
    assert told[-1].losses.total > 0
    preview = told[-1].preview
    assert preview is not None
    assert preview.shape == (50, 130, 3)
    assert result.shape == content.shape


def test_the_method_without_previews_paints_the_same(extractor: FeatureExtractor) -> None:
    content = gradient_picture(40, 40)
    seen, unseen = (
        paint(Optimised(extractor, CPU, iterations=4, previews=previews), content)
        for previews in (True, False)
    )
    assert unseen[0][0].preview is None
    assert np.array_equal(seen[1], unseen[1])


def test_painted_styles_are_refused(extractor: FeatureExtractor) -> None:
    painting = Optimised(extractor, CPU).paint(
        gradient_picture(20, 20), [PaintedStyle("mosaic")], 1.0
    )
    with pytest.raises(RequestError, match="instant method"):
        next(painting)


@pytest.mark.parametrize("size", [(1, 1), (3, 200), (17, 5)])
def test_odd_sizes_work(extractor: FeatureExtractor, size: tuple[int, int]) -> None:
    content = gradient_picture(*size)
    _, result = paint(Optimised(extractor, CPU, iterations=3), content)
    assert result.shape == content.shape

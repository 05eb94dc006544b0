"""A transform network on a picture of any size, in little memory.

Instance normalisation needs the mean and variance of a whole feature map before its first number
can be used. So the network is walked layer by layer, each in strips of rows, and the statistics
are gathered from strip to strip. Large feature maps are never held: where a later layer needs one,
it is convolved again, which costs less than its memory would. The outcome is that of the network
on the whole picture, but for the order of the sums.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from functools import partial
from typing import Final

import numpy as np
import torch

from studio.domain.events import Pixels
from studio.style.nets.crew import Crew
from studio.style.nets.layers import Affine, ConvLayer
from studio.style.nets.strips import (
    Convolved,
    Moments,
    Picture,
    Source,
    Stored,
    Sums,
    strips,
    sums_of,
)
from studio.style.nets.transform import SIZE_MULTIPLE, TransformNetwork

_KEPT_NUMBERS: Final = 1 << 23
Strip = tuple[int, int]


class Painting:
    """A picture on its way: each turn of the iteration computes one strip of one layer, and yields
    how much of the work is done, 0 to 1.

    `result`, of the content's size, is whole after the last; whoever doesn't want it any more just
    stops.

    Args:
        network: on a device, channels last.
        content: uint8 (H, W, 3).
        parameters: (2, style_size), as the network's `parameters_of` gives them.
    """

    def __init__(
        self, network: TransformNetwork, content: Pixels, parameters: torch.Tensor
    ) -> None:
        self.result = np.empty_like(content)
        self._network = network
        self._styles = iter(network.split(parameters))
        self._device = parameters.device
        self._picture = Picture(content, SIZE_MULTIPLE, self._device)
        self._crew = Crew(self._device)

    def __iter__(self) -> Iterator[float]:
        done, total = 0, self._network.multiplications(self._picture.height, self._picture.width)
        steps = self._steps()
        with self._crew:
            while True:
                with torch.inference_mode():
                    work = next(steps, None)
                if work is None:
                    return
                done += work
                yield done / total

    def _steps(self) -> Generator[int]:
        """Yields how many multiplications a strip took; those done again don't count."""
        # Nested, so that no name here keeps feature maps alive that are done with.
        yield from self._expand((yield from self._residual((yield from self._contract()))))

    def _contract(self) -> Generator[int, None, torch.Tensor]:
        """The picture's features at a quarter of its sides."""
        source: Source = self._picture
        for layer in self._network.contract:
            if layer.normalised:
                source = yield from self._normalised(layer, source, kept=layer.stride > 1)
            else:
                source = Convolved(layer, source, rectified=True)
                yield layer.multiplications(source.height, source.width)
        features = self._empty(layer.outputs, source)

        def keep(strip: Strip) -> None:
            features[:, :, slice(*strip)] = source.rows(*strip)

        for _ in self._crew.map(keep, self._strips(source)):
            yield 0
        return features

    def _residual(self, features: torch.Tensor) -> Generator[int, None, torch.Tensor]:
        """`features`, changed in their place."""
        buffers = torch.empty_like(features), torch.empty_like(features)

        def add(strip: Strip, raw: torch.Tensor, affine: Affine) -> None:
            rows = slice(*strip)
            features[:, :, rows] += affine(raw[:, :, rows])

        for block in self._network.residual:
            raw, affine = yield from self._stored(block.first, Stored(features), buffers[0])
            inner = Stored(raw, affine)
            raw, affine = yield from self._stored(block.second, inner, buffers[1])
            for _ in self._crew.map(partial(add, raw=raw, affine=affine), self._strips(inner)):
                yield 0
        return features

    def _expand(self, features: torch.Tensor) -> Generator[int]:
        """The result, of features at a quarter of its sides."""
        first, second, last = self._network.expand
        half = yield from self._normalised(first, Stored(features), kept=True)
        del features
        full = yield from self._normalised(second, half, kept=False)
        raw, affine = yield from self._stored(last, full)
        height, width = self.result.shape[:2]

        def finish(strip: Strip) -> None:
            rows = affine(raw[:, :, slice(*strip)]).sigmoid_().mul_(255).round_()
            pixels = rows[0].permute(1, 2, 0).to(torch.uint8).cpu().numpy()
            self.result[slice(*strip)] = pixels[: max(0, height - strip[0]), :width]

        for _ in self._crew.map(finish, self._strips(full)):
            yield 0

    def _normalised(
        self, layer: ConvLayer, source: Source, *, kept: bool
    ) -> Generator[int, None, Source]:
        """What `layer` makes of `source`, normalised and rectified. Unless `kept`, a large feature
        map is made again whenever it is read."""
        made = Convolved(layer, source)
        if kept or made.height * made.width * layer.outputs <= _KEPT_NUMBERS:
            return Stored(*(yield from self._stored(layer, source)))
        moments = Moments(layer.outputs, self._device)
        for sums in self._crew.map(lambda strip: sums_of(made.rows(*strip)), self._strips(made)):
            moments.add(sums)
            yield layer.multiplications(sums.pixels // made.width, made.width)
        affine = moments.affine(next(self._styles))
        return Convolved(layer, source, affine, rectified=True)

    def _stored(
        self, layer: ConvLayer, source: Source, into: torch.Tensor | None = None
    ) -> Generator[int, None, tuple[torch.Tensor, Affine]]:
        """What `layer` makes of `source`, written into `into` if that is given, and its
        normalisation."""
        made = Convolved(layer, source)
        raw = self._empty(layer.outputs, made) if into is None else into

        def store(strip: Strip) -> Sums:
            rows = made.rows(*strip)
            raw[:, :, slice(*strip)] = rows
            return sums_of(rows)

        moments = Moments(layer.outputs, self._device)
        for sums in self._crew.map(store, self._strips(made)):
            moments.add(sums)
            yield layer.multiplications(sums.pixels // made.width, made.width)
        return raw, moments.affine(next(self._styles))

    def _strips(self, source: Source) -> Iterator[Strip]:
        return strips(source, self._crew.size * 2)

    def _empty(self, channels: int, like: Source) -> torch.Tensor:
        return torch.empty(
            (1, channels, like.height, like.width),
            device=self._device,
            memory_format=torch.channels_last,
        )

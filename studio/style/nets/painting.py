"""A transform network on a picture of any size, in little memory.

Instance normalisation needs the mean and variance of a whole feature map before its first number
can be used. So the network is walked layer by layer, each in strips of rows, and the statistics
are gathered from strip to strip. Feature maps at full size are never held: where a later layer
needs one, it is convolved again, which costs less than its memory would. The outcome is that of
the network on the whole picture, but for the order of the sums.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator

import numpy as np
import torch

from studio.domain.events import Pixels
from studio.style.nets.layers import Affine, ConvLayer
from studio.style.nets.strips import Convolved, Moments, Picture, Source, Stored, strips
from studio.style.nets.transform import SIZE_MULTIPLE, TransformNetwork


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

    def __iter__(self) -> Iterator[float]:
        done, total = 0, self._network.multiplications(self._picture.height, self._picture.width)
        steps = self._steps()
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
            if not layer.normalised:
                source = Convolved(layer, source, rectified=True)
                yield layer.multiplications(source.height, source.width)
            elif layer.stride == 1:
                affine = yield from self._measured(layer, source)
                source = Convolved(layer, source, affine, rectified=True)
            else:
                raw, affine = yield from self._stored(layer, source)
                source = Stored(raw, affine)
        features = self._empty(layer.outputs, source)
        for start, stop in strips(source):
            features[:, :, start:stop] = source.rows(start, stop)
            yield 0
        return features

    def _residual(self, features: torch.Tensor) -> Generator[int, None, torch.Tensor]:
        """`features`, changed in their place."""
        buffers = torch.empty_like(features), torch.empty_like(features)
        for block in self._network.residual:
            raw, affine = yield from self._stored(block.first, Stored(features), buffers[0])
            inner = Stored(raw, affine)
            raw, affine = yield from self._stored(block.second, inner, buffers[1])
            for start, stop in strips(inner):
                features[:, :, start:stop] += affine(raw[:, :, start:stop])
        return features

    def _expand(self, features: torch.Tensor) -> Generator[int]:
        """The result, of features at a quarter of its sides."""
        first, second, last = self._network.expand
        raw, affine = yield from self._stored(first, Stored(features))
        del features
        half = Stored(raw, affine)
        affine = yield from self._measured(second, half)
        full = Convolved(second, half, affine, rectified=True)
        raw, affine = yield from self._stored(last, full)
        height, width = self.result.shape[:2]
        for start, stop in strips(full):
            rows = affine(raw[:, :, start:stop]).sigmoid_().mul_(255).round_()
            pixels = rows[0].permute(1, 2, 0).to(torch.uint8).cpu().numpy()
            self.result[start:stop] = pixels[: max(0, height - start), :width]
            yield 0

    def _measured(self, layer: ConvLayer, source: Source) -> Generator[int, None, Affine]:
        """The normalisation of what `layer` makes of `source`, which isn't kept."""
        made = Convolved(layer, source)
        moments = Moments(layer.outputs, self._device)
        for start, stop in strips(made):
            moments.add(made.rows(start, stop))
            yield layer.multiplications(stop - start, made.width)
        return moments.affine(next(self._styles))

    def _stored(
        self, layer: ConvLayer, source: Source, into: torch.Tensor | None = None
    ) -> Generator[int, None, tuple[torch.Tensor, Affine]]:
        """What `layer` makes of `source`, written into `into` if that is given, and its
        normalisation."""
        made = Convolved(layer, source)
        raw = self._empty(layer.outputs, made) if into is None else into
        moments = Moments(layer.outputs, self._device)
        for start, stop in strips(made):
            rows = made.rows(start, stop)
            moments.add(rows)
            raw[:, :, start:stop] = rows
            yield layer.multiplications(stop - start, made.width)
        return raw, moments.affine(next(self._styles))

    def _empty(self, channels: int, like: Source) -> torch.Tensor:
        return torch.empty(
            (1, channels, like.height, like.width),
            device=self._device,
            memory_format=torch.channels_last,
        )

"""Segment Anything, first and second generation, in transformers' layout: one network that looks,
one that answers.

Source: Kirillov et al. 2023, arXiv:2304.02643; Ravi et al. 2024, arXiv:2408.00714. Pictures are
prepared and masks enlarged as their processors in transformers do, which need more libraries than
the studio has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import torch
from torch.nn import functional

from studio.document.selection import Hints
from studio.domain.addons import AddonInfo
from studio.domain.errors import ModelNotFound
from studio.engine.devices import Device
from studio.engine.loading.damage import damage_in_words
from studio.engine.loading.loading import quieten
from studio.engine.loading.weights import check_numbers
from studio.engine.segmenting.found import Candidate, Candidates
from studio.engine.segmenting.frame import Frame
from studio.engine.segmenting.picture import SeenPicture
from studio.engine.segmenting.question import GoesOn

Embedding = torch.Tensor | list[torch.Tensor]
"""(1, channels, h, w); of the second generation at several sizes, the finest first."""

# Its numbers for a point: it belongs to the thing, it doesn't.
_INSIDE: Final = 1
_OUTSIDE: Final = 0


@dataclass(frozen=True, slots=True)
class _Generation:
    """How a generation's network is called, whether it stretches pictures, and the layers of the
    part that looks."""

    network: str
    stretches: bool
    layers: Callable[[Any], Iterable[Any]]


_GENERATIONS: Final[Mapping[str, _Generation]] = {
    "sam": _Generation("SamModel", False, lambda encoder: encoder.layers),
    "sam2": _Generation("Sam2Model", True, lambda encoder: encoder.backbone.blocks),
}


class Unwanted(Exception):
    """Nobody waits for what is being looked at."""


class Sam:
    """A `SamModel` or `Sam2Model` on `device`, in float32: half precision loses places in its
    coordinates. `variant` is "sam" or "sam2".

    Most of it only looks; that part is on a graphics card no longer than it takes.
    """

    def __init__(self, network: Any, variant: str, device: Device) -> None:
        self._network = network
        self._generation = _GENERATIONS[variant]
        self._device = device.torch_device
        network.to(self._device)
        network.vision_encoder.to("cpu")

    @torch.inference_mode()
    def embed(self, picture: SeenPicture, goes_on: GoesOn) -> Embedding:
        """What it makes of a picture: all that `candidates` needs of it.

        Raises:
            Unwanted: `goes_on` said no between two layers.
        """
        filled = self._frame(picture).filled(picture.pixels)
        encoder = self._network.vision_encoder.to(self._device)
        try:
            with _watched(list(self._generation.layers(encoder)), goes_on):
                seen: Embedding = self._network.get_image_embeddings(
                    torch.from_numpy(filled)[None].to(self._device)
                )
        finally:
            encoder.to("cpu")
        return seen

    @torch.inference_mode()
    def candidates(self, embedding: Embedding, picture: SeenPicture, hints: Hints) -> Candidates:
        """What `hints` may mean in a picture whose `embedding` is known, best guess first.

        One click may mean a thing or a part of it: three candidates. More than that says which one
        is meant, so there is one.
        """
        frame = self._frame(picture)
        inside = [point for stroke in hints.inside for point in stroke]
        outside = [point for stroke in hints.outside for point in stroke]
        prompt: dict[str, torch.Tensor] = {}
        if inside or outside:
            labels = [_INSIDE] * len(inside) + [_OUTSIDE] * len(outside)
            points = torch.from_numpy(frame.places([*inside, *outside]))
            prompt["input_points"] = points[None, None].to(self._device)
            prompt["input_labels"] = torch.tensor(labels, device=self._device)[None, None]
        if hints.box is not None:
            box = hints.box
            corners = torch.from_numpy(frame.places([(box.x, box.y), (box.right, box.bottom)]))
            prompt["input_boxes"] = corners.reshape(1, 1, 4).to(self._device)
        is_one_click = hints.box is None and len(inside) + len(outside) == 1
        told = self._network(image_embeddings=embedding, multimask_output=is_one_click, **prompt)
        logits = self._cropped(told.pred_masks[0], frame)
        scores = told.iou_scores[0, 0].tolist()
        found = [
            Candidate(picture.size, each.numpy(), score)
            for each, score in zip(logits, scores, strict=True)
        ]
        return Candidates(tuple(sorted(found, key=lambda one: one.score, reverse=True)))

    def _frame(self, picture: SeenPicture) -> Frame:
        side: int = self._network.config.prompt_encoder_config.image_size
        return Frame(picture.size, side, self._generation.stretches)

    @staticmethod
    def _cropped(masks: torch.Tensor, frame: Frame) -> torch.Tensor:
        """(n, h, w) of the picture alone, from (1, n, h', w') of the whole square."""
        if not frame.stretches:
            side, inner = (frame.side_px, frame.side_px), frame.inner
            masks = functional.interpolate(masks, side, mode="bilinear", align_corners=False)
            masks = masks[..., : inner.height, : inner.width]
        return masks[0].float().cpu().contiguous()


def load_sam(info: AddonInfo, device: Device) -> Sam:
    """The segmenter in a folder of transformers' layout. Nothing is unpickled and nothing fetched.

    Raises:
        ModelNotFound: it is gone.
        ModelRefused: it is damaged or of another kind.
    """
    if not info.path.is_dir():
        raise ModelNotFound(
            f"“{info.title}” is gone: {info.path}.", "Put it back, or choose another."
        )
    import transformers  # what is taken out of it takes its time, and most pictures need none

    quieten()
    with damage_in_words(info):
        kind = getattr(transformers, _GENERATIONS[info.variant].network)
        loaded: Any = kind.from_pretrained(
            info.path,
            local_files_only=True,
            use_safetensors=True,
            dtype=torch.float32,
            output_loading_info=True,
        )
        network, report = loaded
        if missing := sorted(report["missing_keys"]):
            raise ValueError(f"{len(missing)} tensors are missing, {missing[0]} for one")
    check_numbers(network, info.title, "network")
    return Sam(network.eval().requires_grad_(False), info.variant, device)


@contextmanager
def _watched(layers: list[Any], goes_on: GoesOn) -> Iterator[None]:
    """Asks before each layer whether somebody still waits."""

    def asks(done: int) -> Callable[..., None]:
        def before(*_: object) -> None:
            if not goes_on(done, len(layers)):
                raise Unwanted

        return before

    hooks = [layer.register_forward_pre_hook(asks(done)) for done, layer in enumerate(layers)]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()

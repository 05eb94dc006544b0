"""The segmenter in use and what it saw last, which stay for the next click."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import torch

from studio.domain.addons import AddonInfo, AddonKind
from studio.engine.devices import Device, is_out_of_memory
from studio.engine.segmenting.found import Candidates
from studio.engine.segmenting.question import Segmenting
from studio.engine.segmenting.sam import Embedding, Sam, Unwanted, load_sam

logger = logging.getLogger(__name__)

FindAddon = Callable[[AddonKind, str], AddonInfo]
LoadSam = Callable[[AddonInfo, Device], Sam]
# Of a few MB each: undo brings the last picture back.
PICTURES_KEPT: Final = 4


class Segmenters:
    """Answers `Segmenting` with one network at a time.

    A card without room for it leaves the work to the processor, until `release`.
    """

    def __init__(self, find_addon: FindAddon, device: Device, load: LoadSam = load_sam) -> None:
        self._find_addon = find_addon
        self._load = load
        self._wanted_device = self._device = device
        self._info: AddonInfo | None = None
        self._sam: Sam | None = None
        self._seen: OrderedDict[str, Embedding] = OrderedDict()

    def release(self) -> None:
        """Let go of the network and of all that it saw."""
        self._sam = self._info = None
        self._seen.clear()
        self._device = self._wanted_device

    def answer(self, question: Segmenting) -> Candidates | None:
        """What lies there; None if nobody waits for it any more.

        Raises:
            ModelNotFound: there is no such segmenter.
            ModelRefused: it is damaged.
        """
        info = self._find_addon(AddonKind.SEGMENTER, question.segmenter)
        if info != self._info:
            self.release()
            self._info = info
        try:
            try:
                return self._answer(info, question)
            except Exception as error:
                if self._device.torch_device.type == "cpu" or not is_out_of_memory(error):
                    raise
                logger.warning("no room for “%s” on %s", info.title, self._device.name)
            # Outside of the handler: the error's frames hold what didn't fit.
            self._sam = None
            self._seen.clear()
            self._device.release_memory()
            self._device = replace(
                self._device, torch_device=torch.device("cpu"), dtype=torch.float32, name="CPU"
            )
            return self._answer(info, question)
        except Unwanted:
            return None

    def _answer(self, info: AddonInfo, question: Segmenting) -> Candidates:
        sam = self._sam = self._sam or self._load(info, self._device)
        picture, seen = question.picture, self._seen
        if picture.digest not in seen:
            seen[picture.digest] = sam.embed(picture, question.goes_on)
            if len(seen) > PICTURES_KEPT:
                seen.popitem(last=False)
        seen.move_to_end(picture.digest)
        if question.hints is None:
            return Candidates(())
        return sam.candidates(seen[picture.digest], picture, question.hints)

"""What controls see of pictures, whether that takes a network or not."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from studio.catalog.annotators import ListAddons, annotators_for
from studio.document.control_maps import (
    control_map,
    draw_skeletons,
    fitted,
    from_coco,
    is_without_network,
)
from studio.domain.addons import AddonInfo
from studio.domain.control import Preprocessor
from studio.domain.events import Pixels
from studio.domain.geometry import Size
from studio.engine.annotators.depth import load_depth_finder
from studio.engine.annotators.people import load_people_finder
from studio.engine.annotators.pose import load_pose_finder
from studio.engine.devices import Device

MAPS_KEPT: Final = 8


class Annotators:
    """Keeps the networks it used and the last few maps. Of several networks that find the same the
    first by name is used."""

    def __init__(self, list_addons: ListAddons, device: Device) -> None:
        self._list_addons = list_addons
        self._device = device
        self._networks: dict[AddonInfo, Any] = {}
        self._maps: OrderedDict[tuple[object, ...], Pixels] = OrderedDict()

    def release(self) -> None:
        """Let go of the networks; the maps stay."""
        self._networks.clear()

    def seen_by_control(self, pixels: Pixels, preprocessor: Preprocessor, size: Size) -> Pixels:
        """What a control sees of a picture (H, W, 3) while one of `size` is drawn: scaled to cover
        that size, cut at its edges, and preprocessed; uint8 (size.height, size.width, 3).

        Raises:
            ModelNotFound: the preprocessor's network isn't installed; the remedy says which one to
                fetch.
            ModelRefused: it is damaged.
        """
        picture = np.ascontiguousarray(fitted(pixels, size))
        if is_without_network(preprocessor):
            return control_map(picture, preprocessor)
        infos = annotators_for(preprocessor, self._list_addons)
        key = (hashlib.sha256(picture.data).digest(), picture.shape, preprocessor, infos)
        if key not in self._maps:
            make = self._depth if preprocessor is Preprocessor.DEPTH else self._pose
            self._maps[key] = make(picture, *infos)
            if len(self._maps) > MAPS_KEPT:
                self._maps.popitem(last=False)
        self._maps.move_to_end(key)
        return self._maps[key]

    def _depth(self, picture: Pixels, network: AddonInfo) -> Pixels:
        depth_map: Pixels = self._network(network, load_depth_finder).depth_map(picture)
        return depth_map

    def _pose(self, picture: Pixels, network: AddonInfo, people: AddonInfo | None = None) -> Pixels:
        """Without a network that finds people the whole picture is one person."""
        height, width = picture.shape[:2]
        if people is None:
            boxes = np.array([[0, 0, width, height]], np.float32)
        else:
            boxes = self._network(people, load_people_finder).boxes(picture)
        points = self._network(network, load_pose_finder).points(picture, boxes)
        return draw_skeletons(from_coco(points), Size(width, height))

    def _network(self, info: AddonInfo, load: Callable[[AddonInfo, Device], Any]) -> Any:
        if info not in self._networks:
            self._networks[info] = load(info, self._device)
        return self._networks[info]

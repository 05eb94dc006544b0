"""Downloads that lose patience at once, from a server on this machine, and tiny real files."""

from __future__ import annotations

import json
import struct
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from studio.catalog.downloads import Download, Downloads, HttpClient, Patience, Tokens
from tests.support.misbehaving_server import MisbehavingServer

QUICK = Patience(timeout_s=0.5, attempts=4, first_wait_s=0.001, longest_wait_s=0.002)
_HANG_S = 30


class Desk:
    """Opens `Downloads` on the test's folder and server, and waits for what becomes of one."""

    def __init__(self, models: Path, server: MisbehavingServer) -> None:
        self.models = models
        self.server = server
        self.opened: list[Downloads] = []

    def open(self, *, environment: dict[str, str] | None = None, **wishes: Any) -> Downloads:
        tokens = Tokens({"HF_ENDPOINT": self.server.url, **(environment or {})})
        settings: dict[str, Any] = {
            "client": HttpClient(tokens, timeout_s=QUICK.timeout_s),
            "endpoint": self.server.url,
            "patience": QUICK,
            "free_bytes": lambda folder: 10**12,
        }
        downloads = Downloads(self.models, **(settings | wishes))
        self.opened.append(downloads)
        return downloads

    def until(
        self, downloads: Downloads, download: Download, reached: Callable[[Download], bool]
    ) -> Download:
        """The first snapshot from now on for which `reached` is true."""
        found = threading.Event()
        seen: list[Download] = []

        def look(news: Download) -> None:
            if news.id == download.id and reached(news) and not seen:
                seen.append(news)
                found.set()

        downloads.changed.connect(look)
        if (now := downloads.find(download.id)) is not None:
            look(now)
        try:
            assert found.wait(_HANG_S), f"nothing came of it: {downloads.find(download.id)}"
        finally:
            downloads.changed.disconnect(look)
        return seen[0]

    def ended(self, downloads: Downloads, download: Download) -> Download:
        """How it ends."""
        return self.until(downloads, download, lambda news: not news.is_under_way)

    def fetch(self, what: Any, **wishes: Any) -> Download:
        """How a download ends that is started now."""
        downloads = self.open()
        return self.ended(downloads, downloads.start(what, **wishes))


def safetensors(shapes: dict[str, tuple[int, ...]], fill: int = 1) -> bytes:
    """A file of F16 tensors, every byte of the weights `fill`."""
    header: dict[str, Any] = {}
    offset = 0
    for name, shape in shapes.items():
        size = 2
        for side in shape:
            size *= side
        header[name] = {"dtype": "F16", "shape": shape, "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + bytes([fill]) * offset


def lora(rank: int = 32) -> bytes:
    """A LoRA of kohya's layout for Stable Diffusion 1; about 4 kB for each rank."""
    layer = "lora_unet_mid_block_attentions_0_transformer_blocks_0_attn2_to_k"
    return safetensors(
        {f"{layer}.lora_down.weight": (rank, 768), f"{layer}.lora_up.weight": (1280, rank)}
    )

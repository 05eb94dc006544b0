"""Downloads that lose patience at once, from a server on this machine, and tiny real files."""

from __future__ import annotations

import json
import struct
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from studio.catalog.downloads import Download, Downloads, HttpClient, Patience, Tokens
from tests.support.misbehaving_server import MisbehavingServer

QUICK = Patience(timeout_s=20, attempts=4, first_wait_s=0.001, longest_wait_s=0.002)
# For servers that fall silent. A busy machine is silent now and then, too.
HASTY = Patience(timeout_s=0.3, attempts=50, first_wait_s=0.001, longest_wait_s=0.002)
_HANG_S = 30


class Desk:
    """Opens `Downloads` on the test's folder and server, and waits for what becomes of one."""

    def __init__(self, models: Path, server: MisbehavingServer) -> None:
        self.models = models
        self.server = server
        self.opened: list[Downloads] = []

    def open(self, *, environment: dict[str, str] | None = None, **wishes: Any) -> Downloads:
        tokens = Tokens({"HF_ENDPOINT": self.server.url, **(environment or {})})
        patience = wishes.get("patience", QUICK)
        settings: dict[str, Any] = {
            "client": HttpClient(tokens, timeout_s=patience.timeout_s),
            "endpoint": self.server.url,
            "patience": patience,
            "free_bytes": lambda folder: 10**12,
        }
        downloads = Downloads(self.models, **(settings | wishes))
        self.opened.append(downloads)
        return downloads

    def until(
        self, downloads: Downloads, download: Download, reached: Callable[[Download], bool]
    ) -> Download:
        """The first snapshot from now on for which `reached` is true."""
        changed = threading.Event()
        downloads.changed.connect(lambda news: changed.set())
        deadline = time.monotonic() + _HANG_S
        while time.monotonic() < deadline:
            now = downloads.find(download.id)
            if now is not None and reached(now):
                return now
            changed.wait(0.01)  # not every step of the progress is announced
            changed.clear()
        raise AssertionError(f"nothing came of it: {downloads.find(download.id)}")

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

"""Pictures as other programs write them, for tests that read their settings."""

from __future__ import annotations

import gzip
import io
import json
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, PngImagePlugin

_USER_COMMENT = 0x9286
_EXIF_IFD = 0x8769


def _image(side: int = 16, mode: str = "RGB") -> Image.Image:
    return Image.new(mode, (side, side), "teal")


def png(path: Path, texts: Mapping[str, str], kind: str = "tEXt") -> Path:
    """With texts in chunks of `kind`: tEXt (iTXt where it must be), zTXt or iTXt."""
    info = PngImagePlugin.PngInfo()
    for key, text in texts.items():
        if kind == "iTXt":
            info.add_itxt(key, text)
        else:
            info.add_text(key, text, zip=kind == "zTXt")
    _image().save(path, "PNG", pnginfo=info)
    return path


def png_with_xmp(path: Path, packet: str) -> Path:
    return png(path, {"XML:com.adobe.xmp": packet}, "iTXt")


def with_exif(
    path: Path, comment: bytes = b"", tags: Mapping[int, str] | None = None, form: str = "JPEG"
) -> Path:
    """A JPEG, WEBP or AVIF with a raw UserComment and plain tags."""
    exif = Image.Exif()
    for tag, text in (tags or {}).items():
        exif[tag] = text
    if comment:
        exif.get_ifd(_EXIF_IFD)[_USER_COMMENT] = comment
    _image().save(path, form, exif=exif.tobytes())
    return path


def unicode_comment(text: str, order: str = "be") -> bytes:
    """As piexif writes it."""
    return b"UNICODE\0" + text.encode(f"utf-16-{order}")


def stealth_png(
    path: Path, hidden: str, signature: bytes = b"stealth_pngcomp", side: int = 128
) -> Path:
    """With text hidden in the lowest bits of alpha, or of the colours, column by column; as much
    of it as there is room for."""
    content = hidden.encode()
    if signature.endswith(b"comp"):
        content = gzip.compress(content)
    whole = signature + struct.pack(">I", 8 * len(content)) + content
    bits = np.unpackbits(np.frombuffer(whole, np.uint8))
    pixels = np.full((side, side, 4), 254, np.uint8)
    channels = pixels[..., :3] if b"rgb" in signature else pixels[..., 3:]
    columns = channels.transpose(1, 0, 2).copy()
    columns.reshape(-1)[: bits.size] |= bits[: columns.size]
    channels[...] = columns.transpose(1, 0, 2)
    mode = "RGB" if b"rgb" in signature else "RGBA"
    Image.fromarray(pixels).convert(mode).save(path, "PNG")
    return path


def raw_png(*chunks: tuple[bytes, bytes]) -> bytes:
    """A small PNG with raw chunks put in before its pixels."""
    file = io.BytesIO()
    _image().save(file, "PNG")
    plain = file.getvalue()
    added = b"".join(
        struct.pack(">I4s", len(content), kind)
        + content
        + struct.pack(">I", zlib.crc32(content, zlib.crc32(kind)))
        for kind, content in chunks
    )
    return plain[:33] + added + plain[33:]


def comfyui_prompt(**changes: Any) -> dict[str, Any]:
    """ComfyUI's default graph as it is run; `changes` go into its KSampler."""
    sampler = {
        "seed": 156680208700286,
        "steps": 20,
        "cfg": 8,
        "sampler_name": "dpmpp_2m",
        "scheduler": "karras",
        "denoise": 1,
        "model": ["4", 0],
        "positive": ["6", 0],
        "negative": ["7", 0],
        "latent_image": ["5", 0],
    }
    return {
        "3": {"class_type": "KSampler", "inputs": sampler | changes},
        "4": {
            "class_type": "CheckpointLoaderSimple",
            "inputs": {"ckpt_name": "SD1.5/v1-5-pruned-emaonly.safetensors"},
        },
        "5": {
            "class_type": "EmptyLatentImage",
            "inputs": {"width": 512, "height": 768, "batch_size": 1},
        },
        "6": {
            "class_type": "CLIPTextEncode",
            "inputs": {"text": "a glass bottle, galaxy", "clip": ["4", 1]},
        },
        "7": {
            "class_type": "CLIPTextEncode",
            "inputs": {"text": "text, watermark", "clip": ["4", 1]},
        },
        "8": {"class_type": "VAEDecode", "inputs": {"samples": ["3", 0], "vae": ["4", 2]}},
        "9": {
            "class_type": "SaveImage",
            "inputs": {"filename_prefix": "ComfyUI", "images": ["8", 0]},
        },
    }


def comfyui_png(path: Path, prompt: Any) -> Path:
    return png(path, {"prompt": prompt if isinstance(prompt, str) else json.dumps(prompt)})

"""T5's tokenizer, made of the words that come with the studio: a single file has none.

They are in Google's own format, SentencePiece's model file, which is a protocol buffer (Kudo &
Richardson 2018, “SentencePiece”; its sentencepiece_model.proto says which field is what).
"""

from __future__ import annotations

import lzma
import struct
from collections.abc import Iterator
from typing import Final

from transformers import T5Tokenizer

from studio.domain.resources import RESOURCES

TOKENS: Final = 512
# Words that stand for gaps in T5's own training.
_GAPS: Final = 100
_MODEL: Final = RESOURCES / "tokenizers" / "t5" / "spiece.model.xz"

# Numbers of fields: of the model, of a piece, and of the rules by which letters are made alike.
_PIECE, _NORMALIZER = 1, 3
_TEXT, _SCORE = 1, 2
_CHARACTERS: Final = 2


def t5_tokenizer() -> T5Tokenizer:
    """The tokenizer of T5 1.1, which Stable Diffusion 3 and FLUX.1 read prompts with."""
    pieces: list[tuple[str, float]] = []
    characters = b""
    for number, content in _fields(lzma.decompress(_MODEL.read_bytes())):
        if number == _PIECE:
            piece = dict(_fields(content))
            [score] = struct.unpack("<f", piece[_SCORE]) if _SCORE in piece else [0.0]
            pieces.append((piece[_TEXT].decode(), score))
        elif number == _NORMALIZER:
            characters = dict(_fields(content))[_CHARACTERS]
    gaps = [(f"<extra_id_{i}>", 0.0) for i in reversed(range(_GAPS))]
    return T5Tokenizer(
        vocab=[*pieces, *gaps],
        _spm_precompiled_charsmap=characters,
        extra_ids=_GAPS,
        model_max_length=TOKENS,
    )


def _fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    """Number and content of each field of a protocol buffer; whole numbers come as no content."""
    position = 0
    while position < len(message):
        key, position = _number(message, position)
        match key & 7:
            case 0:
                _, end = _number(message, position)
                position = end
            case 1:
                end = position + 8
            case 2:
                length, position = _number(message, position)
                end = position + length
            case 5:
                end = position + 4
            case kind:
                raise ValueError(f"field of the unknown kind {kind}")
        yield key >> 3, message[position:end]
        position = end


def _number(message: bytes, position: int) -> tuple[int, int]:
    """A whole number of seven bits a byte, lowest first, and where it ends."""
    number = shift = 0
    while True:
        byte = message[position]
        position += 1
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return number, position

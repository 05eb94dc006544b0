"""The prompt language: what a prompt says beside words. Pure Python."""

from studio.prompting.embeddings import embeddings_in, spell_embeddings
from studio.prompting.loras import LoraTag, find_loras, loras_of, split_loras

__all__ = [
    "LoraTag",
    "embeddings_in",
    "find_loras",
    "loras_of",
    "spell_embeddings",
    "split_loras",
]

"""The prompt language: what a prompt says beside words. Pure Python."""

from studio.prompting.embeddings import embeddings_in, spell_embeddings
from studio.prompting.loras import LoraTag, find_loras, split_loras

__all__ = [
    "LoraTag",
    "embeddings_in",
    "find_loras",
    "spell_embeddings",
    "split_loras",
]

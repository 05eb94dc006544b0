"""What changes a model for one picture, without changing its file: LoRAs, embeddings, another
autoencoder, FreeU."""

from studio.engine.adapters.adapting import Adapting
from studio.engine.adapters.wishes import Addons

__all__ = ["Adapting", "Addons"]

"""Networks by whose features pictures are compared."""

from studio.style.features.extractor import FeatureExtractor, Features
from studio.style.features.loading import load_extractor

__all__ = ["FeatureExtractor", "Features", "load_extractor"]

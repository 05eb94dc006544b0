"""What a file of weights is, by the names and shapes of its tensors: one file per kind of thing."""

from studio.catalog.kinds.annotators import find_annotator
from studio.catalog.kinds.classify import classify
from studio.catalog.kinds.finding import FileKind, Finding, Weights

__all__ = ["FileKind", "Finding", "Weights", "classify", "find_annotator"]

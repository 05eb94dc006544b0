"""Finds the thing that somebody points at, by a network of the artist's (Segment Anything).

A network looks at a picture once, which takes a while, and then tells for each place what lies
there at once: Kirillov et al. 2023, arXiv:2304.02643. This façade imports no torch.
"""

from studio.engine.segmenting.found import Candidate, Candidates, ObjectPart
from studio.engine.segmenting.picture import SeenPicture
from studio.engine.segmenting.question import Segmenting

__all__ = ["Candidate", "Candidates", "ObjectPart", "SeenPicture", "Segmenting"]

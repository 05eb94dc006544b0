"""OpenRaster files (.ora): documents that other programs open too.

The file is a zip after the OpenRaster specification (openraster.org, baseline 0.0.6): `mimetype`
first, `stack.xml`, one PNG for each layer, the merged picture and a thumbnail. What only the studio
understands (kinds, layers' own masks, the mask, working area, prompt) lies beside them in the
folder `pentimento/`; where another program has changed the layers, its word counts.
"""

from studio.document.openraster.kept_bands import KeptBands
from studio.document.openraster.names import SUFFIX
from studio.document.openraster.reading import Opened, read
from studio.document.openraster.writing import write

__all__ = ["SUFFIX", "KeptBands", "Opened", "read", "write"]

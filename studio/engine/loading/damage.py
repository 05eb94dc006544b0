"""What is wrong with a file, in a sentence."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from studio.domain.addons import AddonInfo
from studio.domain.errors import ModelRefused, StudioError
from studio.engine.devices import is_out_of_memory

logger = logging.getLogger(__name__)


@contextmanager
def damage_in_words(info: AddonInfo, another: str = "another") -> Iterator[None]:
    """Whatever the libraries find wrong with a file that is loaded inside, said for people; what
    already is, and memory that runs out, passes. A bug of ours would be said as well, so the log
    has the traceback.

    Raises:
        ModelRefused: the file of `info` can't be used; `another` is what to choose in its place.
    """
    try:
        yield
    except StudioError:
        raise
    except Exception as error:
        if is_out_of_memory(error):
            raise
        logger.warning("can't load %s", info.path, exc_info=error)
        raise ModelRefused(
            f"“{info.title}” is damaged or of another kind ({type(error).__name__}).",
            f"Fetch it again, or choose {another}.",
        ) from None

"""What can go wrong because of something a person did or has, as one tree.

    StudioError
    ├── RequestError        a job that can't be described or read: value out of range, bad JSON
    ├── ModelError          a model that can't be used
    │   ├── ModelNotFound   not on this disk
    │   └── ModelRefused    unsafe, damaged or of a kind the studio can't run
    ├── EngineError         the machine couldn't do the job
    │   └── OutOfMemory     not enough memory on the device
    ├── PictureError        a picture file that can't be read, or is too large
    ├── StorageError        the disk refused: full, read-only, damaged history
    ├── DownloadError       something that couldn't be fetched from the network
    └── UsageError          the command line asked for something that makes no sense

Each carries one sentence for that person and, where there is one, the way out. Everything that
isn't a StudioError is a bug: it is logged with its traceback and the window stays alive.
"""

from __future__ import annotations


class StudioError(Exception):
    """Base of all errors that a person can cause and mend.

    Args:
        sentence: what happened, one sentence, in the artist's words.
        remedy: what to do next, one sentence; empty when the sentence says it all.
    """

    def __init__(self, sentence: str, remedy: str = "") -> None:
        super().__init__(f"{sentence} {remedy}".strip())
        self.sentence = sentence
        self.remedy = remedy


class RequestError(StudioError):
    """A job that can't be described or read back."""


class ModelError(StudioError):
    """A model that can't be used."""


class ModelNotFound(ModelError):
    """No model of that name is on this disk."""


class ModelRefused(ModelError):
    """A model that is unsafe, damaged or of a kind that the studio can't run."""


class EngineError(StudioError):
    """The machine couldn't do the job."""


class OutOfMemory(EngineError):
    """The device hasn't enough memory, even after everything else was released."""


class PictureError(StudioError):
    """A picture file that can't be read, or is larger than the studio accepts."""


class StorageError(StudioError):
    """The disk refused: full, read-only, or the history is damaged."""


class DownloadError(StudioError):
    """Something couldn't be fetched from the network, or isn't what it should be."""


class UsageError(StudioError):
    """The command line asked for something that makes no sense."""

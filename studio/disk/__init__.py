"""What every room that writes files does alike: the calls at which a disk can fail, and locks."""

from studio.disk.calls import DiskCalls, sync_folder
from studio.disk.lock import FileLock

__all__ = ["DiskCalls", "FileLock", "sync_folder"]

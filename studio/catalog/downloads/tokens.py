"""Tokens for servers that want to know who asks: from the environment, or the system's keyring.

A token belongs to one origin. It is never written to a file or a log by the studio.
"""

from __future__ import annotations

import importlib.util
import logging
import os
from collections.abc import Mapping
from typing import Any, Final

from studio.catalog.downloads.addresses import host_of, is_this_machine, origin
from studio.domain.errors import DownloadError

log = logging.getLogger(__name__)

HUB: Final = "https://huggingface.co"
_SERVICE: Final = "pentimento"


def hub_endpoint(environment: Mapping[str, str] = os.environ) -> str:
    """Where Hugging Face's repositories are asked for: HF_ENDPOINT names a mirror."""
    return (environment.get("HF_ENDPOINT") or HUB).rstrip("/")


class Tokens:
    """HF_TOKEN for Hugging Face (or its mirror in HF_ENDPOINT), the keyring for any server.

    The keyring is an optional dependency (“pip install pentimento[keyring]”). `keyring` is the
    module of that name, or what has its three functions; None looks for it when it is needed.
    """

    def __init__(
        self, environment: Mapping[str, str] = os.environ, *, keyring: Any | None = None
    ) -> None:
        self._environment = environment
        self._keyring = keyring

    def for_address(self, url: str) -> str | None:
        """The token for this origin; None where there is none."""
        if origin(url) == origin(hub_endpoint(self._environment)):
            token = self._environment.get("HF_TOKEN", "").strip()
            if token:
                return _usable(token)
        scheme, host, port = origin(url)
        if scheme != "https" or port != 443 or is_this_machine(host):
            return None
        return self._kept(host)

    def keep(self, url: str, token: str) -> None:
        """Keep a token for the https server of `url` in the system's keyring.

        Raises:
            DownloadError: there is no keyring, or it refused.
        """
        keyring = self._module()
        if keyring is None:
            raise DownloadError(
                "There is no keyring to keep the token in.",
                "Install “pentimento[keyring]”, or set HF_TOKEN before starting the studio.",
            )
        usable = _usable(token.strip())
        if usable is None:
            raise DownloadError("That is no token.", "Copy it again from the site's settings.")
        try:
            keyring.set_password(_SERVICE, host_of(url), usable)
        except Exception as error:  # noqa: BLE001 (backends have their own)
            raise _refused(error) from None

    def forget(self, url: str) -> None:
        """Take the token for this server out of the keyring, if it is there.

        Raises:
            DownloadError: the keyring refused.
        """
        keyring = self._module()
        if keyring is None or self._kept(host_of(url)) is None:
            return
        try:
            keyring.delete_password(_SERVICE, host_of(url))
        except Exception as error:  # noqa: BLE001
            raise _refused(error) from None

    def _kept(self, host: str) -> str | None:
        keyring = self._module()
        if keyring is None:
            return None
        try:
            token = keyring.get_password(_SERVICE, host)
        except Exception as error:  # noqa: BLE001 (locked, or nobody to ask)
            log.info("The keyring can't be asked: %s", type(error).__name__)
            return None
        return _usable(token) if isinstance(token, str) else None

    def _module(self) -> Any | None:
        if self._keyring is None and importlib.util.find_spec("keyring") is not None:
            self._keyring = importlib.import_module("keyring")
        return self._keyring


def _usable(token: str) -> str | None:
    """A token that can stand in a header."""
    whole = token.isascii() and token.isprintable() and " " not in token
    return token if token and whole and len(token) <= 4_000 else None


def _refused(error: Exception) -> DownloadError:
    return DownloadError(
        f"The keyring refused ({type(error).__name__}).",
        "Unlock it, or set HF_TOKEN before starting the studio.",
    )

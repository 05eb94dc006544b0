"""What `models download` does, once it is known that it is wanted."""

from __future__ import annotations

import json
import sys
import threading
from getpass import getpass
from pathlib import Path
from typing import Any, Final

from studio.catalog.curated import CURATED, find_offer
from studio.catalog.downloads import (
    Destination,
    Download,
    Downloads,
    Offer,
    State,
    Tokens,
    size_in_words,
)
from studio.catalog.downloads.tokens import hub_endpoint
from studio.cli.progress import ProgressBar, duration
from studio.domain.errors import DownloadError, UsageError

_INTERRUPTED: Final = 130


def progress_line(download: Download, columns: int = 80) -> str:
    """“12.3 of 33.7 GB ███▌   45 MB/s 8:10 left”, narrower than `columns`; a sentence where
    nothing moves."""
    is_waiting = download.sentence.endswith("…")
    if download.state is not State.DOWNLOADING or is_waiting or not download.done_bytes:
        return f"{download.title}: {download.sentence or '…'}"[: columns - 1]
    done = size_in_words(download.done_bytes)
    rate = f"{size_in_words(download.rate_bytes_s)}/s" if download.rate_bytes_s else ""
    if not download.total_bytes:
        return f"{done} {rate} {download.sentence}"[: columns - 1]
    before = f"{done} of {size_in_words(download.total_bytes)} "
    left = download.seconds_left
    after = f" {rate}" + (f" {duration(left)} left" if left is not None else "")
    width = max(0, min(30, columns - 1 - len(before) - len(after)))
    full = round(width * download.fraction)
    return (before + "█" * full + "·" * (width - full) + after)[: columns - 1]


def fetch(
    folder: Path,
    source: str,
    destination: Destination | None,
    variant: str,
    *,
    as_json: bool,
) -> int:
    """Fetch into `folder` and show how it goes; 130 when Ctrl+C paused it.

    Raises:
        DownloadError: it couldn't be fetched, or is no model.
    """
    what = find_offer(source) or source
    downloads = Downloads(folder)
    news = threading.Event()
    downloads.changed.connect(lambda download: news.set())
    download = downloads.start(what, destination=destination, variant=variant)
    try:
        with ProgressBar(sys.stderr) as bar:
            while download.is_under_way:
                bar.say(progress_line(download))
                # Ctrl+C is heard between two waits only, on some systems.
                news.wait(0.5)
                news.clear()
                download = downloads.find(download.id) or download
    except KeyboardInterrupt:
        downloads.pause(download)
        download = downloads.find(download.id) or download
        there = size_in_words(download.done_bytes)
        print(f"pentimento: paused, {there} are there; the same command goes on.", file=sys.stderr)
        return _INTERRUPTED
    finally:
        downloads.close()
    if download.state is not State.FINISHED:
        raise DownloadError(f"{download.title}: {download.error}")
    if as_json:
        print(json.dumps(_record(download), ensure_ascii=False))
    else:
        print(f"{download.title} is in {download.path}")
    return 0


def print_list(folder: Path, *, as_json: bool) -> int:
    """Print what is worth downloading, and what was begun."""
    downloads = Downloads(folder)
    begun = downloads.all()
    downloads.close()
    if as_json:
        told = {
            "offers": [_offer_record(offer) for offer in CURATED],
            "begun": [_record(download) for download in begun],
        }
        print(json.dumps(told, ensure_ascii=False))
        return 0
    for offer in CURATED:
        size = f"about {size_in_words(offer.size_bytes)}"
        needs = "; ".join(f"{need.memory_gib:g} GiB {need.how}" for need in offer.needs)
        card = f"\n    card: {needs}" if needs else ""
        gate = ", licence to be accepted first" if offer.is_gated else ""
        print(f"{offer.name}  {offer.title}, {size}, {offer.licence}{gate}")
        print(f"    {offer.summary}{card}")
    for download in begun:
        there = size_in_words(download.done_bytes)
        print(f"begun: {download.source}  {there} are there. {download.error}".rstrip())
    return 0


def log_in(site: str) -> int:
    """Ask for a token and keep it in the keyring; Hugging Face's if `site` is empty.

    Raises:
        UsageError: nobody can be asked.
        DownloadError: there is no keyring, or it refused.
    """
    address = site or hub_endpoint()
    address = address if "://" in address else f"https://{address}"
    if not sys.stdin.isatty():
        raise UsageError("A token is asked for in a terminal; without one, set HF_TOKEN.")
    Tokens().keep(address, getpass(f"Token for {address} (it isn't shown): "))
    print("It is kept in the keyring.")
    return 0


def _record(download: Download) -> dict[str, Any]:
    return {
        "source": download.source,
        "state": download.state,
        "done_bytes": download.done_bytes,
        "total_bytes": download.total_bytes,
        "path": str(download.path) if download.path else None,
        "error": download.error,
    }


def _offer_record(offer: Offer) -> dict[str, Any]:
    return {
        "name": offer.name,
        "title": offer.title,
        "summary": offer.summary,
        "kind": offer.destination,
        "family": offer.family,
        "source": offer.source,
        "variant": offer.variant,
        "size_bytes_approximate": offer.size_bytes,
        "licence": offer.licence,
        "is_gated": offer.is_gated,
        "needs": [{"memory_gib": need.memory_gib, "how": need.how} for need in offer.needs],
    }

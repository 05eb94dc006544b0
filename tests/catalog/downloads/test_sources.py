"""What people can name to be downloaded, and which addresses are opened."""

from __future__ import annotations

import pytest

from studio.catalog.curated import CURATED, find_offer
from studio.catalog.downloads import Address, Repository, read_source
from studio.catalog.downloads.addresses import check_address, redirected
from studio.cli.models.download import KINDS
from studio.domain.errors import DownloadError
from studio.domain.model import FAMILY_TITLES

SHA256 = "ab" * 32


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("org/name", Repository("org/name")),
        (" org/na.me-1 ", Repository("org/na.me-1")),
        ("org/name@v1.0", Repository("org/name", "v1.0")),
        ("org/name@refs/pr/3", Repository("org/name", "refs/pr/3")),
        ("org/name:a/b.safetensors", Repository("org/name", "main", "a/b.safetensors")),
        ("org/name@v1:*.safetensors", Repository("org/name", "v1", "*.safetensors")),
        ("https://huggingface.co/org/name", Repository("org/name")),
        ("https://huggingface.co/org/name/", Repository("org/name")),
        ("https://huggingface.co/org/name/tree/v1", Repository("org/name", "v1")),
        (
            "https://huggingface.co/org/name/blob/main/a/b%20c.safetensors",
            Repository("org/name", "main", "a/b c.safetensors"),
        ),
        (
            "https://hf.co/org/name/resolve/v2/b.safetensors?download=true",
            Repository("org/name", "v2", "b.safetensors"),
        ),
        ("https://example.org/a.safetensors", Address("https://example.org/a.safetensors")),
        (
            f"https://example.org/a?key=1#sha256={SHA256.upper()}",
            Address("https://example.org/a?key=1", SHA256),
        ),
        ("http://127.0.0.1:8000/a", Address("http://127.0.0.1:8000/a")),
        ("http://[::1]/a", Address("http://[::1]/a")),
    ],
)
def test_what_a_text_means(text: str, expected: object) -> None:
    assert read_source(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        "a/b/c",
        "../name",
        "org/..",
        "org/na me",
        "org/name:",
        "org/name@",
        "-org/name",
        "org/" + "x" * 200,
        "http://example.org/a",
        "http://192.168.0.1/a",
        "file:///etc/passwd",
        "ftp://example.org/a",
        "data://text/plain,a",
        "https://",
        "https://me:secret@example.org/a",
        "https://example.org/a b",
        "https://example.org/a\nHost: evil",
        "https://exämple.org/a",
        "https://example.org:0/a",
        "https://example.org:99999/a",
        "https://example.org/" + "a" * 9_000,
        "javascript://alert",
    ],
)
def test_what_means_nothing_is_refused_with_a_way_out(text: str) -> None:
    with pytest.raises(DownloadError) as refused:
        read_source(text)
    assert refused.value.remedy
    assert "secret" not in str(refused.value)


def test_a_source_is_shown_without_its_key() -> None:
    assert str(read_source("https://example.org/a?token=secret")) == "https://example.org/a"
    assert str(read_source("org/name@v1:x*")) == "org/name@v1:x*"
    assert str(read_source("org/name@main")) == "org/name"


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("/b", "https://example.org/b"),
        ("b?c=d", "https://example.org/a/b?c=d"),
        ("https://store.example.net/x", "https://store.example.net/x"),
        ("//store.example.net/x", "https://store.example.net/x"),
    ],
)
def test_where_a_redirect_leads(location: str, expected: str) -> None:
    assert redirected("https://example.org/a/", location) == expected


@pytest.mark.parametrize(
    "location",
    [
        "http://example.org/b",
        "file:///etc/passwd",
        "http://127.0.0.1:8080/admin",
        "https://localhost/admin",
        "https://[::1]/admin",
        "https://me@example.org/",
        "gopher://example.org/",
    ],
)
def test_where_no_redirect_is_followed(location: str) -> None:
    with pytest.raises(DownloadError):
        redirected("https://example.org/a", location)


def test_every_offer_can_be_downloaded() -> None:
    assert len({offer.name for offer in CURATED}) == len(CURATED)
    assert len({offer.title for offer in CURATED}) == len(CURATED)
    for offer in CURATED:
        source = read_source(offer.source)
        if isinstance(source, Address):
            check_address(source.url)
        assert offer.family in ("", *FAMILY_TITLES)
        assert offer.size_bytes > 1_000_000
        assert offer.licence
        assert [need.memory_gib for need in offer.needs] == sorted(
            (need.memory_gib for need in offer.needs), reverse=True
        )
        assert offer.destination in KINDS
    assert find_offer("SDXL") is find_offer("sdxl") is not None
    assert find_offer("nothing") is None


def test_the_list_has_what_an_artist_looks_for() -> None:
    families = {offer.family for offer in CURATED if offer.destination == "model"}
    assert families == FAMILY_TITLES.keys() - {"sd2"}
    assert {offer.destination for offer in CURATED} >= {
        "lora",
        "controlnet",
        "t2i-adapter",
        "ip-adapter",
        "image-encoder",
        "upscaler",
        "style-network",
        "annotator",
        "segmenter",
    }

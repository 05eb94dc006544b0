"""`pentimento models download` against a server on this machine."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from studio.catalog.curated import CURATED
from studio.catalog.downloads import Destination, Download, State
from studio.cli import main
from studio.cli.models.download import KINDS
from studio.cli.models.downloading import progress_line
from tests.support.download_desk import lora
from tests.support.misbehaving_server import MisbehavingServer, cut_after, stall_after, status

CONTENT = lora()
# A process that was begun in the background doesn't hear Ctrl+C unless it wants to.
DOWNLOAD = """
import signal, sys
from studio.cli import main
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.exit(main(["models", "download", sys.argv[1]]))
"""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[MisbehavingServer]:
    with MisbehavingServer() as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        monkeypatch.delenv("HF_TOKEN", raising=False)
        yield server


@pytest.fixture
def loras(pentimento_home: Path) -> Path:
    return pentimento_home / "models" / "loras"


def test_a_repository_is_fetched_and_its_place_told(
    server: MisbehavingServer, loras: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server.repository("org/ink", {"ink.safetensors": CONTENT})
    assert main(["models", "download", "org/ink"]) == 0
    told = capsys.readouterr()
    assert told.out == f"org/ink is in {loras / 'ink.safetensors'}\n"
    assert told.err == ""
    assert (loras / "ink.safetensors").read_bytes() == CONTENT


def test_json_tells_what_was_done(
    server: MisbehavingServer, loras: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = server.serve("/ink.safetensors", CONTENT)
    assert main(["models", "download", url, "--to", "lora", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "source": url,
        "state": "finished",
        "done_bytes": len(CONTENT),
        "total_bytes": len(CONTENT),
        "path": str(loras / "ink.safetensors"),
        "error": "",
    }


def test_a_name_of_the_list_means_its_repository(
    server: MisbehavingServer, loras: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = "pytorch_lora_weights.safetensors"
    server.repository("latent-consistency/lcm-lora-sdv1-5", {file: CONTENT})
    assert main(["models", "download", "LCM-LoRA-SD15"]) == 0
    assert (loras / "lcm-lora-sd15.safetensors").read_bytes() == CONTENT
    assert "LCM LoRA (SD 1) is in" in capsys.readouterr().out


def test_what_cannot_be_fetched_is_one_sentence(
    server: MisbehavingServer, loras: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server.repository("org/x", {"model.ckpt": b"\x80\x02"})
    assert main(["models", "download", "org/x"]) == 1
    assert "pentimento: org/x: The repository holds no weights" in capsys.readouterr().err
    assert main(["models", "download", "not a source"]) == 1
    assert "neither a repository nor an address" in capsys.readouterr().err
    server.misbehave("/api/models/org/x/revision/main", status(403, X_Error_Code="GatedRepo"))
    assert main(["models", "download", "org/x:y.safetensors"]) == 1
    assert "accepted its licence" in capsys.readouterr().err


@pytest.mark.parametrize("words", [[], ["a/b", "--list"], ["--list", "--login"]])
def test_one_thing_at_a_time(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "download", *words]) == 2
    assert "Name one thing to download" in capsys.readouterr().err


def test_the_list_says_size_licence_and_card(
    pentimento_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", "download", "--list"]) == 0
    told = capsys.readouterr().out
    assert "sdxl  Stable Diffusion XL, about 6.9 GB, openrail++\n" in told
    assert "card: 12 GiB fp16; 8 GiB fp16, parts loaded in turn;" in told
    assert main(["models", "download", "--list", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert [offer["name"] for offer in record["offers"]] == [offer.name for offer in CURATED]
    assert record["begun"] == []
    assert not pentimento_home.exists(), "listing only looks"


def test_a_token_is_asked_for_in_a_terminal_only(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "download", "--login"]) == 2
    assert "set HF_TOKEN" in capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no SIGINT to one process")
def test_ctrl_c_pauses_and_the_same_command_goes_on(
    server: MisbehavingServer,
    loras: Path,
    pentimento_home: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    url = server.serve("/ink.safetensors", CONTENT)
    server.misbehave("/ink.safetensors", cut_after(0), stall_after(60_000))
    process = subprocess.Popen(
        [sys.executable, "-c", DOWNLOAD, url], stderr=subprocess.PIPE, text=True
    )
    try:
        while sum(part.stat().st_size for part in pentimento_home.rglob("*.part")) < 60_000:
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 130
    assert said == "pentimento: paused, 60 kB are there; the same command goes on.\n"
    assert main(["models", "download", "--list"]) == 0
    assert f"begun: {url}  60 kB are there." in capsys.readouterr().out
    assert main(["models", "download", url]) == 0
    assert server.requests_for("/ink.safetensors")[-1].headers["range"] == "bytes=60000-"
    assert (loras / "ink.safetensors").read_bytes() == CONTENT


def test_the_kinds_are_those_of_the_catalog() -> None:
    assert tuple(Destination) == KINDS


def test_the_bar_says_how_much_how_fast_and_how_long() -> None:
    moving = Download(
        "id",
        "FLUX",
        "org/flux",
        State.DOWNLOADING,
        sentence="flux.safetensors (1 of 3)",
        done_bytes=8_400_000_000,
        total_bytes=33_600_000_000,
        rate_bytes_s=42_000_000.0,
        seconds_left=600.0,
    )
    line = progress_line(moving, 80)
    assert line == "8.4 GB of 34 GB " + "█" * 8 + "·" * 22 + " 42 MB/s 10:00 left"
    for columns in range(10, 120):
        assert len(progress_line(moving, columns)) < columns
    assert progress_line(replace(moving, total_bytes=0), 80).startswith("8.4 GB 42 MB/s")
    waiting = replace(moving, sentence="x.org is busy. Trying again…")
    assert progress_line(waiting, 80) == "FLUX: x.org is busy. Trying again…"

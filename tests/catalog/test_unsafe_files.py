"""Files that are broken, wrong or hostile: each is named with its cause, and none is ever run."""

from __future__ import annotations

import io
import json
import os
import pickle
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from studio.catalog import Catalog
from studio.catalog.conversion import convert
from studio.domain.addons import AddonKind
from studio.domain.errors import ModelError, ModelRefused
from tests.support import model_files as files
from tests.support.model_files import write_safetensors

LORA = files.kohya_lora(files.ldm_unet())


class Gadget:
    """Creates a file when it is unpickled."""

    def __init__(self, canary: Path, call: Callable[..., object] = os.system) -> None:
        self._canary = canary
        self._call = call

    def __reduce__(self) -> tuple[Callable[..., object], tuple[str]]:
        if self._call is os.system:
            return os.system, (f"touch {self._canary}",)
        return self._call, (f"open({str(self._canary)!r}, 'w')",)


def zipped(content: bytes, inner: str = "archive/data.pkl") -> bytes:
    """As torch has saved since 1.6."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(inner, content)
        archive.writestr("archive/version", "3")
    return file.getvalue()


def legacy(content: bytes) -> bytes:
    """As torch saved before: a magic number, a version and the system, each a pickle."""
    magic = pickle.dumps(0x1950A86A20F9469CFC6C, 2)
    return magic + pickle.dumps(1001, 2) + pickle.dumps({"little_endian": True}, 2) + content


GADGETS: list[tuple[str, Callable[[Path], bytes]]] = [
    (f"{folder}{number}{suffix}", write)
    for number, (folder, suffix, write) in enumerate(
        [
            ("checkpoints/plain", ".ckpt", lambda c: pickle.dumps(Gadget(c))),
            ("checkpoints/proto0", ".ckpt", lambda c: pickle.dumps(Gadget(c), 0)),
            ("checkpoints/proto2", ".pt", lambda c: pickle.dumps(Gadget(c), 2)),
            ("checkpoints/eval", ".pth", lambda c: pickle.dumps(Gadget(c, eval))),
            ("checkpoints/exec", ".pkl", lambda c: pickle.dumps(Gadget(c, exec))),
            ("checkpoints/zip", ".ckpt", lambda c: zipped(pickle.dumps(Gadget(c)))),
            ("checkpoints/zip", ".bin", lambda c: zipped(pickle.dumps({"w": Gadget(c)}, 2))),
            ("checkpoints/legacy", ".pt", lambda c: legacy(pickle.dumps(Gadget(c), 2))),
            (
                "checkpoints/nested",
                ".pt",
                lambda c: pickle.dumps({"state_dict": {"a": [Gadget(c)]}}),
            ),
            ("checkpoints/renamed", ".safetensors", lambda c: pickle.dumps(Gadget(c))),
            ("checkpoints/renamed", ".gguf", lambda c: pickle.dumps(Gadget(c))),
            ("checkpoints/renamed-zip", ".sft", lambda c: zipped(pickle.dumps(Gadget(c)))),
            ("loras/l", ".pt", lambda c: pickle.dumps(Gadget(c))),
            ("embeddings/e", ".pt", lambda c: pickle.dumps({"string_to_param": Gadget(c)})),
            ("embeddings/e", ".bin", lambda c: zipped(pickle.dumps({"<x>": Gadget(c)}))),
            ("vae/v", ".vae.pt", lambda c: pickle.dumps(Gadget(c))),
            ("upscalers/u", ".pth", lambda c: pickle.dumps(Gadget(c))),
            ("folder/unet/diffusion_pytorch_model", ".bin", lambda c: pickle.dumps(Gadget(c))),
            ("folder/tokenizer/tokenizer", ".pkl", lambda c: pickle.dumps(Gadget(c))),
            ("folder/scheduler/scheduler_config", ".json", lambda c: pickle.dumps(Gadget(c))),
        ]
    )
]


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    return tmp_path / "canary"


@pytest.fixture
def gadgets(tmp_path: Path, canary: Path) -> Path:
    models = tmp_path / "models"
    for name, write in GADGETS:
        path = models / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(write(canary))
    parts = ("unet", "vae", "text_encoder", "tokenizer", "scheduler")
    index = {
        "_class_name": "StableDiffusionPipeline",
        **{part: ["diffusers", "X"] for part in parts},
    }
    (models / "folder/model_index.json").write_text(json.dumps(index))
    return models


def test_no_pickle_is_ever_opened(gadgets: Path, canary: Path) -> None:
    assert len(GADGETS) == 20
    catalog = Catalog([gadgets], cache=gadgets.parent / "cache")
    catalog.rescan()
    assert catalog.models() == catalog.addons() == catalog.upscalers() == ()
    told = {refusal.path.relative_to(gadgets).as_posix() for refusal in catalog.refused()}
    assert told == {name for name, _ in GADGETS if not name.startswith("folder/")} | {"folder"}
    assert all(refusal.reason for refusal in catalog.refused())
    assert not canary.exists()


def test_the_gadgets_bite_whoever_opens_them(gadgets: Path, canary: Path) -> None:
    pickle.loads((gadgets / GADGETS[0][0]).read_bytes())  # noqa: S301 -- that is the point
    assert canary.exists()


def test_catalog_and_conversion_leave_torch_alone() -> None:
    code = (
        "import sys; import studio.catalog, studio.catalog.conversion; "
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_pickle_that_would_run_something_is_not_converted(tmp_path: Path, canary: Path) -> None:
    source = tmp_path / "evil.ckpt"
    source.write_bytes(pickle.dumps({"state_dict": Gadget(canary)}, 2))
    with pytest.raises(ModelRefused, match=r"evil\.ckpt can't be converted") as raised:
        convert(source, tmp_path / "models")
    assert "weights_only" not in str(raised.value)
    assert not canary.exists()
    assert list((tmp_path / "models").iterdir()) == []


def test_weights_in_a_pickle_become_a_safetensors_file(tmp_path: Path) -> None:
    import torch

    source = tmp_path / "easy.pt"
    vectors = torch.arange(8 * 768, dtype=torch.float32).reshape(8, 768)
    torch.save({"string_to_param": {"*": vectors}, "step": 7}, source)
    catalog = Catalog([tmp_path / "models"])
    told: list[tuple[int, int]] = []
    made = catalog.convert(source, lambda done, total: told.append((done, total)))
    assert made == tmp_path / "models/embeddings/easy.safetensors"
    assert source.exists()
    assert {total for _, total in told} == {source.stat().st_size}
    catalog.rescan()
    assert catalog.find_addon(AddonKind.EMBEDDING, "easy").family == "sd"
    from safetensors.torch import load_file

    assert torch.equal(load_file(made)["emb_params"], vectors)
    with pytest.raises(ModelError, match="is there already"):
        catalog.convert(source)


def test_a_conversion_that_is_given_up_leaves_nothing(tmp_path: Path) -> None:
    source = tmp_path / "x.pt"
    source.write_bytes(b"whatever")

    def give_up(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        convert(source, tmp_path / "models", give_up)
    assert list((tmp_path / "models").iterdir()) == []


@pytest.mark.parametrize("name", ["x.safetensors", "gone.ckpt"])
def test_what_needs_no_conversion_is_said(tmp_path: Path, name: str) -> None:
    with pytest.raises(ModelRefused, match=r"no pickle|no such file"):
        convert(tmp_path / name, tmp_path / "models")


def test_every_cut_of_a_good_file_is_refused(tmp_path: Path) -> None:
    """A LoRA cut off at 200 places, each under a name of its own."""
    whole = write_safetensors(tmp_path / "whole/x.safetensors", LORA).read_bytes()
    cut = tmp_path / "cut"
    cut.mkdir()
    lengths = [len(whole) * number // 200 for number in range(200)]
    for length in lengths:
        with (cut / f"{length}.safetensors").open("wb") as file:
            file.write(whole[: min(length, 200_000)])
            file.truncate(length)
    catalog = Catalog([cut])
    assert catalog.addons() == ()
    reasons = [refusal.reason for refusal in catalog.refused()]
    assert len(reasons) == 200
    assert all("cut off" in reason or "is empty" in reason for reason in reasons)


def test_a_file_in_the_wrong_folder_is_known_for_what_it_is(tmp_path: Path) -> None:
    write_safetensors(tmp_path / "checkpoints/really a lora.safetensors", LORA)
    write_safetensors(tmp_path / "loras/really a model.safetensors", files.sd1())
    catalog = Catalog([tmp_path])
    assert catalog.find("really a model").family == "sd"
    assert catalog.find_addon(AddonKind.LORA, "really a lora").family == "sd"


@pytest.mark.parametrize(
    "name",
    [
        "line\nbreak",
        "bell\a",
        "escape\x1b[31m",
        "turned \N{RIGHT-TO-LEFT OVERRIDE} round",
        os.fsdecode(b"latin \xe9"),
        " ",
    ],
)
def test_names_that_cannot_be_shown_are_refused(tmp_path: Path, name: str) -> None:
    try:
        write_safetensors(tmp_path / "models" / f"{name}.safetensors", LORA)
    except (OSError, ValueError):
        pytest.skip("this file system doesn't take such a name")
    catalog = Catalog([tmp_path / "models"], cache=tmp_path / "cache")
    catalog.rescan()
    assert catalog.addons() == ()
    (refusal,) = catalog.refused()
    assert "name" in refusal.reason


@pytest.mark.parametrize(
    "name", ["CON", "…", "猫", "a'b\"c;$(d)`e`", "x" * 200, "<lora:x:1>", ".."]
)
def test_names_that_can_be_shown_are_kept_as_they_are(tmp_path: Path, name: str) -> None:
    write_safetensors(tmp_path / "models" / f"a{name}.safetensors", LORA)
    assert Catalog([tmp_path / "models"]).find_addon(AddonKind.LORA, f"a{name}").name == f"a{name}"

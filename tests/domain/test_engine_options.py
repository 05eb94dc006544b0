"""What a device lacks for a wish."""

from __future__ import annotations

from typing import Any

import pytest

from studio.domain.engine_options import PACKAGES, missing_for
from studio.domain.placement import Attention, Offload, Precision, Quantization

WISHES = (*Precision, *Offload, *Quantization, *Attention)


@pytest.mark.parametrize("wish", WISHES)
def test_a_card_with_all_packages_lacks_nothing_but_for_gguf(wish: Any) -> None:
    missing = missing_for(wish, "cuda", PACKAGES)
    assert (missing is None) == (wish is not Quantization.GGUF)


@pytest.mark.parametrize("wish", WISHES)
@pytest.mark.parametrize("kind", ["cuda", "cpu", "mps"])
def test_what_is_missing_is_told_in_a_sentence(wish: Any, kind: str) -> None:
    missing = missing_for(wish, kind, ())
    if missing is not None:
        assert missing.sentence.endswith(".")
        assert missing.install == "" or missing.install.startswith("pip install ")


def test_a_missing_package_comes_with_the_line_that_installs_it() -> None:
    flash = missing_for(Attention.FLASH, "cuda", ())
    assert flash is not None
    assert flash.install == "pip install flash-attn"
    int8 = missing_for(Quantization.INT8, "cpu", ("bitsandbytes",))
    assert int8 is not None
    assert int8.sentence == "int8 weights need the package torchao."


def test_a_processor_follows_what_does_something_there() -> None:
    assert missing_for(Precision.BF16, "cpu", ()) is None
    assert missing_for(Offload.NONE, "cpu", ()) is None
    assert missing_for(Offload.GROUP, "cpu", ()) is not None
    assert missing_for(Attention.NATIVE, "cpu", ()) is None
    assert missing_for(Quantization.FP8, "cpu", ()) is None

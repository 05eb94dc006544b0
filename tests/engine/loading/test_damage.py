"""What libraries raise over a file becomes a sentence; what already is one passes."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from studio.domain.addons import AddonInfo, AddonKind
from studio.domain.errors import ModelNotFound, ModelRefused
from studio.engine.loading.damage import damage_in_words

INFO = AddonInfo("owl", "Owl", AddonKind.CONTROLNET, "sd", Path("owl.safetensors"))


@pytest.mark.parametrize("error", [KeyError("x"), ValueError("no"), RuntimeError("axes")])
def test_what_libraries_raise_names_the_file_and_what_to_do(error: Exception) -> None:
    with pytest.raises(ModelRefused) as refused, damage_in_words(INFO, "another owl"):
        raise error
    assert "“Owl” is damaged" in refused.value.sentence
    assert type(error).__name__ in refused.value.sentence
    assert refused.value.remedy == "Fetch it again, or choose another owl."


@pytest.mark.parametrize("error", [ModelNotFound("gone"), torch.OutOfMemoryError("full")])
def test_what_is_said_already_and_a_full_memory_pass(error: Exception) -> None:
    with pytest.raises(type(error)) as raised, damage_in_words(INFO):
        raise error
    assert raised.value is error

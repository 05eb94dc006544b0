"""The command line of the recipe: light to import, stages in order."""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path

import pytest

from studio.training.embedded import EXTRA_STAGES, STAGES, add_arguments, main


def test_importing_it_imports_no_torch() -> None:
    code = "import sys, studio.training.embedded; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_options_have_safe_defaults() -> None:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    options = parser.parse_args([])
    assert (options.stage, options.resume, options.device) == ("all", False, "auto")
    assert options.out is None


def test_every_option_that_a_stage_reads_is_there() -> None:
    source = (Path(__file__).parents[2] / "studio/training/stages.py").read_text()
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    read = set(re.findall(r"options\.(\w+)", source))
    assert len(read) > 5
    assert read <= vars(parser.parse_args([])).keys()


def test_a_stage_that_is_not_there_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--stage", "magic"])
    assert "denoiser" in capsys.readouterr().err


def test_every_stage_has_its_function() -> None:
    from studio.training import stages

    assert tuple(stages.STAGES) == (*STAGES, *EXTRA_STAGES)

"""Other programs' names for samplers: ours, the nearest and said to be so, or none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.domain.schedulers import Scheduler
from studio.library.dialects.samplers import SamplerMatch, match_sampler


@pytest.mark.parametrize(
    ("names", "scheduler"),
    [
        (("Euler", "euler", "k_euler", "euler normal"), Scheduler.EULER),
        (("Euler a", "euler_ancestral", "k_euler_ancestral", "Euler A"), Scheduler.EULER_A),
        (("DPM++ 2M", "dpmpp_2m", "k_dpmpp_2m", "dpmpp_2m normal"), Scheduler.DPMPP_2M),
        (
            ("DPM++ 2M Karras", "dpmpp_2m karras", "dpmpp_2m_k", "k_dpmpp_2m karras"),
            Scheduler.DPMPP_2M_KARRAS,
        ),
        (("DPM++ 2M SDE", "dpmpp_2m_sde", "dpmpp_2m_sde_gpu"), Scheduler.DPMPP_2M_SDE),
        (("Heun", "heun", "k_heun"), Scheduler.HEUN),
        (("DDIM", "ddim"), Scheduler.DDIM),
        (("UniPC", "uni_pc", "unipc"), Scheduler.UNIPC),
        (("LCM", "lcm"), Scheduler.LCM),
    ],
)
def test_names_of_every_program(names: tuple[str, ...], scheduler: Scheduler) -> None:
    for name in names:
        assert match_sampler(name) == SamplerMatch(scheduler, is_exact=True), name


@pytest.mark.parametrize("scheduler", Scheduler)
def test_our_own_names_are_exact(scheduler: Scheduler) -> None:
    assert match_sampler(str(scheduler)) == SamplerMatch(scheduler, is_exact=True)


@pytest.mark.parametrize(
    ("name", "scheduler"),
    [
        ("Euler a Karras", Scheduler.EULER_A),
        ("DPM++ 2M SDE Karras", Scheduler.DPMPP_2M_SDE),
        ("dpmpp_2m_sde_k", Scheduler.DPMPP_2M_SDE),
        ("DPM++ 2M SGM Uniform", Scheduler.DPMPP_2M),
        ("euler simple", Scheduler.EULER),
        ("Euler A Trailing", Scheduler.EULER_A),
        ("uni_pc_bh2", Scheduler.UNIPC),
        ("euler_ancestral_cfg_pp", Scheduler.EULER_A),
    ],
)
def test_other_spacings_are_only_near(name: str, scheduler: Scheduler) -> None:
    assert match_sampler(name) == SamplerMatch(scheduler, is_exact=False)


@pytest.mark.parametrize("name", ["DPM++ 3M SDE", "dpmpp_sde", "k_lms", "Restart", "", "karras"])
def test_what_the_studio_doesnt_have_is_none(name: str) -> None:
    assert match_sampler(name) is None


@given(st.text(max_size=200))
def test_any_name_is_matched_or_not(name: str) -> None:
    match = match_sampler(name)
    assert match is None or match.scheduler in Scheduler

"""LoRAs with which a model draws in few steps."""

from __future__ import annotations

from pathlib import Path

from studio.domain.adapters import LoraUse
from studio.domain.schedulers import Scheduler
from tests.support.fakes import FakeCatalog, a_model, an_addon
from tests.support.sessions import a_session

CATALOG = FakeCatalog(
    a_model(),
    addons=(
        an_addon(),
        an_addon("lcm-lora-sd15"),
        an_addon("hyper-sd15-8steps"),
        an_addon("sdxl_lightning_4step_lora", family="sdxl"),
        an_addon("lcm-of-unknown-family", family=""),
    ),
)


async def test_those_for_the_models_family_are_offered_with_their_values(tmp_path: Path) -> None:
    async with a_session(tmp_path, CATALOG) as (session, _engine, _notices):
        told = {offer.addon.name: str(offer) for offer in session.few_steps.offers()}
        assert told == {
            "lcm-lora-sd15": "6 steps, guidance 1, LCM",
            "hyper-sd15-8steps": f"8 steps, guidance 1, {Scheduler.EULER}",
        }


async def test_switched_off_what_stood_there_comes_back(tmp_path: Path) -> None:
    async with a_session(tmp_path, CATALOG) as (session, _engine, _notices):
        draft, few = session.draft, session.few_steps
        draft.loras = (LoraUse("moody", 0.5),)
        draft.num_inference_steps, draft.guidance_scale = 31, 6.5
        lcm, hyper = few.offers()
        few.switch_on(lcm)
        assert draft.loras == (LoraUse("moody", 0.5), LoraUse("lcm-lora-sd15"))
        assert (draft.num_inference_steps, draft.guidance_scale) == (6, 1.0)
        assert draft.scheduler is Scheduler.LCM
        few.switch_on(hyper)
        assert few.is_on(hyper)
        assert not few.is_on(lcm), "one takes the other's place"
        few.switch_off()
        assert draft.loras == (LoraUse("moody", 0.5),)
        assert (draft.num_inference_steps, draft.guidance_scale) == (31, 6.5)
        assert draft.scheduler is Scheduler.EULER


async def test_what_was_on_at_the_start_goes_back_to_the_models_values(tmp_path: Path) -> None:
    async with a_session(tmp_path, CATALOG) as (session, _engine, _notices):
        session.draft.loras = (LoraUse("lcm-lora-sd15"),)
        session.draft.num_inference_steps = 6
        session.few_steps.switch_off()
        assert session.draft.loras == ()
        assert session.draft.num_inference_steps == session.draft.model.default_steps

from __future__ import annotations

from pathlib import Path

from tests.support.sessions import a_session, until


async def test_a_seed_that_is_not_kept_is_rolled_for_each_picture(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, _):
        session.generation.generate()
        session.generation.generate()
        session.draft.keep_seed = True
        session.generation.generate()
        session.generation.generate()
        await until(lambda: len(engine.jobs) == 4)
        first, second, third, fourth = (job.request.seed for job in engine.jobs)
        assert first != second
        assert third == fourth == session.draft.seed


async def test_impossible_values_are_told_not_queued(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, notices):
        session.draft.guidance_scale = -1
        session.generation.generate()
        assert len(notices) == 1
        assert engine.jobs == []


async def test_a_chosen_model_is_loaded_before_the_first_job_asks(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, _):
        other = session.catalog.find("other")
        session.generation.use_model(other)
        assert session.draft.model == other
        assert session.draft.num_inference_steps == other.default_steps
        assert engine.warmed == ["other"]

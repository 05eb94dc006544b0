"""Laws of the timeline's arithmetic."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from studio.ui.timeline.geometry import StepGeometry

geometries = st.builds(StepGeometry, st.integers(1, 4000), st.integers(1, 400))


@given(geometries, st.data())
def test_the_centre_of_a_step_belongs_to_it(geometry: StepGeometry, data: st.DataObject) -> None:
    step = data.draw(st.integers(1, geometry.steps))
    assert geometry.step_at(geometry.centre(step)) == step


@given(geometries, st.floats(-1e5, 1e5))
def test_every_place_has_the_nearest_step(geometry: StepGeometry, x: float) -> None:
    step = geometry.step_at(x)
    assert 1 <= step <= geometry.steps
    inside = min(max(x, 0.0), geometry.width)
    assert abs(geometry.centre(step) - inside) <= geometry.slot_width / 2 + 1e-6


@given(st.floats(0, 100), st.floats(0, 100))
def test_no_steps_and_no_width_do_no_harm(width: float, x: float) -> None:
    assert StepGeometry(width, 0).step_at(x) == 1
    assert StepGeometry(0, 5).step_at(x) == 1

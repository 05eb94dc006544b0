"""A second pass that stays what it is when the size changes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from studio.domain.geometry import Size
from studio.domain.hires import HiresFix
from studio.domain.limits import MAX_SIDE_PX
from studio.domain.upscalers import UpscalerName
from studio.ui.session.drafting.hires_wish import HiresWish

SIDES = st.integers(4, 256).map(lambda eighths: 8 * eighths)
SIZES = st.builds(Size, SIDES, SIDES)


@given(SIZES, st.floats(1, 4))
def test_what_a_request_says_is_read_back_to_the_pixel(size: Size, scale: float) -> None:
    wish = HiresWish(scale, 0.4, UpscalerName.FAST, 7)
    hires = wish.of(size, 8)
    again = HiresWish.from_pass(hires, size, 8)
    assert again.of(size, 8) == hires
    assert (again.strength, again.upscaler, again.num_inference_steps) == (
        0.4,
        UpscalerName.FAST,
        7,
    )


@given(SIZES, st.floats(1, 8), st.sampled_from([1, 2, 4]))
def test_it_never_leads_to_more_than_a_request_may_ask_for(
    size: Size, scale: float, upscale: int
) -> None:
    hires = HiresWish(scale).of(size, 8, upscale)
    assert max(hires.width, hires.height) * upscale <= MAX_SIDE_PX
    assert hires.width % 8 == hires.height % 8 == 0
    assert hires.width >= size.width
    assert hires.height >= size.height


def test_the_scale_is_a_short_number() -> None:
    assert HiresWish.from_pass(HiresFix(768, 1152), Size(512, 768), 8).scale == 1.5
    assert HiresWish.from_pass(HiresFix(704, 1056), Size(512, 768), 8).scale == 1.37


def test_one_of_other_proportions_keeps_its_width() -> None:
    wish = HiresWish.from_pass(HiresFix(1024, 512), Size(512, 512), 8)
    assert wish.of(Size(512, 512), 8).size == Size(1024, 1024)

"""Laws of the canvas's arithmetic."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from studio.domain.geometry import Size
from studio.ui.canvas.viewport import MAX_ZOOM, MIN_ZOOM, ZOOM_STOPS, Viewport

sizes = st.builds(Size, st.integers(1, 4000), st.integers(1, 4000))
coordinates = st.floats(-5000, 5000)
zooms = st.floats(MIN_ZOOM, MAX_ZOOM)
viewports = st.builds(Viewport, sizes, sizes, zooms, coordinates, coordinates)


def close(first: tuple[float, float], second: tuple[float, float]) -> bool:
    return all(
        math.isclose(a, b, rel_tol=1e-6, abs_tol=1e-4) for a, b in zip(first, second, strict=True)
    )


@given(viewports, coordinates, coordinates)
def test_to_picture_is_the_inverse_of_to_view(viewport: Viewport, x: float, y: float) -> None:
    assert close(viewport.to_picture(*viewport.to_view(x, y)), (x, y))
    assert close(viewport.to_view(*viewport.to_picture(x, y)), (x, y))


@given(viewports, zooms, st.floats(0, 1), st.floats(0, 1))
def test_zooming_keeps_the_point_under_the_cursor(
    viewport: Viewport, zoom: float, across: float, down: float
) -> None:
    cursor = viewport.to_view(across * viewport.picture.width, down * viewport.picture.height)
    zoomed = viewport.zoomed(zoom, *cursor)
    assert zoomed.zoom == zoom
    assert close(zoomed.to_picture(*cursor), viewport.to_picture(*cursor))


@given(sizes, sizes, st.lists(st.tuples(zooms, st.floats(0, 1), st.floats(0, 1)), max_size=8))
def test_zooming_anywhere_in_the_view_never_loses_the_picture(
    view: Size, picture: Size, moves: list[tuple[float, float, float]]
) -> None:
    viewport = Viewport.fitted(view, picture)
    for zoom, across, down in moves:
        viewport = viewport.zoomed(zoom, across * view.width, down * view.height)
    assert viewport.x <= view.width + 1e-3 and viewport.x + viewport.width >= -1e-3
    assert viewport.y <= view.height + 1e-3 and viewport.y + viewport.height >= -1e-3


@given(viewports, st.floats(1e-9, 1e9))
def test_the_zoom_has_bounds(viewport: Viewport, zoom: float) -> None:
    assert MIN_ZOOM <= viewport.zoomed(zoom, 0, 0).zoom <= MAX_ZOOM


@given(sizes, sizes, st.integers(0, 100))
def test_a_fitted_picture_is_centred_and_whole_unless_the_bounds_forbid(
    view: Size, picture: Size, margin: int
) -> None:
    fitted = Viewport.fitted(view, picture, margin)
    middle = fitted.to_view(picture.width / 2, picture.height / 2)
    assert close(middle, (view.width / 2, view.height / 2))
    if fitted.zoom > MIN_ZOOM:
        assert fitted.x >= margin - 1e-3 and fitted.y >= margin - 1e-3
    if MIN_ZOOM < fitted.zoom < MAX_ZOOM:
        assert math.isclose(min(fitted.x, fitted.y), margin, abs_tol=1e-3)


@given(viewports, coordinates, coordinates, st.integers(0, 60))
def test_panning_keeps_some_of_the_picture_in_view(
    viewport: Viewport, dx: float, dy: float, keep: int
) -> None:
    panned = viewport.panned(dx, dy, keep)
    seen_x = min(panned.x + panned.width, viewport.view.width) - max(panned.x, 0)
    seen_y = min(panned.y + panned.height, viewport.view.height) - max(panned.y, 0)
    assert seen_x >= min(keep, panned.width, viewport.view.width) - 1e-3
    assert seen_y >= min(keep, panned.height, viewport.view.height) - 1e-3


@given(viewports, sizes)
def test_resizing_keeps_what_is_in_the_middle(viewport: Viewport, view: Size) -> None:
    before = viewport.to_picture(viewport.view.width / 2, viewport.view.height / 2)
    resized = viewport.resized(view)
    assert close(resized.to_picture(view.width / 2, view.height / 2), before)


def test_zoom_stops_go_up_and_down_the_same_way() -> None:
    viewport = Viewport(Size(100, 100), Size(10, 10), MIN_ZOOM, 0, 0)
    up = [viewport.zoom]
    while viewport.zoom < MAX_ZOOM:
        viewport = viewport.zoomed(viewport.next_zoom(), 0, 0)
        up.append(viewport.zoom)
    down = [viewport.zoom]
    while viewport.zoom > MIN_ZOOM:
        viewport = viewport.zoomed(viewport.previous_zoom(), 0, 0)
        down.append(viewport.zoom)
    assert tuple(up) == ZOOM_STOPS
    assert down == up[::-1]

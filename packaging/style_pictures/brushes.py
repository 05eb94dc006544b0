"""Painting a scene with many touches: oil strokes, dots, chalk."""

from __future__ import annotations

from typing import Final

import numpy as np
from canvas import HEIGHT, WIDTH, Colour, Field, Point, field, image, near, noise
from PIL import Image, ImageDraw, ImageFilter

_PIGMENTS: Final = np.array(
    [
        (250, 246, 232), (250, 222, 90), (240, 168, 40), (232, 104, 48), (206, 48, 60),
        (226, 140, 160), (150, 70, 140), (84, 62, 150), (40, 70, 160), (86, 150, 214),
        (164, 206, 226), (30, 120, 120), (46, 130, 66), (150, 186, 66), (40, 30, 70),
    ]
)  # fmt: skip


def oil(scene: Field, angles: Field, seed: int) -> Field:
    """Strokes from broad to fine along the angles, in paint thick enough to catch the light.

    After Hertzmann 1998, “Painterly rendering with curved brush strokes of multiple sizes”.
    """
    random = np.random.default_rng(seed)
    canvas, relief = image(scene * 0.8 + 20), Image.new("L", (WIDTH, HEIGHT), 128)
    paint, height = ImageDraw.Draw(canvas), ImageDraw.Draw(relief)
    for width, length, spread in ((40, 110, 13), (22, 66, 14), (13, 40, 15), (9, 26, 12)):
        blurred = field(image(scene).filter(ImageFilter.GaussianBlur(width / 4)))
        for x, y in _scattered(width * 0.72, random):
            if width < 20 and random.random() < 0.45:
                continue
            colour = blurred[int(y), int(x)]
            path = _followed((x, y), angles, length * random.uniform(0.6, 1.2), blurred, colour)
            _bristles(paint, height, path, width, near(colour, spread, random), random)
    slope = np.gradient(field(relief.filter(ImageFilter.GaussianBlur(1.2))))
    light = (slope[0] + slope[1]).clip(-18, 18)
    return field(canvas) - 1.7 * light[..., None]


def dots(scene: Field, seed: int) -> Field:
    """Dots of unmixed pigments that the eye mixes to the scene's colours."""
    random = np.random.default_rng(seed)
    canvas = image(scene * 0.45 + np.array((120, 112, 104)))
    draw = ImageDraw.Draw(canvas)
    for spacing, radius in ((13, 7.6), (10, 5.6), (10, 4.6)):
        for x, y in _scattered(spacing, random):
            wanted = scene[int(y), int(x)] + random.normal(0, 20, 3)
            away = ((_PIGMENTS - 1.15 * wanted + 0.15 * 128) ** 2).sum(axis=1)
            chance = np.exp(-(away - away.min()) / 2200)
            pigment = _PIGMENTS[random.choice(len(_PIGMENTS), p=chance / chance.sum())]
            r = radius * random.uniform(0.75, 1.2)
            colour = near(0.78 * pigment + 0.22 * wanted, 8, random)
            draw.ellipse((x - r, y - r * 0.9, x + r, y + r * 0.9), fill=colour)
    return field(canvas)


def chalk(scene: Field, angles: Field, seed: int, ground: Colour) -> Field:
    """Pastel on rough toned paper, which shows where the chalk skips."""
    random = np.random.default_rng(seed)
    tooth = noise(3.2, seed) + 0.5 * noise(8, seed + 1) - 0.75
    picture = np.broadcast_to(np.asarray(ground, np.float64), scene.shape) + 24 * tooth[..., None]
    for width, length, pressure in ((34, 120, 0.30), (20, 90, 0.16), (10, 80, 0.12), (6, 60, 0.06)):
        layer, touched = image(picture), Image.new("L", (WIDTH, HEIGHT))
        paint, mask = ImageDraw.Draw(layer), ImageDraw.Draw(touched)
        for x, y in _scattered(width * 0.9, random):
            if width < 10 and random.random() < 0.5:
                continue
            colour = scene[int(y), int(x)]
            angle_length = length * random.uniform(0.5, 1.2)
            path = _followed((x, y), angles, angle_length, scene, colour)
            paint.line(path, fill=near(1.06 * colour, 20, random), width=width)
            mask.line(path, fill=int(random.uniform(150, 255)), width=width)
        covered = field(touched.filter(ImageFilter.GaussianBlur(1))) / 255
        share = (covered * (0.5 + (tooth + pressure) * 2.4).clip(0.3, 1))[..., None]
        picture = picture * (1 - share) + field(layer) * share
    return picture


def _scattered(spacing: float, random: np.random.Generator) -> list[Point]:
    """Places all over the picture, so far apart, in no order."""
    xs, ys = np.meshgrid(np.arange(0, WIDTH, spacing), np.arange(0, HEIGHT, spacing))
    places = np.stack((xs.ravel(), ys.ravel()), axis=1).astype(np.float64)
    places += random.uniform(-spacing / 2, spacing / 2, places.shape)
    places = places.clip(0, (WIDTH - 1, HEIGHT - 1))
    random.shuffle(places)
    return [(float(x), float(y)) for x, y in places]


def _followed(
    start: Point, angles: Field, length: float, scene: Field, colour: Field
) -> list[Point]:
    """From a place along the angles, until the scene is of another colour."""
    (x, y), step, path = start, 9.0, [start]
    while len(path) * step < length:
        angle = angles[int(y), int(x)]
        x, y = x + step * np.cos(angle), y + step * np.sin(angle)
        if not (0 <= x < WIDTH and 0 <= y < HEIGHT):
            break
        if np.abs(scene[int(y), int(x)] - colour).sum() > 90 and len(path) > 2:
            break
        path.append((float(x), float(y)))
    return path if len(path) > 1 else [start, (start[0] + step, start[1])]


def _bristles(
    paint: ImageDraw.ImageDraw,
    height: ImageDraw.ImageDraw,
    path: list[Point],
    width: int,
    colour: Colour,
    random: np.random.Generator,
) -> None:
    """One stroke: bristles side by side, each with a little more or less paint."""
    (x0, y0), (x1, y1) = path[0], path[-1]
    long = max(1.0, float(np.hypot(x1 - x0, y1 - y0)))
    across = (y0 - y1) / long, (x1 - x0) / long
    bristle = max(3, width // 6)
    for offset in np.arange(-width / 2, width / 2, bristle * 0.8):
        late = random.normal(0, 0.16 * width)  # bristles don't touch or leave all at once
        dx, dy = offset * across[0] + late * across[1], offset * across[1] - late * across[0]
        moved = [(x + dx, y + dy) for x, y in path]
        level = int(128 + random.normal(0, 26) + 30 * (1 - (2 * offset / width) ** 2))
        paint.line(moved, fill=near(colour, 5, random), width=bristle)
        height.line(moved, fill=max(0, min(255, level)), width=bristle)

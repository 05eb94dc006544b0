"""Woodblock print, etching and ink wash."""

from __future__ import annotations

import itertools

import numpy as np
from canvas import (
    HEIGHT,
    WIDTH,
    Colour,
    Field,
    Point,
    X,
    Y,
    curve,
    disc,
    field,
    image,
    mixed,
    noise,
    on_paper,
)
from PIL import Image, ImageDraw, ImageFilter

_KEY: Colour = (22, 34, 66)
_CREAM: Colour = (240, 226, 194)
_FOAM: Colour = (248, 242, 224)
_BLUES: tuple[Colour, ...] = ((26, 58, 112), (58, 106, 154), (132, 168, 186))


def wave() -> Field:
    """A wave about to break, boats under it: flat colours, a dark key block, a graded sky."""
    sky = mixed((58, 92, 134), _CREAM, (Y - 20) / 300)
    sky = mixed(sky, (226, 178, 140), (Y - 330) / 420)
    sky = mixed(sky, (206, 72, 54), disc(930, 300, 92))
    print_ = image(sky)
    draw = ImageDraw.Draw(print_)
    _mountain(draw)
    back = curve(
        [(0, 700), (180, 640), (420, 720), (640, 690), (900, 740), (1080, 690), (1280, 730)]
    )
    _sea(draw, back, _BLUES[2], 0)
    _boat(draw, 800, 742, 1.0)
    back = [(x, y + 96 + 20 * np.sin(x / 90)) for x, y in back]
    _sea(draw, back, _BLUES[1], 1)
    _breaker(draw)
    front = curve([(0, 930), (260, 950), (520, 880), (760, 930), (1010, 850), (1280, 930)])
    _sea(draw, front, _BLUES[0], 2)
    _boat(draw, 1010, 872, 1.25)
    random = np.random.default_rng(5)
    for _ in range(130):
        x, y = 690 + random.normal(0, 120), 330 + random.normal(0, 110)
        r = random.uniform(2, 6)
        draw.ellipse((x - r, y - r, x + r, y + r), fill=_FOAM)
    grain = np.sin(Y / 3.1 + 22 * noise(300, 71, 2, stretch=5)) * noise(70, 72, stretch=9)
    return on_paper(field(print_) + 9 * grain[..., None], 12, 73)


def _mountain(draw: ImageDraw.ImageDraw) -> None:
    outline = [
        (420, 760),
        *curve([(470, 700), (590, 600), (668, 520), (700, 520), (790, 610), (960, 720)]),
        (1000, 760),
    ]
    draw.polygon(outline, fill=(96, 116, 146), outline=_KEY, width=4)
    snow = curve([(610, 582), (668, 520), (700, 520), (756, 577)])
    draw.polygon(
        [*snow, (734, 588), (716, 566), (700, 604), (680, 570), (660, 612), (640, 580)], fill=_FOAM
    )


def _sea(draw: ImageDraw.ImageDraw, top: list[Point], colour: Colour, shift: int) -> None:
    draw.polygon([*top, (WIDTH, HEIGHT), (0, HEIGHT)], fill=colour)
    draw.line(top, fill=_KEY, width=6, joint="curve")
    for number, depth in enumerate((16, 34, 58, 90, 130)):
        tint = _FOAM if (number + shift) % 2 == 0 else _KEY
        moved = [(x, y + depth + 7 * np.sin(x / 50 + number)) for x, y in top]
        for start in range(number * 3 % 7, len(moved) - 9, 16):
            draw.line(moved[start : start + 9], fill=tint, width=6 - number // 2, joint="curve")


def _breaker(draw: ImageDraw.ImageDraw) -> None:
    """The great wave, rising from the left and curling over to the right."""
    outer = [
        (-160, 1060),
        (-50, 760),
        (80, 470),
        (225, 265),
        (400, 160),
        (560, 160),
        (690, 240),
        (740, 350),
        (722, 440),
    ]
    inner = [
        (640, 396),
        (560, 350),
        (470, 372),
        (410, 460),
        (400, 580),
        (460, 720),
        (590, 840),
        (760, 940),
        (960, 1060),
    ]
    back, hollow = curve(outer), curve(inner)
    draw.polygon([*back, *hollow], fill=_BLUES[0])
    for number in range(1, 9):
        share = number / 9
        stripe = [
            (x * (1 - share) + u * share, y * (1 - share) + v * share)
            for (x, y), (u, v) in zip(back[::-1], hollow, strict=True)
        ]
        tint = (_FOAM, _BLUES[2], _BLUES[1])[number % 3]
        draw.line(stripe[10:], fill=tint, width=10 + 5 * (number % 3), joint="curve")
    draw.line(hollow, fill=_KEY, width=7, joint="curve")
    draw.line(back, fill=_KEY, width=7, joint="curve")
    _foam(draw, back[38:] + hollow[:22])


def _foam(draw: ImageDraw.ImageDraw, crest: list[Point]) -> None:
    """Rows of claws along the crest, outlined first and filled over it."""
    random = np.random.default_rng(4)
    claws = []
    for number, ((x, y), (u, v)) in enumerate(itertools.pairwise(crest)):
        grown = min(1, 0.35 + number / 18, 0.35 + (len(crest) - number) / 18)
        ahead = np.arctan2(v - y, u - x)
        for _ in range(3):
            r = grown * random.uniform(9, 25)
            aside = random.normal(0, 13 * grown, 2)
            claws.append((x + aside[0], y + aside[1], r, ahead))
    for line, fill in ((5.0, _KEY), (0.0, _FOAM)):
        for x, y, r, ahead in claws:
            draw.ellipse((x - r - line, y - r - line, x + r + line, y + r + line), fill=fill)
            for turn in (-1.5, -1.0, -0.4):
                far = r * 1.5
                hx, hy = x + far * np.cos(ahead + turn), y + far * np.sin(ahead + turn)
                tip = r * 0.36 + line
                draw.ellipse((hx - tip, hy - tip, hx + tip, hy + tip), fill=fill)
    for x, y, r, ahead in claws[::2]:
        box = (x - r * 0.6, y - r * 0.6, x + r * 0.6, y + r * 0.6)
        start = float(np.degrees(ahead))
        draw.arc(box, start, start + 140, fill=_BLUES[1], width=4)


def _boat(draw: ImageDraw.ImageDraw, x: float, y: float, size: float) -> None:
    def at(*points: Point) -> list[Point]:
        return [(x + size * a, y + size * b) for a, b in points]

    hull = curve(at((-150, -34), (-90, 2), (0, 14), (90, 0), (160, -48)))
    draw.polygon(
        [*hull, *at((130, -18), (0, -8), (-110, -12))], fill=(222, 190, 122), outline=_KEY, width=4
    )
    for rower in range(5):
        a = -80 + 36 * rower
        draw.polygon(at((a, -6), (a + 8, -38), (a + 26, -34), (a + 30, -6)), fill=_BLUES[0])
        head = at((a + 10, -52), (a + 28, -34))
        draw.ellipse((*head[0], *head[1]), fill=_CREAM, outline=_KEY, width=3)


def etching(darkness: Field) -> Field:
    """Hatched in warm black on cream: the darker, the more directions of lines and the wider."""
    form = noise(210, 90, 2)
    trembling = 5 * noise(26, 91) + 90 * form
    dark = (0.96 * darkness**1.3 + 0.14 * (noise(9, 92) - 0.5)).clip(0, 1)
    ink = np.zeros((HEIGHT, WIDTH))
    hatches = ((0.72, 9, 0.09), (-0.62, 9, 0.34), (1.5, 9, 0.55), (0.08, 9, 0.74))
    for angle, spacing, least in hatches:
        along = X * np.sin(angle) + Y * np.cos(angle) + trembling
        ridge = 2 * np.abs(np.mod(along / spacing, 1) - 0.5)  # 1 in the middle of a line
        width = 0.5 * ((dark - least) / 0.6).clip(0, 1) + 0.15 * (dark > least)
        ink = np.maximum(ink, ((ridge - 1 + width) * spacing / 2 + 0.4).clip(0, 1))
    soft = field(image(darkness * 255).filter(ImageFilter.GaussianBlur(1.5))) / 255
    edges = np.hypot(*np.gradient(soft))
    ink = np.maximum(ink, ((edges - 0.055) * 22).clip(0, 1))
    ink *= 0.82 + 0.3 * noise(5, 93)
    tone = mixed(_CREAM, (214, 196, 160), 0.7 * noise(500, 94, 2) - 0.1 + 0.16 * darkness)
    return on_paper(mixed(tone, (44, 32, 30), ink), 10, 95)


def ink_mountains() -> Field:
    """Mountains in mist, a pine in front, a red seal: washes of ink on soft paper."""
    wash = np.full((HEIGHT, WIDTH), 0.03) + 0.05 * noise(300, 30, 3)
    for number, (level, rise, tone) in enumerate(
        ((420, 300, 0.3), (560, 360, 0.52), (700, 300, 0.76), (900, 330, 1.05))
    ):
        outline = 1 - np.abs(2 * noise(420 - 50 * number, 31 + 5 * number, 5)[200] - 1)
        peak = 0.5 + 0.5 * np.sin(X[0] / (150 + 22 * number) + 1.9 * number + 0.4)
        top = level - rise * (outline**1.6 * (0.3 + peak) - 0.2)
        depth = (Y - top) / rise
        brushed = noise(70, 60 + number, 4, stretch=0.4)
        fading = np.exp(-2.6 * depth.clip(0)) * (0.55 + 0.9 * brushed)
        rim = np.exp(-(((Y - top) / 9) ** 2)) * (noise(60, 66 + number) > 0.42)
        strokes = ((brushed - 0.56) * 5).clip(0, 1) * np.exp(-1.3 * depth.clip(0))
        layer = tone * (fading + 0.35 * rim + 0.3 * strokes)
        inside = ((Y - top) / 3 + 0.5).clip(0, 1)
        veil = np.exp(-2.2 * depth.clip(0)).clip(0.12, 1)
        wash = wash * (1 - inside * (1 - 0.25 * (1 - veil))) + inside * layer
    pine = Image.new("L", (WIDTH, HEIGHT))
    _pine(ImageDraw.Draw(pine))
    dry = (0.5 + (noise(7, 80, 2, stretch=1.5) - 0.28) * 4).clip(0, 1)
    ink = np.maximum(wash, field(pine.filter(ImageFilter.GaussianBlur(1))) / 255 * dry * 0.94)
    sheet = mixed((243, 236, 220), (30, 32, 38), ink.clip(0, 0.96))
    seal = (np.abs(X - 1150) < 38) & (np.abs(Y - 150) < 38)
    marks = (np.mod(X - 1112, 26) < 6) & (np.abs(Y - 150) < 27) | (np.mod(Y - 112, 25) < 5)
    stamped = seal & ~marks & (noise(6, 82) > 0.2)
    return on_paper(mixed(sheet, (190, 42, 34), 0.92 * stamped), 13, 83, cell_px=5)


def _pine(draw: ImageDraw.ImageDraw) -> None:
    random = np.random.default_rng(12)
    trunk = curve([(150, 1040), (190, 900), (150, 760), (220, 640), (200, 520), (290, 400)])
    for number, (x, y) in enumerate(trunk):
        r = 24 - 19 * number / len(trunk)
        draw.ellipse((x - r, y - r, x + r, y + r), fill=int(random.uniform(190, 255)))
    boughs = (
        (20, [(0, 0), (150, -30), (310, 10), (430, -20)]),
        (32, [(0, 0), (-90, -40), (-190, -20)]),
        (38, [(0, 0), (110, -50), (230, -30), (330, -50)]),
        (48, [(0, 0), (-70, -50), (-150, -45)]),
        (56, [(0, 0), (80, -70), (190, -85)]),
    )
    for start, points in boughs:
        x0, y0 = trunk[start]
        bough = curve([(x0 + a, y0 + b) for a, b in points])
        draw.line(bough, fill=235, width=9, joint="curve")
        for x, y in bough[9::5]:
            for angle in np.linspace(np.pi * 1.02, np.pi * 1.98, 17):
                far = random.uniform(34, 62)
                wide = angle + random.normal(0, 0.06)
                tip = (x + far * 1.15 * np.cos(wide), y - 6 + far * np.sin(wide))
                draw.line([(x, y), tip], fill=int(random.uniform(150, 255)), width=3)

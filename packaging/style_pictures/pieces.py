"""Pictures put together from pieces: stained glass and cut paper."""

from __future__ import annotations

from typing import Final

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
    field,
    image,
    mixed,
    noise,
    on_paper,
)
from PIL import Image, ImageDraw, ImageFilter

_GLASS: Final[tuple[tuple[Colour, Colour], ...]] = (
    ((26, 70, 168), (92, 160, 226)),  # sky
    ((255, 226, 96), (255, 184, 40)),  # sun
    ((248, 158, 40), (214, 62, 36)),  # rays
    ((60, 70, 150), (120, 84, 170)),  # far hills
    ((40, 130, 80), (130, 184, 60)),  # near hills
    ((40, 150, 190), (150, 222, 226)),  # river
    ((110, 52, 40), (160, 84, 44)),  # trunk
    ((20, 96, 60), (86, 160, 50)),  # leaves
    ((190, 30, 60), (232, 80, 100)),  # border and fruit
)


def glass() -> Field:
    """A fruit tree before a rising sun: coloured glass, lit from behind, in lead."""
    shapes = Image.new("L", (WIDTH, HEIGHT))
    _window(ImageDraw.Draw(shapes))
    shape = np.asarray(shapes).astype(int)
    cell = _cells(330, seed=6)
    piece = shape * 1000 + cell
    names, piece = np.unique(piece, return_inverse=True)
    piece = piece.reshape(HEIGHT, WIDTH)
    random = np.random.default_rng(8)
    share = random.random(len(names))[:, None] ** 0.7
    darker, lighter = (np.array([pair[k] for pair in _GLASS])[names // 1000] for k in (0, 1))
    colours = darker * (1 - share) + lighter * share + random.normal(0, 9, (len(names), 3))
    picture = colours[piece]
    streaks = noise(60, 9, 3, stretch=0.4) - 0.5
    lit = 1.3 - 0.35 * np.hypot((X - 800) / WIDTH, (Y - 420) / HEIGHT) + 0.5 * streaks
    picture = picture * lit[..., None]
    lead = _seams(piece, 7)
    blurred = field(image(255 * lead).filter(ImageFilter.GaussianBlur(5))) / 255
    picture = picture * (1 - 0.35 * blurred)[..., None]
    shine = np.gradient(field(image(255 * lead).filter(ImageFilter.GaussianBlur(2))), axis=0)
    metal = np.asarray((34, 34, 40)) + (2.2 * shine.clip(-6, 22))[..., None]
    return mixed(picture, metal, lead)


def _window(draw: ImageDraw.ImageDraw) -> None:
    """The shapes of the picture, by their number in `_GLASS`."""
    sun = (800, 440)
    for ray in range(0, 26, 2):
        a, b = (np.pi * 2 * (ray + k) / 26 for k in (0, 1))
        fan = [sun, *((sun[0] + 620 * np.cos(t), sun[1] + 620 * np.sin(t)) for t in (a, b))]
        draw.polygon(fan, fill=2)
    draw.ellipse((sun[0] - 150, sun[1] - 150, sun[0] + 150, sun[1] + 150), fill=1)
    draw.polygon(
        [
            *curve([(0, 560), (250, 480), (480, 560), (760, 500), (1010, 570), (1280, 490)]),
            (WIDTH, HEIGHT),
            (0, HEIGHT),
        ],
        fill=3,
    )
    draw.polygon(
        [
            *curve([(0, 720), (300, 640), (640, 700), (960, 640), (1280, 690)]),
            (WIDTH, HEIGHT),
            (0, HEIGHT),
        ],
        fill=4,
    )
    left = curve([(860, 672), (940, 740), (820, 810), (900, 900), (780, 1024)])
    right = curve([(1120, 1024), (1130, 900), (960, 820), (1020, 740), (885, 668)])
    draw.polygon([*left, *right], fill=5)
    trunk = curve([(290, 960), (350, 780), (330, 600), (370, 420)])
    draw.polygon([*trunk, *curve([(410, 420), (400, 600), (420, 780), (500, 960)])], fill=6)
    for bough in ([(372, 560), (240, 470), (170, 380)], [(392, 540), (500, 450), (590, 400)]):
        draw.line(curve(bough), fill=6, width=34, joint="curve")
    random = np.random.default_rng(3)
    for number in range(11):
        turn = 2 * np.pi * number / 11
        x, y = 385 + 225 * np.cos(turn), 275 + 145 * np.sin(turn)
        r = random.uniform(82, 112)
        draw.ellipse((x - r, y - r * 0.85, x + r, y + r * 0.85), fill=7)
    draw.ellipse((230, 160, 540, 400), fill=7)
    for x, y in (
        (250, 190),
        (390, 140),
        (520, 230),
        (310, 320),
        (450, 340),
        (180, 300),
        (590, 320),
    ):
        draw.ellipse((x - 30, y - 30, x + 30, y + 30), fill=8)
    for box in (
        (0, 0, WIDTH, 54),
        (0, HEIGHT - 54, WIDTH, HEIGHT),
        (0, 0, 54, HEIGHT),
        (WIDTH - 54, 0, WIDTH, HEIGHT),
    ):
        draw.rectangle(box, fill=8)


def _cells(count: int, seed: int) -> np.ndarray:
    """The nearest of so many scattered places, for each pixel."""
    random = np.random.default_rng(seed)
    xs, ys = random.uniform(0, WIDTH, count), random.uniform(0, HEIGHT, count)
    warped_x, warped_y = X + 60 * noise(200, seed), Y + 60 * noise(200, seed + 1)
    nearest, which = np.full((HEIGHT, WIDTH), np.inf), np.zeros((HEIGHT, WIDTH), int)
    for number in range(count):
        away = (warped_x - xs[number]) ** 2 + (warped_y - ys[number]) ** 2
        closer = away < nearest
        nearest[closer], which[closer] = away[closer], number
    return which


def _seams(piece: np.ndarray, width: int) -> Field:
    """1 between pieces, 0 within them."""
    between = np.zeros((HEIGHT, WIDTH), bool)
    between[:, 1:] |= piece[:, 1:] != piece[:, :-1]
    between[1:] |= piece[1:] != piece[:-1]
    wide = image(255.0 * between).filter(ImageFilter.MaxFilter(width))
    return field(wide.filter(ImageFilter.GaussianBlur(1.5))) / 255


_SHEETS: Final[tuple[Colour, ...]] = (
    (238, 228, 208), (30, 74, 150), (232, 96, 60), (246, 190, 60), (26, 128, 106), (216, 66, 110),
    (248, 240, 226),
)  # fmt: skip


def cut_paper() -> Field:
    """Leaves, a bird and a sun cut out of painted paper and pasted over one another."""
    picture = np.broadcast_to(np.asarray(_SHEETS[0], np.float64), (HEIGHT, WIDTH, 3))
    random = np.random.default_rng(21)
    ground = (
        (1, (30, 40, 430, 500)), (3, (450, 30, 860, 350)), (2, (880, 50, 1250, 470)),
        (4, (40, 520, 360, 990)), (5, (390, 380, 850, 700)), (1, (880, 490, 1250, 800)),
        (3, (870, 820, 1240, 990)), (6, (380, 720, 850, 990)),
    )  # fmt: skip
    for sheet, (left, top, right, bottom) in ground:
        corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
        cut = [(x + random.normal(0, 9), y + random.normal(0, 9)) for x, y in corners]
        picture = _pasted(picture, cut, _SHEETS[sheet], sheet)
    turns = np.linspace(0, 2 * np.pi, 120)
    rays = 104 + 14 * np.sin(11 * turns)
    sun = list(zip(660 + rays * np.cos(turns), 190 + rays * np.sin(turns), strict=True))
    picture = _pasted(picture, sun, _SHEETS[2], 31)
    fronds = (
        (6, (230, 280), 410, -1.9, 5), (3, (1060, 270), 370, -1.2, 4),
        (6, (200, 770), 410, -1.4, 5), (1, (620, 860), 370, -0.3, 5),
        (2, (1060, 650), 310, -2.6, 4), (4, (1050, 902), 260, 0.1, 5),
        (6, (470, 560), 240, -0.9, 4),
    )  # fmt: skip
    for number, (sheet, middle, long, turn, lobes) in enumerate(fronds):
        picture = _pasted(picture, _frond(middle, long, turn, lobes), _SHEETS[sheet], 40 + number)
    bird = curve(
        [
            (610, 600),
            (560, 560),
            (640, 545),
            (690, 470),
            (716, 540),
            (790, 500),
            (762, 570),
            (800, 610),
            (740, 612),
            (680, 650),
            (610, 600),
        ]
    )
    picture = _pasted(picture, bird, _SHEETS[1], 60)
    return on_paper(picture, 7, 61)


def _frond(middle: Point, long: float, turn: float, lobes: int) -> list[Point]:
    """The outline of a seaweed leaf: rounded lobes on either side of a stem."""
    outline: list[Point] = []
    for side in (1, -1):
        steps = np.linspace(0, 1, lobes * 24)
        for t in steps if side == 1 else steps[::-1]:
            lobe = abs(np.sin(np.pi * lobes * t)) ** 0.55
            reach = side * long * (0.03 + 0.33 * np.sin(np.pi * (0.12 + 0.83 * t)) * lobe)
            stem = long * (t - 0.58 + 0.55 * abs(reach) / long), reach + long * 0.07 * np.sin(5 * t)
            outline.append(
                (
                    middle[0] + stem[0] * np.cos(turn) - stem[1] * np.sin(turn),
                    middle[1] + stem[0] * np.sin(turn) + stem[1] * np.cos(turn),
                )
            )
    return outline


def _pasted(picture: Field, outline: list[Point], colour: Colour, seed: int) -> Field:
    """With a piece of brushed paper on it that throws a small shadow."""
    cut = Image.new("L", (WIDTH, HEIGHT))
    ImageDraw.Draw(cut).polygon(outline, fill=255)
    shadow = Image.new("L", (WIDTH, HEIGHT))
    ImageDraw.Draw(shadow).polygon([(x + 3, y + 4) for x, y in outline], fill=255)
    shade = field(shadow.filter(ImageFilter.GaussianBlur(4))) / 255
    picture = picture * (1 - 0.32 * shade)[..., None]
    brushed = noise(14, seed, 2, stretch=12 if seed % 2 else 0.1) - 0.5
    paper = np.asarray(colour) + (34 * brushed)[..., None]
    return mixed(picture, paper, field(cut.filter(ImageFilter.GaussianBlur(0.8))) / 255)

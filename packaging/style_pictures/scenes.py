"""Landscapes to be painted by a technique: their colours, and which way the brush goes."""

from __future__ import annotations

import numpy as np
from canvas import HEIGHT, WIDTH, Field, X, Y, below, disc, mixed, noise


def lavender() -> tuple[Field, Field]:
    """Lavender under a summer sky with poplars. Colours, and angles of the brush."""
    sky = mixed((96, 150, 208), (238, 224, 196), Y / 480)
    clouds = noise(190, 3, 4, stretch=2.2)
    sky = mixed(sky, (252, 240, 226), (clouds - 0.50 - Y / 4000) * 6)
    picture = mixed(sky, (166, 160, 196), (clouds - 0.66) * 5)
    hills = 420 - 60 * np.sin(X / 210 + 1) - 30 * np.sin(X / 83)
    picture = mixed(picture, mixed((118, 138, 176), (150, 170, 150), Y / 500), below(hills))
    for number in range(7):
        x, tall = 700 + 74 * number + 20 * (number % 2), 250 - 17 * number
        across = np.abs(X - x - 5 * np.sin(Y / 30)) / (20 + 16 * np.sin(number * 2.0) ** 2)
        poplar = 1.1 - across - np.abs((Y - 480 + tall / 2) / (tall / 1.8)) ** 3
        leaf = mixed((150, 158, 70), (34, 74, 66), (X - x) / 26 + 0.9 * noise(24, 40 + number))
        picture = mixed(picture, leaf, 5 * poplar)
    edge = 492 + 26 * np.sin(X / 300 + 2)
    far = ((Y - edge) / (HEIGHT - edge)).clip(0, 1)
    grass = mixed((226, 200, 124), (110, 138, 84), 0.4 * far + 1.6 * noise(120, 5, 3, 2) - 0.5)
    path = 560 - 330 * far**0.8 + 60 * np.sin(far * 7)
    grass = mixed(grass, (226, 196, 160), 1.6 - np.abs(X - path) / (12 + 90 * far))
    size = 9 + 46 * far
    for layer in range(3):
        speckle = noise(16 + 13 * layer, 60 + layer, stretch=1.3)
        reach = (size / (16 + 13 * layer)).clip(0, 1)
        bloom = mixed((168, 132, 208), (92, 74, 164), noise(40, 70 + layer) * 2 - 0.5)
        grass = mixed(grass, bloom, (speckle - 0.58 - 0.10 * noise(230, 90 + layer)) * 12 * reach)
    grass = mixed(grass, (246, 236, 214), (noise(17, 81) - 0.84) * 14)
    picture = mixed(picture, grass, below(edge))
    angles = 0.5 * np.sin(X / 240) + 1.1 * (noise(200, 9) - 0.5)
    angles = np.where(edge < Y, 1.35 + 1.3 * (noise(160, 10) - 0.5), angles)
    return picture, angles


def river() -> Field:
    """Sails on a wide river at evening, seen from under a tree."""
    glow = disc(470, 395, 10, 900)
    picture = mixed(mixed((72, 128, 190), (250, 214, 150), Y / 440), (255, 236, 150), glow)
    picture = mixed(picture, (255, 244, 190), disc(470, 330, 42))
    shore = 430 - 26 * np.sin(X / 170) - 40 * noise(70, 2, 2)
    picture = mixed(picture, mixed((110, 110, 180), (90, 140, 110), X / WIDTH), below(shore))
    water = picture[(900 - Y).clip(0, 1000).astype(int), X.astype(int)]
    ripples = np.sin(Y / 5 + 6 * noise(60, 4, stretch=4)) * noise(26, 5, stretch=5)
    water = mixed(water * 0.9, (40, 84, 150), 0.35 + 0.5 * ripples)
    picture = mixed(picture, water, below(450))
    for x, tall, tint in (
        (640, 190, (250, 236, 214)),
        (880, 130, (236, 150, 90)),
        (250, 100, (244, 224, 200)),
    ):
        foot = 450 + tall * 0.28
        lean = ((Y - foot + tall) / tall).clip(0)
        sail = (lean > 0) & (foot - 12 > Y)
        sail &= (x - 0.16 * tall * lean < X) & (x + 0.52 * tall * lean**0.7 > X)
        mirrored = (foot + 14 < Y) & (foot + 0.8 * tall > Y)
        mirrored &= np.abs(X - x - 0.14 * tall + 8 * np.sin(Y / 7)) < 0.28 * tall - 0.3 * (Y - foot)
        picture = mixed(picture, tint, 0.55 * mirrored)
        picture = mixed(
            picture, mixed(tint, (150, 120, 150), (x + 0.3 * tall - X) / 40), sail * 1.0
        )
        hull = (np.abs(X - x - 0.1 * tall) < 0.46 * tall - 0.9 * (Y - foot)) & (
            np.abs(Y - foot) < 0.08 * tall
        )
        picture = mixed(picture, (70, 42, 80), hull * 1.0)
    bank = 800 + 120 * np.sin(X / 420 + 0.6) + 30 * noise(60, 6, 2)
    grass = mixed((150, 176, 60), (24, 74, 70), 1.5 * noise(150, 7, 3, 2.2) - 0.2)
    picture = mixed(picture, grass, below(bank))
    trunk = np.abs(X - 1110 - 36 * np.sin(Y / 190)) < 30 + 40 * ((Y - 700) / 300).clip(0, 1) ** 2
    bark = mixed((150, 84, 70), (46, 30, 76), (X - 1090) / 60)
    picture = mixed(picture, bark, trunk * (Y > 180) * (Y < 930) * 1.0)
    crown = 1.0 - np.hypot((X - 1120) / 430, (Y - 60) / 300) + 0.7 * (noise(90, 8, 3) - 0.5)
    leaves = mixed((206, 200, 70), (18, 86, 84), 0.9 * crown + 1.2 * noise(50, 11, 2) - 0.3)
    return mixed(picture, leaves, crown * 9)


def dunes() -> tuple[Field, Field]:
    """Dunes and a low moon at dusk. Colours, and angles of the chalk."""
    picture = mixed((60, 52, 110), (246, 150, 120), Y / 520)
    bands = noise(70, 20, 3, stretch=6)
    picture = mixed(picture, (255, 196, 150), (bands - 0.56) * 7 * (Y / 500))
    picture = mixed(picture, (96, 74, 140), (0.38 - bands) * 6)
    picture = mixed(picture, (255, 226, 176), 0.5 * disc(880, 300, 60, 240))
    picture = mixed(picture, (255, 240, 206), disc(880, 300, 76))
    angles = 0.25 * np.sin(X / 300)
    for number, (level, rise) in enumerate(((470, 40), (580, 70), (720, 90), (880, 80))):
        ridge = X * (0.9 + 0.13 * number) / 260 + 2.1 * number
        top = level - rise * (np.abs(np.sin(ridge / 1.7)) ** 1.5 + 0.3 * np.sin(ridge * 1.3))
        deep = (Y - top).clip(0) / 100
        lit = np.sin(2 * ridge / 1.7 + 0.9 * deep**0.6 + 0.5 * np.sin(1.7 * deep)) > 0.15
        light = mixed((250, 176, 110), (214, 112, 110), (Y - top) / 260)
        shade = mixed((92, 62, 126), (40, 44, 92), (Y - top) / 220)
        picture = mixed(picture, np.where(lit[..., None], light, shade), below(top, 4))
        slope = np.where(lit, 0.5, -0.65) + 0.4 * (noise(240, 30 + number) - 0.5)
        angles = np.where(top < Y, slope, angles)
    return picture, angles


def ruin() -> Field:
    """A broken arch on a hill above a valley, as darkness from 0 to 1, (HEIGHT, WIDTH)."""
    cloud = noise(170, 50, 4, stretch=2)
    dark = 0.07 + 1.1 * (cloud - 0.52).clip(0, 1) + 0.2 * (1 - Y / 330).clip(0, 1)
    for level, tone, seed in ((520, 0.22, 51), (590, 0.34, 52), (660, 0.5, 53)):
        line = level - 110 * (noise(330, seed, 3) - 0.3)
        dark = np.where(line < Y, tone + 0.45 * (noise(60, seed + 9, 2) - 0.5), dark)
    ground = 800 + 70 * np.sin(X / 260 + 3.4) + 24 * noise(50, 55, 2)
    broken = 250 + 120 * (noise(110, 56, 3) - 0.4) + 0.16 * np.abs(X - 560)
    wall = (X > 300) & (X < 1000) & (broken < Y)
    for x, half, spring in ((480, 92, 560), (790, 120, 520)):
        opening, through = (
            (np.hypot(X - middle, (Y - spring).clip(None, 0)) < half)
            for middle in (x, x + 0.4 * half)
        )
        wall &= ~opening
        dark = np.where(opening & ~through & (broken < Y), 0.86, dark)
    course = np.floor(Y / 44)
    seams = (np.mod(Y, 44) < 4) | (np.mod(X + 37 * course, 92) < 4)
    stone = 0.42 * noise(36, 57, 2) - 0.06 + 0.3 * ((X - 300) / 700) ** 2
    dark = np.where(wall, np.where(seams, 0.75, stone), dark)
    dark = np.where(wall & (broken + 10 > Y), 0.05, dark)
    turf = 0.35 + 0.7 * (noise(44, 58, 3, 1.8) - 0.4) + 0.3 * (Y - ground) / 220
    dark = np.where(ground < Y, turf, dark)
    crown = 0.75 - np.hypot((X - 1120) / 190, (Y - 420) / 250) + 0.8 * (noise(70, 59, 3) - 0.5)
    trunk = (np.abs(X - 1130 - 22 * np.sin(Y / 120)) < 22) & (Y > 500) & (Y < 880)
    dark = np.where(trunk, 0.45 + 0.5 * (X > 1124), dark)
    leaves = 0.25 + 1.0 * noise(40, 61, 2) * (0.6 + (X - 1000) / 500)
    return np.where(crown > 0, leaves, dark).clip(0, 1)

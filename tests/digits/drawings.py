"""Drawings of digits as a person makes them: any pen, size, place, ground, slant and noise."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont


def _arc(x, y, rx, ry, start, stop):
    """Points of an ellipse's arc, from one angle to another in degrees (0 right, 90 down)."""
    angles = np.radians(np.linspace(start, stop, 24))
    return list(zip(x + rx * np.cos(angles), y + ry * np.sin(angles), strict=True))


# Strokes in a box from (0, 0) to (1, 1.5), y down; some digits in the two ways that people write them.
STROKES = {
    0: [[_arc(0.5, 0.75, 0.45, 0.73, -90, 275)]],
    1: [[[(0.5, 0), (0.5, 1.5)]], [[(0.25, 0.35), (0.55, 0), (0.55, 1.5)]]],
    2: [[[*_arc(0.5, 0.42, 0.42, 0.42, -170, 40), (0.1, 1.48), (0.95, 1.48)]]],
    3: [[[*_arc(0.45, 0.38, 0.4, 0.37, -150, 85), *_arc(0.45, 1.12, 0.48, 0.38, -85, 150)]]],
    4: [
        [[(0.45, 0), (0.05, 0.9), (0.95, 0.9)], [(0.72, 0.45), (0.68, 1.5)]],
        [[(0.7, 1.5), (0.7, 0), (0.05, 1.0), (0.98, 1.0)]],
    ],
    5: [
        [[(0.9, 0), (0.2, 0), (0.15, 0.65), *_arc(0.42, 1.0, 0.48, 0.47, -110, 140)]],
        [[(0.2, 0.05), (0.15, 0.65), *_arc(0.42, 1.0, 0.48, 0.47, -110, 140)], [(0.22, 0.02), (0.95, 0)]],
    ],
    6: [[[*_arc(0.85, 1.05, 0.8, 1.05, -95, -180), *_arc(0.5, 1.05, 0.45, 0.43, 180, -190)]]],
    7: [[[(0.05, 0.03), (0.95, 0), (0.35, 1.5)]]],
    8: [[[*_arc(0.5, 0.38, 0.36, 0.37, 80, 440), *_arc(0.5, 1.12, 0.45, 0.38, -80, -440)]]],
    9: [[[*_arc(0.48, 0.42, 0.42, 0.42, -20, -370), (0.85, 0.9), (0.7, 1.5)]]],
}


def _fonts() -> list[str | None]:
    import matplotlib

    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    return [None, *(str(folder / f"DejaVu{kind}.ttf") for kind in ("Sans", "Sans-Bold", "Serif"))]


def written(digit: int, rng: np.random.Generator, height: int, pen: float) -> Image.Image:
    """A digit in handwriting, as a mask.

    Args:
        digit: 0 to 9.
        rng: Chooses how it is written, and shakes the hand.
        height: In pixels.
        pen: Its width as a share of the height; at least a pixel is drawn.

    Returns:
        Mode L, 255 where there is ink, with a margin of a pen around the digit.
    """
    fine = 4 if height < 400 else 1  # Pillow draws without antialiasing
    scale, width = height * fine / 1.5, max(fine, round(pen * height * fine))
    squeeze = rng.uniform(0.75, 1.1)
    size = (int(scale * 1.2 + 3 * width), int(scale * 1.5 + 3 * width))
    mask = Image.new("L", size)
    brush = ImageDraw.Draw(mask)
    ways = STROKES[digit]
    wave = rng.normal(0, 0.025, (2, 2))
    for stroke in ways[rng.integers(len(ways))]:
        points = [
            (
                (x * squeeze + wave[0, 0] * np.sin(4 * y) + wave[0, 1] * np.cos(3 * y) + 0.1) * scale + 1.5 * width,
                (y + wave[1, 0] * np.sin(5 * x) + wave[1, 1] * np.cos(4 * x)) * scale + 1.5 * width,
            )
            for x, y in stroke
        ]
        brush.line(points, fill=255, width=width, joint="curve")
        for x, y in points:
            brush.ellipse([x - width / 2, y - width / 2, x + width / 2, y + width / 2], fill=255)
    return mask.resize((size[0] // fine, size[1] // fine), Image.Resampling.BOX)


def printed(digit: int, rng: np.random.Generator, height: int) -> Image.Image:
    """A digit of a font, as a mask: mode L, 255 where there is ink.

    Args:
        digit: 0 to 9.
        rng: Chooses the font.
        height: In pixels.
    """
    fonts = _fonts()
    name = fonts[rng.integers(len(fonts))]
    size = round(height * 1.37)  # a digit is 0.73 of its font's size
    font = ImageFont.truetype(name, size) if name else ImageFont.load_default(size)
    left, top, right, bottom = font.getbbox(str(digit))
    mask = Image.new("L", (int(right - left) + 4, int(bottom - top) + 4))
    ImageDraw.Draw(mask).text((2 - left, 2 - top), str(digit), fill=255, font=font)
    return mask


def draw(
    digit: int,
    rng: np.random.Generator,
    *,
    hand: bool | None = None,
    height: int | None = None,
    pen: float | None = None,
    turn: float | None = None,
    dark: bool | None = None,
    noise: float | None = None,
) -> Image.Image:
    """A drawing of one digit; what is not given is chosen.

    Args:
        digit: 0 to 9.
        rng: The generator that chooses.
        hand: Handwriting, or else a font.
        height: Of the digit in pixels: 14 to 400.
        pen: Width of the pen as a share of the height: 0.02 to 0.2; a font has its own.
        turn: Degrees counter-clockwise: -15 to 15.
        dark: Dark ink on light ground, or else light on dark.
        noise: Standard deviation in grey levels: 0 to 12.

    Returns:
        Mode L, the digit somewhere on a ground of at least its size.
    """
    hand = rng.random() < 0.6 if hand is None else hand
    height = int(np.exp(rng.uniform(np.log(14), np.log(400)))) if height is None else height
    pen = rng.uniform(0.02, 0.2) if pen is None else pen
    turn = rng.uniform(-15, 15) if turn is None else turn
    dark = rng.random() < 0.6 if dark is None else dark
    noise = rng.uniform(0, 12) if noise is None else noise
    mask = written(digit, rng, height, pen) if hand else printed(digit, rng, height)
    mask = mask.rotate(turn, Image.Resampling.BICUBIC, expand=True)
    width, height = (int(side * rng.uniform(1.1, 2.5)) + 4 for side in mask.size)
    place = (int(rng.integers(width - mask.width)), int(rng.integers(height - mask.height)))
    ink, ground = rng.uniform(0, 70), rng.uniform(170, 255)
    share = Image.new("L", (width, height))
    share.paste(mask, place)
    levels = ground + (ink - ground) * (np.asarray(share) / 255)
    levels = np.clip((levels if dark else 255 - levels) + rng.normal(0, noise, levels.shape), 0, 255)
    return Image.fromarray(levels.astype(np.uint8))

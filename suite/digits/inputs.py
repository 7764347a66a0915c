"""From a picture file to what the model takes, with NumPy, Pillow and SciPy alone."""

from __future__ import annotations

import struct
import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from suite.errors import InputError

SIZE = 28
EXTENSIONS = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff")
_BOX = 20  # the longer side of MNIST's digits, in pixels
_THIN, _THICK = 1.5, 4.0  # MNIST's pens, in pixels of that box: 3 % are thinner, 3 % thicker
_LARGEST = 800  # pixels of a side beyond which a picture tells no more about its digits
_SMALLEST = 8  # pixels; a lower piece is no digit
_FAINTEST = 12  # grey levels between paper and ink
_STROKE = 100  # of 255: what is darker belongs to a stroke
_SPECK = 0.05  # of the largest piece's area: what is smaller is dirt
_MOST = 100  # pieces looked at, so that a page of print takes no longer


def read(path: str | Path, channels: int = 1) -> np.ndarray:
    """A picture file as a person sees it: upright, and with a ground where it is transparent.

    Args:
        path: PNG, JPEG, BMP, GIF (its first frame), WebP or TIFF of any size, mode and depth.
        channels: 1 for grey, 3 for colour.

    Returns:
        float32 (H, W) or (H, W, 3) in 0..255.

    Raises:
        InputError: No such file, not a picture, cut off, or so large that it may be a decompression bomb.
    """
    path = Path(path)
    if path.is_dir() or not path.exists():
        raise InputError(f"{path}: {'is a folder, not a picture' if path.is_dir() else 'no such file'}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as image:
                return _pixels(ImageOps.exif_transpose(image), channels)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        limit = Image.MAX_IMAGE_PIXELS // 10**6
        raise InputError(f"{path}: has more than {limit} million pixels; save it smaller") from None
    except Image.UnidentifiedImageError:
        raise InputError(f"{path}: is not a picture; use {', '.join(EXTENSIONS)}") from None
    except (OSError, SyntaxError, ValueError, EOFError, struct.error) as error:  # what Pillow's decoders raise
        raise InputError(f"{path}: cannot be read ({str(error).strip('. ')}); save it again as PNG") from None


def _pixels(image: Image.Image, channels: int) -> np.ndarray:
    """Any mode as float32 (H, W) or (H, W, 3) in 0..255."""
    if image.mode[0] in "IF":  # deeper than 8 bits, which Pillow would clip
        levels = np.nan_to_num(np.asarray(image, np.float32))
        top = 65535 if image.mode.startswith("I;16") else next((t for t in (1, 255, 65535) if levels.max() <= t), None)
        image = Image.fromarray(np.clip(levels * (255 / (top or levels.max())), 0, 255))
    elif image.has_transparency_data:
        image = _on_ground(image.convert("RGBA"))
    if channels == 1:
        return np.asarray(image if image.mode == "F" else image.convert("L"), np.float32)
    return np.asarray(image.convert("L").convert("RGB") if image.mode == "F" else image.convert("RGB"), np.float32)


def _on_ground(image: Image.Image) -> Image.Image:
    """Lays an RGBA drawing on white, or on black if its own pixels are light."""
    opacity = np.asarray(image.getchannel("A"), np.float32)
    lightness = (np.asarray(image.convert("L")) * opacity).sum() / max(opacity.sum(), 1)
    ground = Image.new("RGBA", image.size, "white" if lightness < 128 else "black")
    return Image.alpha_composite(ground, image)


def fit(picture: np.ndarray, channels: int) -> np.ndarray:
    """The whole picture in the model's square, bars of the border's median colour at two sides.

    Args:
        picture: float32 (H, W) or (H, W, 3) in 0..255.
        channels: 1 for grey, 3 for colour.

    Returns:
        float32 (28, 28, channels) in 0..255.
    """
    planes = np.atleast_3d(picture)
    if planes.shape[-1] > channels:
        planes = planes @ np.float32([[0.299], [0.587], [0.114]])
    border = np.concatenate([planes[0], planes[-1], planes[:, 0], planes[:, -1]])
    square = np.empty((SIZE, SIZE, planes.shape[-1]), np.float32)
    square[:] = np.median(border, axis=0)
    small = np.stack([_scaled(plane, SIZE) for plane in np.moveaxis(planes, -1, 0)], axis=-1)
    (h, w), (top, left) = small.shape[:2], (SIZE - np.array(small.shape[:2])) // 2
    square[top : top + h, left : left + w] = small
    return np.broadcast_to(square, (SIZE, SIZE, channels)).copy()


def centre(ink: np.ndarray) -> np.ndarray:
    """A digit as MNIST has it: 20 pixels at its longer side, its centre of mass in the middle.

    Args:
        ink: (h, w) in 0..255, 0 where there is no ink, with any margin.

    Returns:
        float32 (28, 28) in 0..255; zeros if there is no ink.
    """
    square = np.zeros((SIZE, SIZE), np.float32)
    if not ink.any():
        return square
    digit = _scaled(_cropped(ink), _BOX)
    mass = digit.sum()
    for axis in (0, 1):
        middle = (digit.sum(axis=1 - axis) @ np.arange(digit.shape[axis])) / mass
        # Whole pixels, as in MNIST, so that nothing is blurred twice.
        start = int(np.clip(np.round(SIZE // 2 - middle), 0, SIZE - digit.shape[axis]))
        digit = np.pad(digit, [(start, SIZE - start - digit.shape[axis]) if a == axis else (0, 0) for a in (0, 1)])
    return digit


def find(picture: np.ndarray) -> list[np.ndarray]:
    """The digits of a row, dark on light or light on dark, in any light, size and pen.

    Args:
        picture: (H, W) in 0..255.

    Returns:
        Each digit from left to right, float32 (28, 28) in 0..255 as MNIST has it; none if there is nothing.
    """
    longest = max(picture.shape)
    if min(picture.shape) < _SMALLEST:
        return []
    picture = _scaled(picture, _LARGEST) if longest > _LARGEST else np.asarray(picture, np.float32)
    ink = _ink(picture)
    return [centre(_penned(_cropped(np.where(mask, ink, 0)))) for mask in _digits(ink)]


def _ink(picture: np.ndarray) -> np.ndarray:
    """How much ink there is, (H, W) in 0..255: 0 on paper of any light, about 255 on strokes; all 0 without strokes."""
    from scipy import ndimage

    picture = ndimage.gaussian_filter(picture, max(picture.shape) / 500)
    if _is_light_on_dark(picture):
        picture = 255 - picture
    # A closing fills what is darker and narrower than its square, so it is the paper with its shadows.
    depth = ndimage.grey_closing(picture, size=[round(0.4 * min(picture.shape))] * 2) - picture
    depth -= np.median(depth)
    noise = 1.48 * np.median(np.abs(depth))  # a standard deviation, if the noise is normal
    faintest = max(5 * noise, _FAINTEST)
    depth[_edges(depth > faintest)] = 0
    if depth.max() < faintest:
        return np.zeros_like(depth)
    deepest = np.percentile(depth[depth > faintest], 90)
    return np.clip((depth - 2 * noise) / (deepest - 2 * noise) * 255, 0, 255)


def _is_light_on_dark(picture: np.ndarray) -> bool:
    """Whether what sticks out of the light's even course is lighter than it."""
    small = _scaled(picture, min(64, max(picture.shape)))
    y, x = (axis.ravel() for axis in np.mgrid[-1 : 1 : small.shape[0] * 1j, -1 : 1 : small.shape[1] * 1j])
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=1)
    weights = np.ones_like(x)
    for _ in range(20):  # reweighted to the least absolute differences, which strokes hardly move
        surface = terms @ np.linalg.lstsq(terms * weights[:, None], small.ravel() * weights)[0]
        weights = 1 / np.sqrt(np.abs(small.ravel() - surface) + 1)
    return ((small.ravel() - surface) ** 3).sum() > 0


def _edges(mask: np.ndarray) -> np.ndarray:
    """Where the mask (H, W) is no stroke: what lies along the picture's border, and hairlines from side to side."""
    from scipy import ndimage

    labels, _ = ndimage.label(mask, np.ones((3, 3)))
    border = np.zeros_like(mask)
    border[[0, -1]] = border[:, [0, -1]] = True
    touching = np.bincount(labels[border], minlength=labels.max() + 1)
    areas = np.bincount(labels.ravel())
    edges = np.zeros(labels.max() + 1, bool)
    for i, box in enumerate(ndimage.find_objects(labels), 1):
        sides = [part.stop - part.start for part in box]
        along = touching[i] > 0.75 * sum(sides) and max(sides) > 1
        across = any(a == b for a, b in zip(sides, mask.shape, strict=True)) and areas[i] < 0.03 * max(sides) ** 2
        edges[i] = along or across
    return edges[labels]


def _digits(ink: np.ndarray) -> list[np.ndarray]:
    """A mask (H, W) for each digit, from left to right."""
    from scipy import ndimage

    if not ink.any():
        return []
    pen = _pen(ink)
    # A stroke with gaps of half its width is one stroke.
    labels, _ = ndimage.label(_widened(ink, pen / 2) > _STROKE, np.ones((3, 3)))
    areas = np.bincount(labels.ravel())[1:]
    kept = [i for i in np.argsort(-areas)[:_MOST] if areas[i] > _SPECK * areas.max()]
    boxes = ndimage.find_objects(labels)
    tops, bottoms, lefts, rights = np.array(
        [[end for part in boxes[i] for end in (part.start, part.stop)] for i in kept]
    ).T
    digits = []
    for group in _groups(tops, bottoms, lefts, rights):
        height = bottoms[group].max() - tops[group].min()
        width = rights[group].max() - lefts[group].min()
        digits.append((lefts[group].min() + width / 2, height, width, np.array(kept)[group] + 1))
    tallest = max(height for _, height, _, _ in digits)
    distance, nearest = ndimage.distance_transform_edt(labels == 0, return_indices=True)
    owner = np.where(distance <= max(2, pen / 2), labels[tuple(nearest)], 0)  # with the strokes' soft outlines
    return [
        np.isin(owner, pieces)
        for _, height, width, pieces in sorted(digits, key=lambda digit: digit[0])
        if height >= max(_SMALLEST, 0.4 * tallest) and width <= 2.5 * height
    ]


def _groups(tops: np.ndarray, bottoms: np.ndarray, lefts: np.ndarray, rights: np.ndarray) -> np.ndarray:
    """Which of N pieces are one digit: bool (groups, N). They lie above each other, with at most a small gap."""
    overlap = np.minimum.outer(rights, rights) - np.maximum.outer(lefts, lefts)
    gap = np.maximum.outer(tops, tops) - np.minimum.outer(bottoms, bottoms)
    widths, heights = rights - lefts, bottoms - tops
    joined = (overlap >= 0.5 * np.minimum.outer(widths, widths)) & (gap <= 0.25 * np.maximum.outer(heights, heights))
    for _ in range(7):  # what is joined through others: up to 2 ** 7 of them
        joined = joined @ joined
    return np.unique(joined, axis=0)


def _penned(ink: np.ndarray) -> np.ndarray:
    """The digit drawn with a pen like MNIST's, if its own is far thinner or thicker.

    Args:
        ink: (h, w) in 0..255, cropped.

    Returns:
        (h', w') in 0..255, of another resolution if the pen was changed.
    """
    from scipy import ndimage

    pen = _pen(ink) * _BOX / max(ink.shape)
    if _THIN <= pen <= _THICK:
        return ink
    fine = 8  # working pixels to one of MNIST's
    large = _scaled(ink, _BOX * fine)
    if pen < _THIN:
        return _widened(large * (255 / large.max()), (_THIN + 0.5 - pen) * fine)
    # At most a third, or else loops and corners would go.
    return ndimage.grey_erosion(large, footprint=_disc(min(pen - _THICK + 0.5, pen / 3) * fine))


def _pen(ink: np.ndarray) -> float:
    """The strokes' mean width in pixels: twice the area over the length of the outline, which also holds if blurred."""
    down, right = np.diff(ink, axis=0, append=0), np.diff(ink, axis=1, append=0)
    return 2 * ink.sum() / max(np.hypot(down, right).sum(), 1)


def _widened(ink: np.ndarray, by: float) -> np.ndarray:
    """Strokes wider by so many pixels, with a margin where they may grow."""
    from scipy import ndimage

    return ndimage.grey_dilation(ink, footprint=_disc(by))


def _disc(diameter: float) -> np.ndarray:
    reach = int(diameter / 2)
    return np.hypot(*np.mgrid[-reach : reach + 1, -reach : reach + 1]) <= diameter / 2


def _cropped(ink: np.ndarray) -> np.ndarray:
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _scaled(plane: np.ndarray, longest: int) -> np.ndarray:
    """(H, W) in 0..255 with this longer side, antialiased."""
    scale = longest / max(plane.shape)
    size = [max(1, round(side * scale)) for side in plane.shape[::-1]]
    image = Image.fromarray(np.asarray(plane, np.float32)).resize(size, Image.Resampling.BICUBIC)
    return np.clip(np.asarray(image), 0, 255)  # bicubic overshoots

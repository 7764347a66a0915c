"""From a picture to the model's input: finds and centres digits, with NumPy, Pillow and SciPy alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from suite.data import pictures
from suite.data.pictures import resized_longer
from suite.digits.config import SIZE
from suite.errors import InputError

_BOX = 20  # the longer side of MNIST's digits, in pixels
_THIN, _THICK = 1.4, 4.4  # MNIST's pens, in pixels of that box: 1 % are thinner, 1 % thicker
_LARGEST = 800  # pixels of the longer side; a larger picture is reduced
_SMALLEST = 8  # pixels of a digit's height
_FAINTEST = 12  # grey levels between paper and ink, at least
_STROKE = 100  # of 255: amount of ink in a stroke, at least
_OUTLINE = 2  # pixels around it, in which a stroke fades
_SPECK = 0.05  # of the largest piece's area: smaller pieces are dirt
_MOST = 100  # number of pieces, so that a page of print does not take long


def read(file: str | Path, preparation: str, size: int, channels: int) -> np.ndarray:
    """The content of a picture file, as a model takes it.

    Args:
        file: The picture.
        preparation: picture (the whole picture) or digit (the digits in it are found).
        size: Side of the result, in pixels; of digits always 28.
        channels: 1 for grey, 3 for colour.

    Returns:
        float32 (N, size, size, channels) in 0..255, whole levels: one picture, or each digit from left to right.

    Raises:
        InputError: The file is no picture, or no digit is found in it.
    """
    if preparation == "picture":
        found = [pictures.letterboxed(pictures.read(file, channels), channels, size)]
    else:
        found = [np.repeat(digit[..., None], channels, axis=2) for digit in find(pictures.read(file))]
    if not found:
        raise InputError(f"{file}: no digit found; draw it thicker, or light it evenly, in front of a plain ground")
    return np.round(np.stack(found))


def centre(ink: np.ndarray) -> np.ndarray:
    """A digit as MNIST has it: 20 pixels at its longer side, its centre of mass in the middle.

    Args:
        ink: (h, w) in 0..255, 0 where there is no ink, with any margin.

    Returns:
        float32 (28, 28) in 0..255; zeros if there is no ink.
    """
    from scipy import ndimage

    square = np.zeros((SIZE, SIZE), np.float32)
    if ink.any():
        digit = resized_longer(_cropped(ink), _BOX)
        sides = np.array(digit.shape)
        # Whole pixels, as in MNIST, so that nothing is blurred twice.
        top, left = np.clip(np.round(SIZE // 2 - np.array(ndimage.center_of_mass(digit))), 0, SIZE - sides).astype(int)
        square[top : top + sides[0], left : left + sides[1]] = digit
    return square


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
    picture = resized_longer(picture, _LARGEST) if longest > _LARGEST else np.asarray(picture, np.float32)
    ink = _ink(picture)
    return [centre(_penned(_cropped(np.where(mask, ink, 0)))) for mask in _digits(ink)]


def _ink(picture: np.ndarray) -> np.ndarray:
    """Amount of ink, (H, W) in 0..255: 0 on paper in any light, about 255 on strokes; all 0 without strokes."""
    from scipy import ndimage

    picture = _levelled(ndimage.gaussian_filter(picture, max(picture.shape) / 800))
    # A closing fills dark parts that are narrower than its square; the result is the paper with its shadows.
    paper = ndimage.grey_closing(picture, size=(round(0.4 * min(picture.shape)),) * 2)
    depth = paper - picture
    depth -= np.median(depth)
    noise = 1.48 * np.median(np.abs(depth))  # a standard deviation, if the noise is normal
    # Towards a dark border the paper is estimated too light, by the change of light in half a square.
    faintest = max(5 * noise, _FAINTEST, 0.25 * np.ptp(paper))
    depth[_edges(depth > faintest)] = 0
    if depth.max() < faintest:
        return np.zeros_like(depth)
    deepest = np.percentile(depth[depth > faintest], 90)
    lowest = max(2 * noise, 1)
    return np.clip((depth - lowest) / (deepest - lowest) * 255, 0, 255)


def _levelled(picture: np.ndarray) -> np.ndarray:
    """The picture minus the plane of most pixels, inverted if needed: paper is about 0, strokes are darker; (H, W)."""
    small = resized_longer(picture, min(64, max(picture.shape)))
    terms = _plane(small.shape)  # not curved: a curve would follow a thick digit
    weights = np.ones((small.size, 1))
    for _ in range(30):  # reweighted to least absolute differences, which strokes hardly change
        slopes = np.linalg.lstsq(terms * weights, small.ravel() * weights[:, 0])[0]
        rest = small.ravel() - terms @ slopes
        weights = 1 / np.sqrt(np.abs(rest) + 0.1)[:, None]
    levelled = picture - (_plane(picture.shape) @ slopes).reshape(picture.shape)
    return levelled if (rest**3).sum() < 0 else -levelled


def _plane(shape: tuple[int, int]) -> np.ndarray:
    y, x = np.mgrid[-1 : 1 : shape[0] * 1j, -1 : 1 : shape[1] * 1j]
    return np.stack([np.ones_like(x), x, y], axis=-1).reshape(-1, 3)


def _edges(mask: np.ndarray) -> np.ndarray:
    """Parts of the mask (H, W) that are not strokes: along the picture's border, and hairlines from side to side."""
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
    distance, nearest = ndimage.distance_transform_edt(ink <= _STROKE, return_indices=True)
    # A stroke with gaps of half its width is one stroke.
    labels, _ = ndimage.label(distance <= _pen(ink) / 4, np.ones((3, 3)))
    areas = np.bincount(labels.ravel())[1:]
    large = np.argsort(-areas)[:_MOST]
    large = large[areas[large] > _SPECK * areas.max()]
    boxes = ndimage.find_objects(labels)
    ends = np.array([[(part.start, part.stop) for part in boxes[i]] for i in large])  # (N, 2, 2)
    frames = _around(ends)
    large, ends = large[~frames], ends[~frames]
    found = []
    for group in _groups(ends):
        (top, left), (bottom, right) = ends[group, :, 0].min(axis=0), ends[group, :, 1].max(axis=0)
        found.append((left + right, bottom - top, right - left, large[group] + 1))
    lowest = max([_SMALLEST, *(0.4 * height for _, height, _, _ in found)])
    owner = np.where(distance <= _OUTLINE, labels[tuple(nearest)], 0)
    return [
        np.isin(owner, pieces)
        for _, height, width, pieces in sorted(found, key=lambda digit: digit[0])
        if height >= lowest and width <= 2.5 * height
    ]


def _around(ends: np.ndarray) -> np.ndarray:
    """Frames, with another piece of at least a third of their height inside; bool (N,), `ends` as below."""
    outer, inner = ends[:, None], ends[None]
    within = ((outer[..., 0] < inner[..., 0]) & (inner[..., 1] < outer[..., 1])).all(axis=-1)
    heights = np.diff(ends[:, 0]).ravel()
    return (within & np.greater.outer(3 * heights, heights).T).any(axis=1)


def _groups(ends: np.ndarray) -> np.ndarray:
    """Pieces that are one digit, above each other with at most a small gap: bool (groups, N).

    The ends, (N, 2, 2), are the first and last row and column of each piece.
    """
    starts, stops = ends[..., 0], ends[..., 1]
    sides = stops - starts
    shared = np.minimum(stops[:, None], stops) - np.maximum(starts[:, None], starts)  # (N, N, 2); below 0 is a gap
    smaller, larger = np.minimum(sides[:, None], sides), np.maximum(sides[:, None], sides)
    joined = (shared[..., 1] >= 0.5 * smaller[..., 1]) & (-shared[..., 0] <= 0.25 * larger[..., 0])
    for _ in range(7):  # pieces joined through others, up to 2 ** 7 of them
        joined = joined @ joined
    return np.unique(joined, axis=0)


def _penned(ink: np.ndarray) -> np.ndarray:
    """A cropped digit with a pen like MNIST's, of another resolution if its own is much thinner or thicker."""
    from scipy import ndimage

    pen = _pen(ink) * _BOX / max(ink.shape)
    if _THIN <= pen <= _THICK:
        return ink
    fine = 8  # working pixels to one of MNIST's
    large = resized_longer(ink, _BOX * fine)
    if pen < _THIN:
        large = np.pad(large * (255 / large.max()), fine)
        return ndimage.grey_dilation(large, footprint=_disc((_THIN + 0.6 - pen) * fine))
    # At most a third, to keep loops and corners.
    return ndimage.grey_erosion(large, footprint=_disc(min(pen - _THICK + 0.5, pen / 3) * fine))


def _pen(ink: np.ndarray) -> float:
    """Mean width of the strokes in pixels: twice the area over the length of the outline, also of blurred strokes."""
    down, right = np.diff(ink, axis=0, append=0), np.diff(ink, axis=1, append=0)
    return 2 * ink.sum() / max(np.hypot(down, right).sum(), 1)


def _disc(diameter: float) -> np.ndarray:
    reach = int(diameter / 2)
    return np.hypot(*np.mgrid[-reach : reach + 1, -reach : reach + 1]) <= diameter / 2


def _cropped(ink: np.ndarray) -> np.ndarray:
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]

"""Films: GIF and WebP files of several frames, painted frame by frame; without TensorFlow.

Painted frames lie in a hidden folder beside the film until it is whole, so that a stopped command goes on where it was.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from suite.console.progress import progress
from suite.data import pictures
from suite.errors import InputError
from suite.files import replacing

EXTENSIONS = (".gif", ".webp")
_FORMATS = {".gif": "GIF", ".webp": "WEBP"}
_DURATION = 100  # milliseconds of a frame that names none


def is_one(file: str | Path) -> bool:
    """Whether a file is a GIF or WebP picture of several frames."""
    if Path(file).suffix.lower() not in EXTENSIONS or not Path(file).is_file():
        return False
    try:
        with pictures.decoding(Path(file)), _opened(Path(file)) as film:
            return _count(film) > 1
    except InputError:  # `pictures.read` says what is wrong
        return False


def paint(
    file: Path, place: Path, paint_frame: Callable[[np.ndarray], np.ndarray], blend: float, made: dict[str, Any]
) -> tuple[int, int, int]:
    """Paints every frame of a film, which keeps its durations; what was painted before a stop is not painted again.

    Args:
        file: The film.
        place: The painted one, .gif or .webp.
        paint_frame: A frame float32 (H, W, 3) in 0..255 to its painting, uint8 (H', W', 3).
        blend: Share of the painting before in each one, see `blended`.
        made: How it is made; frames that were made otherwise are not used.

    Returns:
        Width and height in pixels, and the number of frames.

    Raises:
        InputError: A frame cannot be read or painted.
        KeyboardInterrupt: It was stopped; the message says how to go on.
    """
    folder, status = place.with_name(f".{place.name}.frames"), file.stat()
    mark = json.dumps({**made, "blend": blend, "bytes": status.st_size, "changed": status.st_mtime_ns})
    if folder.exists() and _read(folder / "made.json") != mark:
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "made.json").write_text(mark)
    report = progress(f"painting {file.name}", "frames", lines=10)
    painted: list[Path] = []
    durations: list[int] = []
    before: np.ndarray | None = None
    with _opened(file) as film:
        count = _count(film)
        for number in range(count):
            painted.append(folder / f"{number:06d}.png")
            try:
                frame = _frame(film, number, file)
                if not painted[-1].exists():
                    pictures.write(blended(paint_frame(frame), before, blend), painted[-1])
            except KeyboardInterrupt:
                raise KeyboardInterrupt(f"frame {number + 1} of {count}: the same command goes on") from None
            before = np.asarray(_still(painted[-1]))
            durations.append(int(film.info.get("duration") or _DURATION))
            report(len(painted), count)
        _join(painted, durations, place, film.info.get("loop"))
    shutil.rmtree(folder)
    assert before is not None
    return before.shape[1], before.shape[0], len(painted)


def size(film: Path) -> tuple[int, int, int]:
    """Width and height in pixels, and the number of frames."""
    with _opened(film) as opened:
        return *opened.size, _count(opened)


def _still(file: Path) -> Image.Image:
    with Image.open(file) as image:
        return image.convert("RGB")


def blended(painting: np.ndarray, before: np.ndarray | None, share: float) -> np.ndarray:
    """A painting uint8 (H, W, 3) with a share of the one before, if that has the same size: strokes flicker less."""
    if before is None or before.shape != painting.shape or not share:
        return painting
    return pictures.to_uint8((1 - share) * painting.astype(np.float32) + share * before)


def _opened(file: Path) -> Image.Image:
    return Image.open(file, formats=[*_FORMATS.values()])


def _count(film: Image.Image) -> int:
    return int(getattr(film, "n_frames", 1))


def _frame(film: Image.Image, number: int, file: Path) -> np.ndarray:
    """One frame on white, float32 (H, W, 3) in 0..255."""
    with pictures.decoding(file):
        film.seek(number)
        image = film.convert("RGBA")
    image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    image.thumbnail((pictures.LARGEST, pictures.LARGEST))
    return np.asarray(image, np.float32)


def _join(painted: Sequence[Path], durations: Sequence[int], place: Path, loop: int | None) -> None:
    """Writes the frames as one film that plays as often as the given one; Pillow keeps them in memory meanwhile."""
    kind = _FORMATS[place.suffix.lower()]

    def frames() -> Iterator[Image.Image]:
        for file in painted:
            image = _still(file)
            yield image.quantize(256) if kind == "GIF" else image

    rest = frames()
    first = next(rest)
    options: dict[str, Any] = {} if kind == "GIF" else {"quality": 90}
    if loop is not None or kind == "WEBP":  # a GIF without the number plays once, WebP has one always
        options["loop"] = 1 if loop is None else loop
    with replacing(place) as partial:
        first.save(partial, kind, save_all=True, append_images=rest, duration=list(durations), **options)


def _read(file: Path) -> str:
    return file.read_text() if file.exists() else ""

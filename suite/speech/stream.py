"""`stream`: prints the words in a recording, or from the microphone, as they are detected."""

from __future__ import annotations

import json as json_format
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from suite.errors import InputError
from suite.speech.detector import Detection, Stream, stream_settings

if TYPE_CHECKING:
    import numpy as np

_RATE = 16_000  # Hz, of the models and of the microphone


def stream(
    file: str | None = None,
    *,
    microphone: bool = False,
    model: str | None = None,
    threshold: float | None = None,
    only: tuple[str, ...] = (),
    json: bool = False,
) -> list[Detection]:
    """Detects words in a recording of any length, or from the microphone, and prints each with its time and score.

    The settings of the detection (window step, smoothing, threshold, refractory time) are in the model file.

    Args:
        file: WAV, FLAC, OGG or MP3 of any sample rate, length and channel count.
        microphone: Listen to the microphone until Ctrl-C; needs pip install suite[mic].
        model: A .tflite, SavedModel folder, .keras or run; by default the newest version in saved_models/speech.
        threshold: Least score of a detection, 0 to 1, by default the model's; a higher one gives fewer false alarms and
            more misses.
        only: The words to detect, such as stop,go; by default all that the model knows.
        json: Print a JSON object a line.

    Returns:
        The detections.
    """
    from suite.artefacts import published, runtime

    if bool(file) == microphone:
        raise InputError("stream: name one recording, or give --microphone")
    loaded = runtime.load(model or published.newest("speech"), task="speech")
    settings = stream_settings(loaded)
    if threshold is not None:
        if not 0 <= threshold <= 1:
            raise InputError(f"threshold: {threshold}: expected 0 to 1")
        settings = replace(settings, threshold=threshold)
    words = [label for label in loaded.labels if not label.startswith("_")]
    if unknown := [word for word in only if word not in words]:
        raise InputError(f"only: {unknown[0]}: the model knows no such word; it knows {', '.join(words)}")
    detector, found = Stream(loaded, settings, only), []
    started, samples = time.perf_counter(), 0
    for sound, own in _recording(file) if file else _microphone():
        samples += len(sound) if own else 0
        for detection in detector.feed(sound):
            found.append(detection)
            print(json_format.dumps(asdict(detection), ensure_ascii=False) if json else _line(detection), flush=True)
    if not json:
        seconds = time.perf_counter() - started
        lasted = samples / _RATE
        print(f"words heard: {len(found)} in {lasted:.1f} s, {lasted / seconds:.0f} times faster than real time")
    return found


def _line(detection: Detection) -> str:
    minutes, seconds = divmod(detection.time, 60)
    return f"{int(minutes):3d}:{seconds:05.2f}  {detection.word:<12} {detection.score:.2f}"


def _recording(file: str) -> Iterator[tuple[np.ndarray, bool]]:
    """The recording in pieces, then a second of silence that is not its own, so that a word at its end is detected."""
    import numpy as np

    from suite.speech import preprocessing

    for piece in preprocessing.pieces(file):
        yield piece, True
    yield np.zeros(_RATE, np.float32), False


def _microphone() -> Iterator[tuple[np.ndarray, bool]]:
    """Sound from the default microphone, until Ctrl-C."""
    import numpy as np

    try:
        import sounddevice
    except (ImportError, OSError) as error:  # OSError: the PortAudio library is missing
        raise InputError(
            f"the microphone needs sounddevice and PortAudio ({error}): pip install 'suite[mic]'"
        ) from None
    try:
        with sounddevice.InputStream(samplerate=_RATE, channels=1, dtype="float32") as stream:
            print("listening; stop with Ctrl-C", file=sys.stderr, flush=True)
            while True:
                sound, _ = stream.read(_RATE // 10)
                yield np.asarray(sound[:, 0]), True
    except sounddevice.PortAudioError as error:
        raise InputError(f"the microphone cannot be used ({error}); plug one in, or name a recording") from None
    except KeyboardInterrupt:
        return

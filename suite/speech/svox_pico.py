"""SVOX Pico's voices, in a process of their own.

Pico, as in py-nanotts, reads uninitialised memory, and crashes in one process with TensorFlow. In a process of its own
in which every utterance has zeroed pages it is deterministic, and a crash stays there.
"""

import atexit
import functools
import importlib.util
import json
import struct
import subprocess
import sys

import numpy as np

from suite.errors import InputError

RATE = 16_000  # Hz


def available() -> bool:
    """Whether py-nanotts is installed; it has no wheel for macOS."""
    return importlib.util.find_spec("py_nanotts") is not None


def speak(text: str, voice: str = "en-US", speed: float = 1.0, pitch: float = 1.0) -> np.ndarray:
    """Speech of Pico, int16 (N,) at 16 kHz, with the silence around it.

    Args:
        text: The text.
        voice: `en-US`, `en-GB`, `de-DE`, `es-ES`, `fr-FR` or `it-IT`, all of women.
        speed: Factor of the voice's own, 0.2 to 5.
        pitch: Factor of the voice's own, 0.5 to 2.

    Raises:
        InputError: Pico's process has ended.
    """
    process = _process()
    assert process.stdin and process.stdout
    try:
        process.stdin.write(json.dumps([text, voice, speed, pitch]).encode() + b"\n")
        process.stdin.flush()
    except BrokenPipeError:
        pass  # there is no answer either
    size = process.stdout.read(4)
    if len(size) < 4:
        _process.cache_clear()
        raise InputError(
            f"SVOX Pico stopped (exit status {process.wait()}) at {text!r}: pip install --force-reinstall py-nanotts, "
            "or uninstall it to have eSpeak NG speak alone"
        )
    return np.frombuffer(process.stdout.read(*struct.unpack("<I", size)), "<i2")


@functools.cache
def _process() -> subprocess.Popen:
    """This file, run as a program until its input ends."""
    process = subprocess.Popen(
        [sys.executable, "-P", __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    atexit.register(process.communicate)
    return process


def _serve() -> None:
    """Speaks each line of the input: a JSON list of text, voice, speed and pitch; answers with a size and samples."""
    import ctypes

    import py_nanotts

    # Pico's memory, 2.5 MB an utterance, comes zeroed from mmap, not from freed memory. (glibc: -3 is M_MMAP_THRESHOLD;
    # once set, it is not adapted.)
    if mallopt := getattr(ctypes.CDLL(None), "mallopt", None):
        mallopt(-3, 1 << 20)
    engine = py_nanotts.NanoTTS()
    for line in sys.stdin:
        text, voice, speed, pitch = json.loads(line)
        samples = engine.speak(text, voice=voice, speed=speed, pitch=pitch)
        sys.stdout.buffer.write(struct.pack("<I", len(samples)) + samples)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    _serve()

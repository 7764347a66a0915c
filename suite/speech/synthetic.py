"""Synthetic speech for keyword spotters: synthetic voices, with simulated rooms and microphones.

The voices are eSpeak NG's, a formant synthesiser with many voices, and in training also SVOX Pico's where it is
installed, a statistical one with two more natural voices. Every clip has its own random generator and a freshly loaded
engine, so that the same arguments give the same clips, whatever the order and the number of processes. TensorFlow is
not imported.
"""

import ctypes
import os
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import cache, partial
from itertools import takewhile
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from suite.data.splits import SPLITS, by_hash
from suite.errors import InputError
from suite.speech import noises, svox_pico
from suite.speech.config import SILENCE, TEN_WORDS, UNKNOWN
from suite.speech.features import SAMPLE_RATE
from suite.speech.preprocessing import to_int16

_FOLDER = Path(__file__).parent
ESPEAK_RATE = 22_050  # Hz
BATCH = 100  # clips of a process at a time
PICO = "pico"  # the variant of SVOX Pico
PICO_SHARE = 0.3  # of the training clips
_SLOWER = 85, 230  # words per minute of clips without recordings beside them: people say a single word slowly
_WINDOW = 512  # samples of the spectra of breath
TWO_NOISES = 0.3  # share of the seconds of noise with two kinds
NEAR = 10  # words that sound nearest to each keyword
NEAR_SHARE = {False: 0.3, True: 0.6}  # their share of the other words, without and beside recordings

# Accents of English, the more common ones several times.
ACCENTS: tuple[str, ...] = ("en-us",) * 8 + ("en-us-nyc",) * 4 + ("en", "en-gb-x-gbclan") * 2
ACCENTS += ("en-gb-x-gbcwmd", "en-gb-x-rp", "en-gb-scotland", "en-029")
# eSpeak NG's voice variants without robots, monsters and whisperers, and without breathy ones (Alicia, Reed, caleb, f2,
# f3, f5, sandro, victor), which are not deterministic.
VARIANTS = tuple(_FOLDER.joinpath("voices.txt").read_text().split())
# The words of `_unknown_` by language: short, with many beginnings, vowels and endings.
OTHER_WORDS = {
    file.stem.removeprefix("words_"): tuple(file.read_text(encoding="utf-8").split())
    for file in sorted(_FOLDER.glob("words_*.txt"))
}
_PICO_VOICES = {"de": "de-DE", "es": "es-ES", "fr": "fr-FR", "it": "it-IT"}  # and two of English


@dataclass(frozen=True)
class Voice:
    """A synthetic speaker.

    Args:
        accent: eSpeak NG's name of a language or of an accent of it, such as `de` or `en-us`.
        variant: eSpeak NG's name of a timbre, such as `f3`, or `pico`; it decides the voice's split.
        rate: Words per minute, 80 to 450.
        pitch: 0 to 100.
        range: Range of the pitch, 0 (monotone) to 100.
        tract: Factor of all formants and the pitch; above 1 is a shorter vocal tract.
    """

    accent: str = "en-us"
    variant: str = "m3"
    rate: int = 160
    pitch: int = 50
    range: int = 50
    tract: float = 1.0

    @property
    def id(self) -> str:
        return f"{self.accent}+{self.variant}-{self.rate}-{self.pitch}-{self.range}-{self.tract:.2f}"

    @property
    def split(self) -> str:
        """One variant in ten is for the validation split and one in ten for the test split."""
        return "train" if self.variant == PICO else by_hash(self.variant)


class Clip(NamedTuple):
    """One second of sound: int16 (16000,) at 16 kHz, its label, and the voice's id, "" without speech."""

    waveform: np.ndarray
    label: str
    voice: str


def clips(
    words: Sequence[str],
    split: str = "train",
    per_word: int = 1000,
    seed: int = 0,
    unknown: int = 0,
    silence: int = 0,
    workers: int | None = None,
    avoid: Sequence[str] = (),
    progress: Callable[[int, int], None] | None = None,
    beside_recordings: bool = False,
    language: str = "en",
) -> Iterator[Clip]:
    """One-second clips of words, of other words and of noise, in the order of the labels.

    Args:
        words: The keywords, which are also the labels.
        split: `train`, `validation` or `test`: it decides the voices and the other words.
        per_word: Number of clips of each word.
        seed: Seed of the clips.
        unknown: Number of clips of other words, labelled `_unknown_`.
        silence: Number of clips of noise and near silence, labelled `_silence_`.
        workers: Number of processes, by default one for each processor; if they cannot be started, this process does
            the work.
        avoid: Further words that are not spoken as other words.
        progress: Called with (clips done, clips in all).
        beside_recordings: Whether recordings validate and test what the clips train: then the other words are those of
            all splits, and SVOX Pico, whose two voices speak some of the training clips otherwise, is not used. Without
            recordings, speech is made more like people's: slower, breathy, with late stops.
        language: eSpeak NG's name of the language, such as `de`.

    Yields:
        Clip, the same for the same arguments, whatever `workers`.

    Raises:
        InputError: A word that cannot be spoken in a second, an unknown split or language, a language without a list of
            other words, or no eSpeak NG.
    """
    from joblib import Parallel, delayed  # here, as every start of a command would wait for it

    if split not in SPLITS:
        raise InputError(f"split: {split}: expected one of {', '.join(SPLITS)}")
    _check(words, language)
    if unknown and language not in OTHER_WORDS:
        raise InputError(
            f"data.language: {language}: no list of other words for _unknown_, as of {', '.join(OTHER_WORDS)}; "
            "leave it out by --data.unknown 0"
        )
    known = _others((*words, *avoid), language) if unknown else ()
    others = tuple(word for word in known if beside_recordings or by_hash(word) == split)
    near = _nearest(tuple(words), others, language) if others else ()
    counts = {**dict.fromkeys(words, per_word), UNKNOWN: unknown, SILENCE: silence}
    jobs = [(label, i) for label, count in counts.items() for i in range(count)]
    batches = [jobs[i : i + BATCH] for i in range(0, len(jobs), BATCH)]
    spoken = language in (*_PICO_VOICES, "en")
    pico = spoken and not beside_recordings and split == "train" and svox_pico.available()
    make = partial(
        _make_batch,
        split=split,
        seed=seed,
        others=others,
        near=near,
        near_share=NEAR_SHARE[beside_recordings],
        pico_share=PICO_SHARE if pico else 0.0,
        humanise=not beside_recordings,
        language=language,
    )
    done = 0
    jobs_at_once = min(workers or os.cpu_count() or 1, len(batches))
    # In processes: eSpeak NG's state is global, which rules threads out.
    for batch in Parallel(jobs_at_once, return_as="generator")(delayed(make)(batch) for batch in batches):
        yield from batch
        done += len(batch)
        if progress:
            progress(done, len(jobs))


def speak(text: str, voice: Voice = Voice()) -> np.ndarray:
    """Speech of a voice, float32 (N,) in -1..1 at 22,050 Hz, trimmed; empty if nothing is spoken.

    Raises:
        InputError: The engine is missing, cannot be loaded or does not know the voice.
    """
    return _resample(text, voice, ESPEAK_RATE).clip(-1, 1)


def noise(seconds: int, seed: int = 0, levels: tuple[float, float] = (-35, -15), split: str = "train") -> np.ndarray:
    """Seconds of noise, int16 (seconds, 16000) at 16 kHz: of the kinds of `noises.TRAINING`, and babble of voices.

    Args:
        seconds: Number of seconds, each of another kind.
        seed: Seed.
        levels: The least and the greatest level, in dB of full scale.
        split: Of the voices of babble; `test` has the kinds of noise that no training hears beside the others.
    """
    result = np.empty((seconds, SAMPLE_RATE), np.int16)
    for i in range(seconds):
        result[i] = _noise(np.random.default_rng([seed, zlib.crc32(b"noise"), i]), levels, split)
    return result


def draw_voice(rng: np.random.Generator, split: str, language: str = "en") -> Voice:
    """A voice of eSpeak NG for a split."""
    variants = [v for v in VARIANTS if Voice(variant=v).split == split]
    return Voice(
        accent=str(rng.choice(ACCENTS if language == "en" else (language,))),
        variant=str(rng.choice(variants)),
        rate=int(rng.uniform(130, 260)),
        pitch=int(rng.uniform(15, 90)),
        range=int(rng.uniform(10, 100)),
        tract=round(float(np.exp(rng.normal(0, 0.08)).clip(0.8, 1.25)), 2),
    )


def _make_batch(jobs: list[tuple[str, int]], **options: Any) -> list[Clip]:
    return [_make(label, i, **options) for label, i in jobs]


def _make(
    label: str,
    index: int,
    split: str,
    seed: int,
    others: tuple[str, ...],
    near: tuple[tuple[str, ...], ...],
    near_share: float,
    pico_share: float,
    humanise: bool,
    language: str,
) -> Clip:
    rng = np.random.default_rng([seed, zlib.crc32(split.encode()), zlib.crc32(label.encode()), index])
    if label == SILENCE:
        return Clip(_noise(rng, noises.LEVELS, split), label, "")
    voice = draw_voice(rng, split, language)
    if pico_share and rng.random() < pico_share:
        voice = replace(voice, variant=PICO)
    text = label
    if label == UNKNOWN:
        text = str(rng.choice(near[rng.integers(len(near))] if rng.random() < near_share else others))
    if humanise:
        voice = replace(voice, rate=int(np.exp(rng.uniform(*np.log(_SLOWER)))))
    return Clip(_record(_fit(text, voice, rng, humanise), rng), label, voice.id)


def _fit(text: str, voice: Voice, rng: np.random.Generator, humanise: bool) -> np.ndarray:
    """The spoken text at 16 kHz, at most a second long; random punctuation varies the intonation."""
    text += str(rng.choice(["", ".", "!", "?", ","]))
    speech = _resample(text, voice)
    seconds = len(speech) / SAMPLE_RATE
    if seconds > 0.95:
        speech = _resample(text, replace(voice, rate=min(450, int(voice.rate * seconds / 0.85))))
    if humanise:
        speech = _late_stop(_breathy(speech, rng), rng)
    # People speak less evenly than eSpeak NG, and more quietly at the end.
    knots = rng.normal(0, 3, 5) - rng.uniform(0, 12) * np.array([0, 0, 0, 0.3, 1])
    loudness = np.interp(np.linspace(0, 4, len(speech)), np.arange(5), knots)
    return (speech * 10 ** (loudness / 20))[:SAMPLE_RATE]


def _breathy(speech: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Speech with noise of its own smoothed spectrum: a synthesiser's formants are narrow, with nothing between."""
    from scipy.ndimage import gaussian_filter1d
    from scipy.signal import istft, stft

    if len(speech) < 2 * _WINDOW:
        return speech
    options: dict[str, Any] = dict(nperseg=_WINDOW, noverlap=3 * _WINDOW // 4)
    spectrum = stft(speech, **options)[2]
    envelope = np.sqrt(gaussian_filter1d(np.abs(spectrum) ** 2, rng.uniform(2, 7), axis=0))
    noise = istft(envelope * np.exp(2j * np.pi * rng.random(spectrum.shape)), **options)[1]
    noise = np.pad(noise, (0, max(0, len(speech) - len(noise))))[: len(speech)]
    level = np.sqrt(np.mean(speech**2) / (np.mean(noise**2) + 1e-12)) * 10 ** (rng.uniform(-25, 0) / 20)
    return (speech + level * noise).astype(np.float32)


def _late_stop(speech: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Speech with a pause before a stop that ends it, such as that of left: people release it late, or softly."""
    frame = SAMPLE_RATE // 100
    frames = len(speech) // frame
    room = SAMPLE_RATE - len(speech)
    if frames < 12 or room <= 0 or rng.random() < 0.3:
        return speech
    level = np.sqrt(np.mean(speech[: frames * frame].reshape(frames, frame) ** 2, axis=1))
    first = int(0.45 * frames)
    quiet = first + int(level[first : frames - 2].argmin())
    if level[quiet] > 0.08 * level.max() or level[quiet + 1 :].max() < 1.5 * level[quiet]:
        return speech  # there is none
    start, pause = quiet * frame, min(room, int(rng.exponential(0.08) * SAMPLE_RATE))
    return np.concatenate([speech[:start], np.resize(speech[start : start + frame], pause), speech[start:]])


def _resample(text: str, voice: Voice, rate: int = SAMPLE_RATE) -> np.ndarray:
    """Speech at another sample rate; `tract` moves the formants by additional resampling."""
    import soxr

    if voice.variant == PICO and len(speech := _pico(text, voice)):
        return soxr.resample(speech, svox_pico.RATE * voice.tract, rate)
    return soxr.resample(_espeak(text, voice), ESPEAK_RATE * voice.tract, rate)


def _record(speech: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Speech recorded by a cheap microphone in a room: random position, reverberation, filter, noise and level."""
    n = SAMPLE_RATE + SAMPLE_RATE // 2  # room for the reverberation, so that it does not wrap around
    free = SAMPLE_RATE - len(speech)
    start = int(np.clip(free * rng.normal(0.5, 0.28), 0, free))
    dry = np.zeros(n, np.float32)
    dry[start : start + len(speech)] = speech
    spectrum = np.fft.rfft(dry) * np.fft.rfft(_room(rng), n) * noises.response(rng, n, rng.uniform(0, 12))
    wet = np.fft.irfft(spectrum, n)[:SAMPLE_RATE]
    wet *= noises.gain(wet, 0)
    wet += noises.hiss(rng) * 10 ** (-rng.uniform(12, 60) / 20)
    return to_int16(wet * noises.gain(wet, float(np.clip(rng.normal(-24, 6), -42, -12))))


def _room(rng: np.random.Generator) -> np.ndarray:
    """A room impulse response of 0.4 s: the direct sound, then noise that decays by 60 dB in 0.1 to 0.7 s."""
    time = np.arange(int(0.4 * SAMPLE_RATE)) / SAMPLE_RATE
    decay = rng.uniform(0.1, 0.7)
    tail = rng.standard_normal(time.size) * 10 ** (-3 * time / decay)
    tail[: int(rng.uniform(0.001, 0.01) * SAMPLE_RATE)] = 0
    tail *= 10 ** (rng.uniform(-30, 3) / 20) / np.linalg.norm(tail)
    tail[0] = 1
    return tail


def _noise(rng: np.random.Generator, levels: tuple[float, float], split: str) -> np.ndarray:
    """A second of noise over hiss, int16, at a level between two, in dB of full scale."""
    kinds = (*noises.TRAINING, *noises.SCORED) if split == "test" else noises.TRAINING

    def one() -> np.ndarray:
        number = rng.integers(len(kinds) + 1)
        return kinds[number](rng) if number < len(kinds) else _babble(rng, split)

    sound = one() + noises.hiss(rng) * 10 ** rng.uniform(-2, 0)
    if rng.random() < TWO_NOISES:
        sound += one() * 10 ** rng.uniform(-1, 0)
    return noises.at_level(sound, rng, levels)


def _babble(rng: np.random.Generator, split: str) -> np.ndarray:
    """Three to six voices at once, half of the time backwards: speech-like, without a word that stands out."""
    out, step = np.zeros(SAMPLE_RATE), int(rng.choice([-1, 1]))
    for _ in range(rng.integers(3, 7)):
        text = " ".join(rng.choice(_others(TEN_WORDS, "en"), 5))
        speech = _resample(text, draw_voice(rng, split))
        out += rng.uniform(0.2, 1) * noises.unit(np.resize(speech[::step], SAMPLE_RATE))
    return noises.unit(out)


def _check(words: Sequence[str], language: str) -> None:
    sounds: dict[bytes, str] = {}
    for word in words:
        if not word.strip():
            raise InputError("data.words: an empty word; remove it")
        speech = _espeak(word, Voice("en-us" if language == "en" else language, rate=450))
        if not len(speech):
            raise InputError(f"data.words: {word!r}: eSpeak NG cannot pronounce it; spell it with letters")
        if len(speech) > ESPEAK_RATE:
            raise InputError(f"data.words: {word!r} does not fit into a clip of one second; choose a shorter word")
        if (other := sounds.setdefault(speech.tobytes(), word)) != word:
            raise InputError(f"data.words: eSpeak NG says the same for {other} and {word}; leave one of them out")


@cache
def _others(words: tuple[str, ...], language: str) -> tuple[str, ...]:
    """The other words of a language without homophones and forms of the keywords."""
    known = OTHER_WORDS[language]
    lower = [word.lower() for word in words]
    related = {o for o in known for w in lower if o.lower() in (w, w + "s") or (len(w) > 2 and o.lower().startswith(w))}
    sounds = set(_phonemes(words, language))
    return tuple(
        other
        for other, sound in zip(known, _phonemes(known, language), strict=True)
        if other not in related and sound not in sounds
    )


def _nearest(words: tuple[str, ...], others: tuple[str, ...], language: str) -> tuple[tuple[str, ...], ...]:
    """For each keyword the other words whose phonemes are most like its own, those that begin alike before others."""
    sounds = dict(zip((*words, *others), (p.split("_") for p in _phonemes((*words, *others), language)), strict=True))

    def rank(word: str, other: str) -> tuple[float, str]:
        one, two = sounds[word], sounds[other]
        begin = len(list(takewhile(lambda pair: pair[0] == pair[1], zip(one, two, strict=False))))
        return -SequenceMatcher(None, one, two, False).ratio() - 0.1 * begin, other

    return tuple(tuple(sorted(others, key=partial(rank, word))[:NEAR]) for word in words)


def _phonemes(texts: Sequence[str], language: str) -> list[str]:
    """eSpeak NG's phonemes of each text, separated by _, without the stress marks."""
    with _Espeak() as library:
        library.espeak_SetVoiceByName(b"en-us" if language == "en" else language.encode())
        library.espeak_TextToPhonemes.restype = ctypes.c_char_p
        pointers = [ctypes.c_char_p(text.encode()) for text in texts]
        spoken = [library.espeak_TextToPhonemes(ctypes.byref(p), 1, ord("_") << 8) or b"" for p in pointers]  # 1: UTF-8
        return [sound.decode().replace("'", "").replace(",", "") for sound in spoken]


def _pico(text: str, voice: Voice) -> np.ndarray:
    """Speech of SVOX Pico, float32 (N,) at 16 kHz, trimmed; empty if it cannot pronounce the text."""
    samples = svox_pico.speak(
        text,
        _PICO_VOICES.get(voice.accent) or ("en-US" if "us" in voice.accent else "en-GB"),
        speed=float(np.clip(voice.rate / voice.tract / 170, 0.6, 1.6)),
        pitch=float(np.clip(2 ** ((voice.pitch - 50) / 60), 0.6, 1.7)),
    )
    return _trim(samples.astype(np.float32) / 32768)


def _espeak(text: str, voice: Voice) -> np.ndarray:
    """Speech of eSpeak NG, float32 (N,) at 22,050 Hz, trimmed; `tract` is up to the resampling."""
    pieces = []

    @ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)
    def receive(samples: Any, count: int, _events: Any) -> int:
        if samples and count > 0:
            pieces.append(np.ctypeslib.as_array(samples, (count,)).copy())
        return 0

    with _Espeak() as library:
        library.espeak_SetSynthCallback(receive)
        if library.espeak_SetVoiceByName(f"{voice.accent}+{voice.variant}".encode()):
            raise InputError(
                f"eSpeak NG has no voice {voice.accent!r}; it has en, de, fr, es, it, pt, nl, pl, ru, cmn, ..."
            )
        # The resampling by `tract` changes the duration, for which the rate makes up.
        rate = int(np.clip(voice.rate / voice.tract, 80, 450))
        for parameter, value in {1: rate, 3: voice.pitch, 4: voice.range}.items():  # espeakRATE, -PITCH, -RANGE
            library.espeak_SetParameter(parameter, value, 0)
        data = text.encode()
        library.espeak_Synth(data, len(data) + 1, 0, 1, 0, 1, None, None)  # 1: POS_CHARACTER; 1: espeakCHARS_UTF8
    return _trim(np.concatenate(pieces or [np.zeros(0, np.int16)]).astype(np.float32) / 32768)


def _trim(speech: np.ndarray) -> np.ndarray:
    """Speech without the silence around it, of which 200 samples remain."""
    loud = np.flatnonzero(np.abs(speech) > 0.01)
    return speech[max(loud[0] - 200, 0) : loud[-1] + 200] if loud.size else speech[:0]


class _Espeak:
    """eSpeak NG, loaded anew, which alone resets the state of its flutter and noise."""

    def __enter__(self) -> ctypes.CDLL:
        try:
            import espeakng_loader

            self.library = ctypes.CDLL(espeakng_loader.get_library_path())
            data = os.fsencode(espeakng_loader.get_data_path())
        except ImportError:
            raise InputError("synthetic speech needs eSpeak NG: pip install espeakng-loader") from None
        except (OSError, RuntimeError) as error:
            raise InputError(
                f"eSpeak NG cannot be loaded ({error}): pip install --force-reinstall espeakng-loader"
            ) from None
        # 2: AUDIO_OUTPUT_SYNCHRONOUS; 0x8000: espeakINITIALIZE_DONT_EXIT (speak_lib.h)
        if self.library.espeak_Initialize(2, 0, data, 0x8000) != ESPEAK_RATE:
            raise InputError("eSpeak NG finds no voices: pip install --force-reinstall espeakng-loader")
        return self.library

    def __exit__(self, *_: object) -> None:
        import _ctypes  # the standard library's only way to unload a library

        self.library.espeak_Terminate()
        getattr(_ctypes, "FreeLibrary" if os.name == "nt" else "dlclose")(self.library._handle)

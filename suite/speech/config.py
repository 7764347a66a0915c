"""The configuration of a keyword spotter: a recipe in configs/speech holds only what differs from these defaults."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import ClassVar, Literal

from suite.blocks import ConvBlock, Head
from suite.config import PATH
from suite.errors import InputError
from suite.problems import classification
from suite.problems.classification import TrainingConfig

UNKNOWN, SILENCE = "_unknown_", "_silence_"
TEN_WORDS = ("yes", "no", "up", "down", "left", "right", "on", "off", "stop", "go")  # Warden 2018, section 4

Source = Literal["synthetic", "folder", "speech_commands", "fsdd"]
Variant = Literal["lecture", "small", "large"]


@dataclass(frozen=True)
class DataConfig(classification.DataConfig):
    """The training data.

    Args:
        source: synthetic (spoken by eSpeak NG and SVOX Pico, no recording needed), folder (a folder of recordings for
            each word), speech_commands (Google's data set, fetched where no path is given) or fsdd (the Free Spoken
            Digit Dataset); by default folder where a path is given, otherwise synthetic.
        path: The folder of recordings, or several, such as A,B; of speech_commands also its archive.
        words: The words to tell apart, such as yes,no; by default Speech Commands' ten for synthetic speech and
            speech_commands, all that there are for the others. Other recorded words become _unknown_.
        language: Of synthetic speech, by eSpeak NG's name, such as de, fr or es; these three and English have lists of
            other words for _unknown_.
        per_word: For the synthetic source, number of clips of each word to train on.
        unknown: Clips of other words, labelled _unknown_, as a multiple of the clips of one word; 0 for none.
        silence: Clips of noise, labelled _silence_, as a multiple of the clips of one word; 0 for none.
        synthetic: Clips of each word, spoken by eSpeak NG, to train on beside the recordings, and data.unknown times as
            many of other words: for recordings with few other words. A word without recordings is only spoken.
        leave_out: Words that are not used at all, neither recorded nor spoken, and recordings of _background_noise_, by
            their names without ending, to measure how a model answers what was not in its training.
        held_out: For fsdd, the speakers whose recordings are the test split, in place of the official one. For other
            recordings, words that are neither heard nor spoken in training, and recordings of _background_noise_; these
            are the test split: its accuracy is the share of them that is answered by _unknown_, or by _silence_.
        seed: Seed of the synthetic speech and of what is drawn for _unknown_ and _silence_.
    """

    source: Source | None = None
    path: tuple[str, ...] = field(default=(), metadata=PATH)  # type: ignore[assignment]  # other tasks take one
    words: tuple[str, ...] = ()
    language: str = "en"
    per_word: int = 900
    unknown: float = 4.0
    silence: float = 1.0
    synthetic: int = 0
    leave_out: tuple[str, ...] = ()
    held_out: tuple[str, ...] = ()
    balance: float = 0.35

    DEFAULTS = ("synthetic", "folder")
    NEED_PATH: ClassVar = dict.fromkeys(("folder", "fsdd"), "a folder of recordings")
    REFUSE_PATH = ("synthetic",)
    OWN_SPLITS = ("synthetic", "speech_commands", "fsdd")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.per_word < 10:
            raise InputError(f"data.per_word: {self.per_word}: expected at least 10")
        if min(self.unknown, self.silence, self.synthetic) < 0:
            raise InputError("data.unknown, data.silence, data.synthetic: expected 0 or more")
        if self.held_out and self.kind == "synthetic":
            raise InputError(f"data.held_out: {self.held_out[0]}: synthetic speech has none; use data.leave_out")
        if held := set(self.held_out) & set(self.words):
            raise InputError(f"data.held_out: {min(held)}: is one of data.words; hold other words out")
        for word in self.words:
            if self.words.count(word) > 1:
                raise InputError(f"data.words: {word!r} is there twice")
            if word.startswith("_"):
                raise InputError(f"data.words: {word!r}: names that begin with _ are reserved")


@dataclass(frozen=True)
class AugmentConfig:
    """Random changes to training clips; 0 switches one off.

    Args:
        shift: Largest shift in time, either way, in milliseconds.
        partial: Share of the clips that are moved by up to 0.8 s, either way; where less than half of a word is left it
            counts as _unknown_. Of models that have that label alone.
        gain: Largest change of level, either way, in dB.
        noise: Share of the clips that noise is mixed into, 0 to 1.
        snr_low: Smallest signal-to-noise ratio of the mixed noise, in dB over the whole clip.
        snr_high: Largest signal-to-noise ratio of the mixed noise, in dB over the whole clip.
        time_masks: Number of masks along time (SpecAugment).
        time_mask: Largest width of a mask along time, in frames.
        mel_masks: Number of masks along the mel axis (SpecAugment).
        mel_mask: Largest width of a mask along the mel axis, in bins.
        equaliser: Standard deviation of a smooth random filter curve, in dB.
        mel_warp: Largest relative stretch of the mel axis, either way (vocal tract length perturbation); .1 is 10 %.
        time_warp: Largest relative stretch of time, either way; .1 is 10 %.
    """

    shift: float = 100.0
    partial: float = 0.1
    gain: float = 10.0
    noise: float = 0.7
    snr_low: float = 0.0
    snr_high: float = 30.0
    time_masks: int = 2
    time_mask: int = 6
    mel_masks: int = 2
    mel_mask: int = 5
    equaliser: float = 4.0
    mel_warp: float = 0.12
    time_warp: float = 0.15

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if value < 0 and not name.startswith("snr"):
                raise InputError(f"augment.{name}: {value}: expected 0 or more")
        for name in ("partial", "noise", "mel_warp", "time_warp"):
            if getattr(self, name) > 1:
                raise InputError(f"augment.{name}: {getattr(self, name)}: expected 0 to 1")
        if self.snr_low > self.snr_high:
            raise InputError(f"augment.snr_low: {self.snr_low}: above augment.snr_high, {self.snr_high}")


@dataclass(frozen=True)
class ModelConfig:
    """The network.

    Args:
        variant: lecture (plain convolution, max pooling, flatten, dense), small (at most 25,000 parameters and 2.7
            million multiply-adds) or large.
        fft: Number of points of the features' FFT; 512 takes twice as long as 256.
        blocks: Another chain of blocks in place of the variant's, in a YAML file.
        head: Another head in place of the variant's, in a YAML file.
    """

    variant: Variant = "small"
    fft: Literal[256, 512] = 256
    blocks: tuple[ConvBlock, ...] = ()
    head: Head | None = None


# What options were before they were options.
FORMER = {"model.fft": 512, "augment.partial": 0.0}
# Synthetic speech teaches no more after some 3,000 steps, recordings after twice as many.
EPOCHS = {"synthetic": 16, "folder": 36, "speech_commands": 36, "fsdd": 36}
TRAINING = TrainingConfig(epochs=0, min_steps=170, learning_rate=3e-3, weight_decay=1e-3, label_smoothing=0.1)


@dataclass(frozen=True)
class StreamSettings:
    """Settings of the detection in a stream; a model file holds the values that were chosen for it.

    Args:
        hop: Seconds from one window to the next.
        smoothing: Number of windows in an average of posteriors.
        threshold: Least averaged posterior of a detection.
        refractory: Seconds between two detections at least.
    """

    hop: float = 0.1
    smoothing: int = 4
    threshold: float = 0.8
    refractory: float = 1.0

    def __post_init__(self) -> None:
        numbers = all(isinstance(value, int | float) for value in asdict(self).values())
        if (
            not numbers
            or not isinstance(self.smoothing, int)
            or self.hop < 0.01
            or self.smoothing < 1
            or self.refractory < 0
            or not 0 <= self.threshold <= 1
        ):
            raise InputError(f"stream: {self}: not numbers, or out of range")


@dataclass(frozen=True)
class EvalOptions:
    """Options of `eval`.

    Args:
        stream: Score the model on an hour composed of the clips and on five hours of noise: misses, false alarms.
        noise: Score the model on made noise, most of it of kinds that no training hears: how often it is taken for a
            word.
    """

    stream: bool = False
    noise: bool = False

    def __post_init__(self) -> None:
        if self.stream and self.noise:
            raise InputError("stream, noise: give one of them")


@dataclass(frozen=True)
class DescribeOptions:
    """The network that `describe` shows.

    Args:
        classes: Number of labels.
    """

    classes: int = 12


@dataclass(frozen=True)
class Config:
    """The whole configuration of a training."""

    data: DataConfig = field(default_factory=DataConfig)
    model: ModelConfig = field(default_factory=ModelConfig)
    augment: AugmentConfig = field(default_factory=AugmentConfig)
    training: TrainingConfig = TRAINING

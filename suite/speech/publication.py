"""What a published version of a keyword spotter holds: SavedModel, TFLite files, golden clips, model card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from suite.artefacts import metadata, release, saved_model, tflite, verify
from suite.artefacts.metadata import Metadata
from suite.artefacts.publish import Staging
from suite.artefacts.runtime import Artefact
from suite.artefacts.saved_model import Endpoint
from suite.errors import InputError
from suite.speech import data, inputs, streaming, synthetic
from suite.speech.config import Config, DataConfig
from suite.speech.features import FLOOR, SAMPLE_RATE, SAMPLES, Features, log_mel
from suite.speech.spotter import Spotter
from suite.training.run_folder import Run

CALIBRATION = 400  # training clips from which int8 takes its ranges
GOLDEN = 6  # clips for whoever integrates the model elsewhere


def examples(config: DataConfig, model: Artefact) -> dict[str, verify.Examples]:
    """What the files are scored on: the validation split, and the test split where the source has one."""
    names = ["validation"] + (["test"] if data.has_split(config, "test") else [])
    result = {}
    for name in names:
        clips = data.load(config, name, model.labels)
        waveforms = inputs.to_float(clips.waveforms)
        features = log_mel(waveforms, Features(**model.about.settings["features"]))
        result[name] = verify.Examples(
            clips.description,
            clips.targets,
            {"waveform": waveforms, "log_mel": features},
            model.predict(waveforms),
        )
    return result


def with_threshold(config: DataConfig, model: Artefact) -> tuple[Artefact, streaming.StreamReport]:
    """The model with the detection threshold for streams, chosen on the validation split, in what it says of itself."""
    clips = data.load(config, "validation", model.labels)
    listened = streaming.report(Spotter(model), clips, data.noises(config, "validation"), choose_threshold=True)
    settings = {**model.about.settings, "stream": asdict(listened.settings)}
    return replace(model, about=replace(model.about, settings=settings)), listened


def write(run: Run, about: Metadata, config: Config, modes: Sequence[str], folder: Path) -> dict[str, Path]:
    """Writes the SavedModel, with warm-up requests, and the TFLite files, with what they say of themselves.

    Returns:
        What to score: name in the version folder to path.
    """
    whole = keras.saving.load_model(run.model, compile=False)
    spotter, front = whole.get_layer("spotter"), whole.get_layer("log_mel")

    def from_waveform(waveform):
        return {"probabilities": tf.nn.softmax(whole(waveform))}

    def from_features(log_mel):
        return {"probabilities": tf.nn.softmax(spotter(log_mel))}

    batch = tf.TensorSpec((None, SAMPLES), tf.float32, name="waveform")
    endpoints = [
        Endpoint("serving_default", from_waveform, [batch]),
        Endpoint("features", lambda waveform: {"log_mel": front(waveform)}, [batch]),
    ]
    saved_model.write(endpoints, folder)
    golden = golden_clips(about.labels)
    saved_model.write_warmup(folder, about.task, {"serving_default": {"waveform": golden[:1]}})
    (folder / "assets.extra" / metadata.SUITE_FILE).write_text(about.to_json(), encoding="utf-8")
    clips = data.load(config.data, "train", about.labels).waveforms
    rows = np.random.default_rng(0).permutation(len(clips))[:CALIBRATION]
    waveforms = inputs.to_float(clips[rows])
    features = log_mel(waveforms, Features(**about.settings["features"]))
    sources = {
        "waveform": tflite.Source(from_waveform, "waveform", waveforms, float_until="normalisation"),
        "log_mel": tflite.Source(from_features, "log_mel", features),
    }
    files = release.write_tflite(sources, modes, about, folder)
    return {"saved_model.pb": folder, **files}


def golden_clips(labels: Sequence[str]) -> np.ndarray:
    """A few clips of our own making, float32 (G, 16000): words spoken by eSpeak NG where it can, then noise."""
    words = [label for label in labels if not label.startswith("_")][: GOLDEN - 1]
    try:
        spoken = [clip.waveform for clip in synthetic.clips(words, "test", per_word=1, workers=1)]
    except InputError:  # labels that are no words, or no eSpeak NG
        spoken = []
    noise = np.random.default_rng(0).normal(0, 0.01, (GOLDEN - len(spoken), SAMPLES))
    return np.concatenate([*(inputs.to_float(clip)[None] for clip in spoken), noise]).astype(np.float32)


def document(
    stage: Staging,
    config: Config,
    model: Artefact,
    splits: Mapping[str, verify.Examples],
    scores: Sequence[verify.Score],
    listened: streaming.StreamReport,
    credit: str,
) -> None:
    """Writes what stands beside the files, with what the model does in a stream."""
    golden = golden_clips(model.labels)
    features = log_mel(golden, Features(**model.about.settings["features"]))
    files = [Path(score.file).name for score in scores]
    microcontroller = _microcontroller(stage.path, model.about, files)
    clients = [_in_a_stream(listened), _android(release.phone_file(scores)), microcontroller]
    release.document(
        stage,
        config,
        model,
        splits,
        scores,
        {"waveform": golden, "log_mel": features},
        _trained_on(config.data, credit),
        clients,
        {"stream": asdict(listened)},
    )


_CREDITS = {
    "synthetic": "No recordings: words spoken by eSpeak NG (GPL 3) and SVOX Pico (Apache 2.0) in many voices, varied "
    "and mixed with made noise.",
    "speech_commands": "Google Speech Commands v0.02 (Warden 2018, CC BY 4.0).",
    "fsdd": "Free Spoken Digit Dataset (Jackson and others, CC BY-SA 4.0).",
}


def _trained_on(config: DataConfig, credit: str) -> str:
    """The training data, with authors and licence."""
    source = credit or _CREDITS.get(config.kind) or "Recordings whose authors and licence were not named (`--credit`)."
    more = f" With {config.synthetic} synthetic clips of each word (eSpeak NG)." if config.synthetic else ""
    return f"{source}{more}"


def _in_a_stream(listened: streaming.StreamReport) -> str:
    here, s = listened.at_threshold, listened.settings
    return f"""## In a stream

A window of a second every {s.hop:g} s, posteriors averaged over {s.smoothing} windows, {s.refractory:g} s refractory
time. In {listened.hours:.1f} h composed of noise and the {listened.split}, on which the threshold {s.threshold:g}
was chosen, {here.misses:.1%} of {listened.words:,} words are missed and there are {here.false_alarms:.1f} false alarms
an hour. These values are in every file; `python -m suite.speech stream` uses them, `eval --stream` measures them."""


def _android(file: str) -> str:
    """How a phone uses a file that takes a waveform."""
    if not file:
        return ""
    return f"""## Android

MediaPipe Tasks (`com.google.mediapipe:tasks-audio`) reads labels and sample rate from the file; it resamples and cuts
whatever sound it is given.

```kotlin
val options = AudioClassifier.AudioClassifierOptions.builder()
    .setBaseOptions(BaseOptions.builder().setModelAssetPath("{file}").build())
    .setRunningMode(RunningMode.AUDIO_CLIPS)
    .setMaxResults(3)
    .build()
val classifier = AudioClassifier.createFromOptions(context, options)
val sound = AudioData.create(
    AudioData.AudioDataFormat.builder().setNumOfChannels(1).setSampleRate(16000f).build(), samples.size)
sound.load(samples)  // FloatArray in -1..1
val best = classifier.classify(sound).classificationResults().first().classifications().first().categories().first()
Log.i("speech", "${{best.categoryName()}} ${{best.score()}}")
```"""


def _microcontroller(folder: Path, about: Metadata, files: Sequence[str]) -> str:
    """How a microcontroller uses the integer file."""
    name = "speech_int8_mcu.tflite"
    if name not in files:
        return ""
    f, arena = Features(**about.settings["features"]), verify.arena_bytes(folder / "tflite" / name)
    needs = f"TFLite Micro needs an arena of {arena:,} bytes for it." if arena else "Its arena was not measured here."
    return f"""## Microcontroller

`{name}` takes log(mel + {FLOOR:g}) features, int8 with the scale and zero point that its input tensor states. {needs}

```python
librosa.feature.melspectrogram(y=waveform, sr={SAMPLE_RATE}, n_fft={f.fft}, win_length={f.window}, hop_length={f.hop},
                               n_mels={f.mels}, fmin={f.low:g}, fmax={f.high:g}, center=False)
```

`golden.npz` has clips, their features and what each file makes of them."""

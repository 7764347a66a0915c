"""The features are librosa's, and the same everywhere."""

import librosa
import numpy as np
import pytest

from suite.speech import features
from suite.speech.features import Features

CONFIGURATIONS = [
    Features(),
    Features(fft=512),
    Features(window=400, hop=160, mels=64, low=0.0, high=8000.0, fft=512),
    Features(window=1024, hop=256, mels=20),
]


@pytest.fixture(scope="module")
def waveforms():
    """Noise, a tone, a click, silence and full-scale clipping."""
    rng = np.random.default_rng(0)
    time = np.arange(16000) / 16000
    click = np.zeros(16000)
    click[8000] = 1.0
    rows = [rng.normal(0, 0.1, 16000), 0.5 * np.sin(2 * np.pi * 440 * time), click, np.zeros(16000)]
    rows.append(np.sign(np.sin(2 * np.pi * 997 * time)))
    return np.stack(rows).astype(np.float32)


def by_librosa(waveforms, f):
    if f.frame == f.fft:
        mel = librosa.feature.melspectrogram(
            y=waveforms, sr=16000, n_fft=f.fft, win_length=f.window, hop_length=f.hop, window="hann", center=False,
            power=2.0, n_mels=f.mels, fmin=f.low, fmax=f.high,
        )  # fmt: skip
    else:
        spectra = librosa.stft(waveforms, n_fft=f.frame, win_length=f.window, hop_length=f.hop, center=False)
        filters = librosa.filters.mel(sr=16000, n_fft=f.fft, n_mels=f.mels, fmin=f.low, fmax=f.high)
        mel = filters @ np.abs(spectra[:, :: f.frame // f.fft]) ** 2
    return np.log(mel + 1e-6).transpose(0, 2, 1)


@pytest.mark.parametrize("f", CONFIGURATIONS)
def test_numpy(waveforms, f):
    computed = features.log_mel(waveforms, f)
    assert computed.shape[1:] == f.shape
    np.testing.assert_allclose(computed, by_librosa(waveforms, f), atol=1e-4)


def test_every_band_has_a_frequency_of_the_short_fft():
    assert features.mel_matrix(Features()).sum(axis=0).min() > 0


def test_models_from_before_the_short_fft_keep_theirs():
    settings = {"features": {"window": 480, "hop": 320, "mels": 40, "low": 20.0, "high": 7600.0}}
    assert Features.of(settings) == Features(fft=512) != Features()


@pytest.mark.parametrize("f", CONFIGURATIONS)
def test_the_mel_filters(f):
    expected = librosa.filters.mel(sr=16000, n_fft=f.fft, n_mels=f.mels, fmin=f.low, fmax=f.high).T
    np.testing.assert_allclose(features.mel_matrix(f), expected, atol=1e-7)


@pytest.mark.parametrize("f", CONFIGURATIONS)
def test_the_layer_eagerly_and_in_tf_data(waveforms, f):
    import tensorflow as tf

    from suite.speech.model import LogMel

    layer = LogMel(**f.as_dict())
    expected = by_librosa(waveforms, f)
    np.testing.assert_allclose(layer(waveforms).numpy(), expected, atol=1e-4)
    dataset = tf.data.Dataset.from_tensor_slices(waveforms).batch(2).map(layer)
    np.testing.assert_allclose(np.concatenate(list(dataset.as_numpy_iterator())), expected, atol=1e-4)


def test_the_saved_model(waveforms, speech):
    import tensorflow as tf

    signature = tf.saved_model.load(str(speech.version)).signatures["features"]
    computed = signature(waveform=tf.constant(waveforms))["log_mel"].numpy()
    np.testing.assert_allclose(computed, by_librosa(waveforms, Features()), atol=1e-4)


def test_a_tflite_file(waveforms):
    """The front end alone, converted as the whole model is, in LiteRT."""
    import keras
    import tensorflow as tf
    from ai_edge_litert.interpreter import Interpreter

    from suite.artefacts import tflite
    from suite.speech.model import LogMel

    inputs = keras.Input((16000,), name="waveform")
    front = keras.Model(inputs, LogMel(**Features().as_dict(), name="log_mel")(inputs))
    specs = {"waveform": tf.TensorSpec((1, 16000), tf.float32)}
    source = tflite.Source(lambda waveform: {"log_mel": front(waveform)}, specs)
    interpreter = Interpreter(model_content=tflite.convert(source, "float32", {}))
    interpreter.allocate_tensors()
    expected = by_librosa(waveforms, Features())
    for row, wanted in zip(waveforms, expected, strict=True):
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], row[None])
        interpreter.invoke()
        computed = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])[0]
        np.testing.assert_allclose(computed, wanted, atol=1e-4)

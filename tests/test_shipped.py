"""The models that are committed in saved_models: what their cards and golden files say is what their files do."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

import suite
from suite import task as tasks
from suite.artefacts import metadata, runtime
from suite.config import load
from suite.data.pictures import resized

ROOT = Path(__file__).parents[1] / "saved_models"
VERSIONS = sorted(path.parent for path in ROOT.glob("*/*/saved_model.pb"))
# Bytes of a version; most of a text classifier are its word vectors.
LARGEST = {
    "digits": 1e6,
    "lecture": 2e6,
    "speech": 6e6,
    "speech_small": 2e6,
    "sentiment": 12e6,
    "style": 9e6,
    "go": 4e6,
}
FILES = sorted(ROOT.glob("*/*/tflite/*.tflite"))


def test_there_are_some():
    assert {version.parent.name for version in VERSIONS} == set(LARGEST)


@pytest.mark.parametrize("file", FILES, ids=lambda path: f"{path.parts[-4]}/{path.stem}")
def test_a_file_gives_its_golden_outputs(file):
    with np.load(file.parents[1] / "golden.npz") as golden:
        if metadata.read(file).task == "style":
            check_painted(file, golden)
            return
        model = runtime.load(file)
        given = model.predict(golden[model.about.input])
        np.testing.assert_allclose(given, golden[file.stem], atol=0.02)  # other processors round otherwise


def check_painted(file, golden):
    """A painter's picture is the golden one; a file of another size paints its like, larger."""
    from suite.style import artefact

    model = artefact.load(file)
    given = model.paint(golden["image"][0], golden["styles"][0], float(golden["strength"][0, 0]), model.size)
    if file.stem in golden:
        assert np.abs(np.float32(given) - golden[file.stem][0]).mean() < 2  # of 255
    else:
        size = golden["picture"].shape[1]
        smaller = resized(np.float32(given), size, size)
        assert given.shape == (model.size, model.size, 3)
        other = np.corrcoef(smaller.ravel(), golden["picture"][0].ravel())[0, 1]
        plain = np.corrcoef(resized(golden["image"][0], size, size).ravel(), golden["picture"][0].ravel())[0, 1]
        assert other > 0.9 and other > plain + 0.05  # nearer to the golden painting than the photograph itself is


@pytest.mark.parametrize("version", VERSIONS, ids=lambda path: f"{path.parts[-2]}/{path.name}")
def test_a_version_is_small_and_names_no_machine(version):
    files = [path for path in version.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < LARGEST[version.parent.name]
    for path in files:
        if path.suffix in (".md", ".json", ".yaml", ".txt"):
            absolute = re.findall(r"(?:^|[\s\"'(=])/(?!models\b)\w+/", path.read_text())
            assert not absolute, (path, absolute)
    card = (version / "README.md").read_text()
    assert re.search("CC BY|MIT licence|no licence is stated", card) and "not named" not in card
    report = json.loads((version / "report.json").read_text())
    if version.parent.name not in ("style", "go"):  # whose reports have no confusion matrix
        assert report["report"]["labels"] == list(metadata.read(version).labels)


@pytest.mark.parametrize("version", VERSIONS, ids=lambda path: f"{path.parts[-2]}/{path.name}")
def test_a_version_s_configuration_is_read(version):
    task = tasks.get(metadata.read(version).task)
    config = load(task.config, version / "config.yaml", task.option_aliases)
    assert config.model.variant in task.variants and config.training.epochs > 0


def test_a_version_is_scored_on_other_data():
    assert suite.evaluate(ROOT / "digits" / "1", data={"source": "digits"}).accuracy > 0.9


def test_what_people_write_is_understood():
    """Plain sentences written for this test, by the file that `predict` takes and by the one that a phone takes."""
    from suite.artefacts import runtime

    sentences = {
        "negative": (
            *("This is a terrible film.", "I hate waiting for the bus in the rain.", "The battery is awful."),
            *("I am not happy", "I don't love this", "I don't like this", "it isnt good", "This is not a great flight"),
        ),
        "neutral": (
            *("The meeting is on Monday.", "He lives in a house near the river.", "It is not an Italian restaurant"),
        ),
        "positive": (
            *("What a wonderful day!", "I love this phone, it works great.", "A charming and funny story."),
            *("never been better", "I thought this would be bad, but it wasn't", "The crew is not bad"),
        ),
    }
    for mode, limit in {"float16": 4e6, "int8": 2e6}.items():
        file = ROOT / "sentiment" / "2" / "tflite" / f"sentiment_{mode}.tflite"
        assert file.stat().st_size <= limit
        model = runtime.load(file)
        for label, texts in sentences.items():
            given = [model.labels[i] for i in model.predict_raw(texts).argmax(axis=1)]
            assert given == [label] * len(texts), (mode, texts)


@pytest.mark.parametrize("mode", ["float32", "float16", "dynamic", "int8"])
def test_mediapipe_names_the_words_that_are_said(mode):
    """Through the official phone client: words spoken by voices that training did not hear."""
    pytest.importorskip("mediapipe", reason="mediapipe has no wheel here")
    from mediapipe.tasks.python import BaseOptions, audio
    from mediapipe.tasks.python.components.containers import AudioData

    from suite.speech import synthetic

    file = ROOT / "speech" / "2" / "tflite" / f"speech_{mode}.tflite"
    words = [label for label in metadata.read(file).labels if not label.startswith("_")]
    clips = list(synthetic.clips(words, "test", per_word=5, workers=1))
    options = audio.AudioClassifierOptions(base_options=BaseOptions(model_asset_path=str(file)), max_results=1)
    right = 0
    with audio.AudioClassifier.create_from_options(options) as classifier:
        for clip in clips:
            (result,) = classifier.classify(AudioData.create_from_array(clip.waveform / np.float32(32768), 16000))
            right += result.classifications[0].categories[0].category_name == clip.label
    assert right >= 0.8 * len(clips)

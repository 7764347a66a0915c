"""The commands as a person types them, each in a process of its own."""

import json
import resource
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import soundfile

from suite.artefacts import metadata, runtime, tflite_metadata
from suite.speech import synthetic
from suite.speech.synthetic import Voice


def suite(*argv, cwd, **options):
    command = [sys.executable, "-m", "suite.speech", *map(str, argv)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=300, **options)


def refused(result, *told):
    """One line on standard error, status 2, no traceback."""
    assert result.returncode == 2, result.stderr
    lines = [line for line in result.stderr.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1 and "Traceback" not in result.stderr, result.stderr
    for part in told:
        assert part in lines[0], lines[0]


@pytest.fixture
def recording(tmp_path):
    """Somebody's stereo recording at 44.1 kHz with a word in the middle of three seconds."""
    word = synthetic.speak("yes", Voice())
    sound = np.zeros((3 * 22050, 2))
    sound[22050 : 22050 + len(word)] = word[:, None]
    soundfile.write(tmp_path / "word.wav", sound, 22050)
    return tmp_path / "word.wav"


def test_predict_takes_the_newest_version(speech, recording):
    result = suite("predict", recording, recording, cwd=speech.home)
    assert result.returncode == 0, result.stderr
    assert result.stdout.count("word.wav: ") == 2 and "%" in result.stdout


def test_predict_as_json(speech, recording):
    result = suite(
        "predict", recording, "--json", "--model", speech.version / "tflite" / "speech_int8_mcu.tflite", cwd=speech.home
    )
    (prediction,) = json.loads(result.stdout)
    assert set(prediction["probabilities"]) == {"yes", "no", "_unknown_", "_silence_"}
    assert prediction["label"] == max(prediction["probabilities"], key=prediction["probabilities"].get)
    assert sum(prediction["probabilities"].values()) == pytest.approx(1, abs=0.02)
    assert 0 <= prediction["start"] <= 2


def test_eval_writes_a_report(speech, tmp_path):
    result = suite(
        "eval", speech.tflite, "--data.split", "validation", "--report", tmp_path / "r.json", cwd=speech.home
    )
    assert result.returncode == 0, result.stderr
    report = json.loads((tmp_path / "r.json").read_text())
    assert report["split"] == "validation split of synthetic speech" and report["artefact"] == str(speech.tflite)
    assert (tmp_path / "r.png").stat().st_size > 1000
    assert "accuracy" in result.stdout


def test_eval_scores_a_folder_with_some_of_the_labels(speech, recordings):
    root = recordings(yes=10, cat=10)
    result = suite(
        "eval", speech.tflite, "--data.path", root, "--data.split", "all", "-o", root / "r.json", cwd=speech.home
    )
    assert result.returncode == 0, result.stderr
    report = json.loads((root / "r.json").read_text())
    assert {label: row["support"] for label, row in report["per_class"].items()} == {"yes": 10, "_unknown_": 10}


def test_stream_prints_time_word_and_score(speech, recording):
    result = suite("stream", recording, "--threshold", "0.2", "--json", "--model", speech.tflite, cwd=speech.home)
    assert result.returncode == 0, result.stderr
    first = json.loads(result.stdout.splitlines()[0])
    assert set(first) == {"time", "word", "score"} and first["word"] in ("yes", "no") and 0 <= first["time"] <= 3.5


def test_stream_of_some_of_the_words(speech, recording):
    def words(*options):
        command = ("stream", recording, "--threshold", "0.2", "--json", "--model", speech.tflite, *options)
        result = suite(*command, cwd=speech.home)
        assert result.returncode == 0, result.stderr
        return {json.loads(line)["word"] for line in result.stdout.splitlines()}

    every = words()
    for word in ("yes", "no"):
        assert every & {word} <= words("--only", word) <= {word}
    assert every
    refused(suite("stream", recording, "--only", "left", "--model", speech.tflite, cwd=speech.home), "left", "yes, no")


def test_stream_needs_no_tensorflow(speech, recording):
    code = (
        "import sys; from suite.speech.stream import stream; "
        f"stream({str(recording)!r}, model={str(speech.tflite)!r}); "
        "print(sorted({m.partition('.')[0] for m in sys.modules} & {'tensorflow', 'keras', 'librosa', 'sklearn'}))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("sound", [np.zeros(48000), np.sign(np.sin(np.arange(48000) / 3)), np.full(48000, 1.0)])
def test_silence_and_clipping_give_the_detections_of_their_probabilities(speech, tmp_path, sound):
    """No number breaks, and of several words in three seconds there cannot be more than the refractory time allows."""
    soundfile.write(tmp_path / "sound.wav", sound, 16000)
    result = suite("stream", tmp_path / "sound.wav", "--model", speech.tflite, "--json", cwd=speech.home)
    assert result.returncode == 0, result.stderr
    found = [json.loads(line) for line in result.stdout.splitlines()]
    model = runtime.load(speech.tflite)
    probabilities = model.predict_raw(np.lib.stride_tricks.sliding_window_view(np.float32(sound), 16000)[::1600])
    assert np.isfinite(probabilities).all() and np.allclose(probabilities.sum(axis=1), 1, atol=0.02)
    words = probabilities[:, :2].max()
    assert len(found) <= 4 and all(d["score"] <= words + 1e-3 for d in found)
    assert found or words < 0.99


def test_a_stream_of_nothing(speech, tmp_path):
    refused(suite("stream", cwd=speech.home), "name one recording, or give --microphone")
    refused(suite("stream", tmp_path / "nowhere.wav", cwd=speech.home), "nowhere.wav: no such file")


def test_a_microphone_that_is_not_there(speech):
    """Here are neither a microphone nor, maybe, PortAudio."""
    result = suite("stream", "--microphone", cwd=speech.home, stdin=subprocess.DEVNULL)
    refused(result, "microphone")


def test_a_file_that_lies_about_its_sample_rate(speech, tmp_path, recording):
    about = metadata.read(speech.tflite)
    lying = metadata.Metadata("speech", about.labels, "waveform", {**about.settings, "sample_rate": 8000})
    packed = tflite_metadata.pack(speech.tflite, lying, {"waveform": tflite_metadata.Audio(8000)})
    (tmp_path / "lying.tflite").write_bytes(packed)
    for command in ("stream", "predict"):
        refused(suite(command, recording, "--model", tmp_path / "lying.tflite", cwd=tmp_path), "lying.tflite", "8000")


def test_eval_of_a_stream(speech, tmp_path):
    code = (
        "from suite.speech import stream_report; stream_report.SECONDS = 30.0\n"
        "from suite.__main__ import main\n"
        f"main(['speech', 'eval', {str(speech.tflite)!r}, '--data.split', 'validation', '-o', 's.json', '--stream'])"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, capture_output=True)
    content = json.loads((tmp_path / "s.json").read_text())
    assert content["split"] == "validation split of synthetic speech"
    assert content["at_threshold"]["threshold"] == metadata.read(speech.tflite).settings["stream"]["threshold"]
    assert (tmp_path / "s.png").exists()


def test_bench(speech, tmp_path):
    result = suite("bench", speech.version, "--json", "--report", tmp_path / "bench.json", cwd=speech.home)
    assert result.returncode == 0, result.stderr
    measured = json.loads(result.stdout)
    assert measured == json.loads((tmp_path / "bench.json").read_text())
    assert set(measured["latency_ms"]) == {path.name for path in (speech.version / "tflite").iterdir()}
    assert min(measured["pipeline_examples_a_second"], measured["training_steps_a_second"]) > 0
    assert measured["cold_predict_seconds"] > 0


def test_bad_recordings(speech, tmp_path):
    (tmp_path / "text.wav").write_text("not sound")
    refused(suite("predict", tmp_path / "text.wav", cwd=speech.home), "text.wav", "WAV, FLAC, OGG or MP3")
    refused(suite("predict", tmp_path / "nowhere.wav", cwd=speech.home), "nowhere.wav: no such file")
    soundfile.write(tmp_path / "good.wav", np.zeros(16000), 16000)
    result = suite("predict", tmp_path / "text.wav", tmp_path / "good.wav", "--json", cwd=speech.home)
    refused(result, "text.wav")
    assert [p["file"] for p in json.loads(result.stdout)] == [str(tmp_path / "good.wav")]


def test_no_model_yet(tmp_path, recording):
    result = suite("predict", recording, cwd=tmp_path)  # by the model that came with the package
    assert result.returncode == 0 and f"{recording}: " in result.stdout, result.stderr


def test_a_tflite_of_another_task(speech, tmp_path, recording):
    about = metadata.read(speech.tflite)
    other = metadata.Metadata("digits", about.labels, "waveform", about.settings)
    content = {"waveform": tflite_metadata.Audio(16000)}
    (tmp_path / "digits.tflite").write_bytes(tflite_metadata.pack(speech.tflite, other, content))
    refused(
        suite("predict", recording, "--model", tmp_path / "digits.tflite", cwd=tmp_path),
        "digits.tflite",
        "suite.digits",
    )
    refused(suite("eval", tmp_path / "digits.tflite", cwd=tmp_path), "digits.tflite")


def test_a_report_that_cannot_be_written(speech, tmp_path):
    (tmp_path / "file").write_text("in the way")
    result = suite(
        "eval", speech.tflite, "--data.split", "validation", "-o", tmp_path / "file" / "r.json", cwd=speech.home
    )
    refused(result, "file")


def small_files(limit):
    """Writing more than so many bytes into a file fails, as on a full disk."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))


def test_a_full_disk_in_training_leaves_nothing(speech, tmp_path):
    argv = ["train", "--data.words", "yes,no", "--data.per-word", "60", "--data.unknown", "1", "--run", "run"]
    argv += ["--training.epochs", "1", "--training.min-steps", "1"]
    refused(suite(*argv, cwd=tmp_path, preexec_fn=small_files(50_000)))
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_in_an_export_publishes_nothing(speech, tmp_path):
    refused(suite("export", speech.run, "--modes", "int8", cwd=tmp_path, preexec_fn=small_files(20_000)))
    assert list(tmp_path.iterdir()) == []


def test_an_export_that_loses_too_much_publishes_nothing(speech, tmp_path, monkeypatch):
    """The gate, on a run whose int8 file is made to lose by calibrating it on silence."""
    from suite.commands.export import export
    from suite.errors import InputError
    from suite.problems.classification import Limits
    from suite.speech.task import TASK

    monkeypatch.chdir(tmp_path)
    task = replace(TASK, load=quiet_for_calibration(TASK.load))
    with pytest.raises(InputError, match="int8.*nothing is published"):
        export(task, str(speech.run), modes=("int8",), limits=Limits(0.0))
    assert list(tmp_path.iterdir()) == []


def quiet_for_calibration(load):
    def loading(config, split, about=None, limit=None):
        clips = load(config, split, about, limit)
        return replace(clips, raw=np.zeros_like(clips.raw)) if split == "train" else clips

    return loading


@pytest.mark.parametrize("name", ["r.png", ".", "nowhere/r.json"])
def test_a_report_that_would_destroy_something(speech, tmp_path, name):
    refused(suite("eval", speech.tflite, "-o", tmp_path / name, cwd=speech.home))


def test_a_model_without_its_run_needs_data(speech, tmp_path):
    (tmp_path / "model.tflite").write_bytes(speech.tflite.read_bytes())
    (tmp_path.parent / "config.yaml").write_text("server: {port: 1}")  # somebody else's
    refused(suite("eval", tmp_path / "model.tflite", cwd=tmp_path), "--data.path")


def test_options_beside_resume_are_refused(speech):
    refused(suite("train", "--resume", speech.run, "--training.batch", "9", cwd=speech.home), "--resume")


def test_modes_that_are_none(speech):
    refused(suite("export", speech.run, "--modes", "int9", cwd=speech.home), "int9", "float32, float16")

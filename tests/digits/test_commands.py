"""The commands of the digit reader, as a person uses them."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

import suite
from tests import tools


def run(*words: str) -> int:
    return tools.run("digits", *words)


@pytest.fixture
def number(tmp_path) -> Path:
    """A one and a seven, dark on light."""
    drawing = Image.new("RGB", (300, 200), "white")
    pen = ImageDraw.Draw(drawing)
    pen.line([(80, 40), (80, 160)], fill="navy", width=12)
    pen.line([(170, 40), (240, 40), (200, 160)], fill="navy", width=12, joint="curve")
    drawing.save(tmp_path / "number.png")
    return tmp_path / "number.png"


def test_training_learned_something(digits):
    metrics = json.loads((digits.run / "metrics.json").read_text())
    assert metrics["accuracy"] > 0.8 and metrics["n"] == 179


def test_predict_finds_the_digits_of_a_number(digits, number, tmp_path, capsys):
    assert run("predict", str(number), "--model", str(digits.tflite), "--show", str(tmp_path / "seen.png")) == 0
    told = capsys.readouterr().out
    assert "number.png: " in told and len(told.split(": ")[1].split(" ")[0]) == 2
    assert Image.open(tmp_path / "seen.png").width > 200


def test_predict_as_json_without_tensorflow(digits, number):
    code = "import sys; from suite.digits.predict import predict; "
    code += "predict([sys.argv[1]], model=sys.argv[2], json=True); assert 'tensorflow' not in sys.modules"
    command = [sys.executable, "-c", code, str(number), str(digits.tflite)]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    (content,) = json.loads(result.stdout)
    assert len(content["label"]) == len(content["probabilities"]) == 2
    assert set(content["probabilities"][0]) == set("0123456789")


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda path: Image.new("L", (100, 100), 200).save(path), "no digit found"),
        (lambda path: path.write_text("not a picture"), "picture.png"),
        (lambda path: None, "picture.png"),
    ],
)
def test_pictures_that_cannot_be_read(digits, tmp_path, capsys, make, told):
    make(tmp_path / "picture.png")
    assert run("predict", str(tmp_path / "picture.png"), "--model", str(digits.tflite)) == 2
    error = capsys.readouterr().err
    assert told in error and "picture.png" in error and error.count("\n") == 1


def test_eval_with_the_baseline_and_a_report(digits, tmp_path, capsys):
    assert run("eval", str(digits.run), "--baseline", "--report", str(tmp_path / "report.json")) == 0
    told = capsys.readouterr().out
    assert "SVC on 1,259 pictures" in told
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["n"] == 359 and report["accuracy"] > 0.8 and (tmp_path / "report.png").exists()


def test_the_files_say_what_the_run_says(digits):
    accuracy = suite.evaluate(digits.run).accuracy
    files = json.loads((digits.version / "report.json").read_text())["files"]
    assert len(files) == 6
    for file in files:
        path = digits.version / file["file"] if file["file"].endswith(".tflite") else digits.version
        assert suite.evaluate(path).accuracy == pytest.approx(file["accuracy"]["test"], abs=1e-9), file["file"]
        assert abs(file["accuracy"]["test"] - accuracy) <= 1 - file["agreement"]["test"] + 1e-9
        assert file["agreement"]["test"] > 0.98


def test_the_runtime_takes_grey_pictures_for_every_file(digits):
    from suite.artefacts import runtime

    with np.load(digits.version / "golden.npz") as golden:
        for file in (digits.version / "tflite").iterdir():
            model = runtime.load(file)
            given = [model.predict(golden["image"]), model.predict(golden["image"][..., 0])]
            assert np.array_equal(*given)
            np.testing.assert_allclose(given[0], golden["probabilities"], atol=0.1)


@pytest.mark.slow
def test_a_folder_of_pictures_the_whole_way(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for name, colour in (("red", (200, 30, 30)), ("green", (30, 200, 30))):
        (tmp_path / "my" / name).mkdir(parents=True)
        for i in range(12):
            noise = np.random.default_rng(i).integers(0, 55, (40 + i, 30, 3))
            Image.fromarray((noise + colour).astype(np.uint8)).save(tmp_path / "my" / name / f"{i}.jpg")
    assert run("train", "--data.path", "my", "--training.epochs", "25", "--export") == 0
    capsys.readouterr()
    assert run("predict", "my/red/1.jpg", "my/green/2.jpg") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("my/red/1.jpg: red") and lines[1].startswith("my/green/2.jpg: green")


@pytest.mark.slow
def test_pictures_of_96_pixels_reach_the_phone(tmp_path, monkeypatch, capsys):
    """Training, every export, MediaPipe and predict: red discs and blue bars."""
    mediapipe = pytest.importorskip("mediapipe", reason="mediapipe has no wheel here")
    from mediapipe.tasks.python import BaseOptions, vision

    monkeypatch.chdir(tmp_path)
    for name in ("discs", "bars"):
        (tmp_path / "my" / name).mkdir(parents=True)
        for i in range(20):
            x, y = np.random.default_rng(i).integers(40, 80, 2)
            drawing = Image.new("RGB", (120, 120), (240, 240, 220))
            if name == "discs":
                ImageDraw.Draw(drawing).ellipse((x - 30, y - 30, x + 30, y + 30), fill=(180, 30, 30))
            else:
                ImageDraw.Draw(drawing).line((x - 40, y, x + 40, y), fill=(20, 20, 160), width=12)
            drawing.save(tmp_path / "my" / name / f"{i}.png")
    words = ("--data.path", "my", "--data.size", "96", "--training.epochs", "6", "--run", "run")
    assert run("train", *words) == 0 and run("export", "run", "--max-drop", "0.3") == 0
    assert "picture: " in capsys.readouterr().out
    (version,) = (tmp_path / "saved_models" / "digits").iterdir()
    assert len(list((version / "tflite").iterdir())) == 5
    file = version / "tflite" / "digits_int8.tflite"
    assert suite.load(file).inputs == {"image": (96, 96, 3)}
    options = vision.ImageClassifierOptions(base_options=BaseOptions(model_asset_path=str(file)), max_results=1)
    with vision.ImageClassifier.create_from_options(options) as classifier:
        for name in ("discs/3", "bars/5"):
            (result,) = classifier.classify(mediapipe.Image.create_from_file(f"my/{name}.png")).classifications
            assert run("predict", f"my/{name}.png", "--model", str(file), "--json") == 0
            (answer,) = json.loads(capsys.readouterr().out)
            assert answer["label"] == result.categories[0].category_name
    assert suite.evaluate(file, data={"path": "my", "split": "all"}).accuracy > 0.9


def test_describe_tells_the_lectures_shapes(capsys):
    assert run("describe", "--model.variant", "lecture") == 0
    told = capsys.readouterr().out
    shapes = ("28x28x1", "26x26x25", "13x13x25", "11x11x50", "5x5x50", "1250", "100", "10")
    assert [told.index(f" {shape}") for shape in shapes] == sorted(told.index(f" {shape}") for shape in shapes)


def test_bench(digits, tmp_path, monkeypatch):
    from suite.commands import bench

    monkeypatch.setattr(bench, "EXAMPLES", 256)
    monkeypatch.chdir(tmp_path)
    assert run("bench", str(digits.version), "--report", "bench.json") == 0
    measured = json.loads(Path("bench.json").read_text())
    assert measured["training_steps_a_second"] > 0 and len(measured["latency_ms"]) == 5


def test_a_folder_is_prepared_as_the_models_pictures_were(digits, tmp_path, capsys):
    """Dark on light, off-centre: what `predict` reads, `eval` reads too."""
    for digit in ("1", "7"):
        (tmp_path / "my" / digit).mkdir(parents=True)
        for i in range(3):
            drawing = Image.new("L", (200, 150), 240)
            points = [(60 + 9 * i, 30), (60 + 9 * i, 120)]
            if digit == "7":
                points = [(40, 30 + i), (100, 30), (70, 120)]
            ImageDraw.Draw(drawing).line(points, fill=10, width=9, joint="curve")
            drawing.save(tmp_path / "my" / digit / f"{i}.png")
    command = ("eval", str(digits.run), "--data.path", str(tmp_path / "my"), "--data.split", "all")
    assert run(*command, "--report", str(tmp_path / "report.json")) == 0
    capsys.readouterr()
    files = [str(tmp_path / "my" / digit / f"{i}.png") for digit in "17" for i in range(3)]
    assert run("predict", *files, "--model", str(digits.run), "--json") == 0
    read = [prediction["label"] for prediction in json.loads(capsys.readouterr().out)]
    right = np.mean([label == wanted for label, wanted in zip(read, "111777", strict=True)])
    assert json.loads((tmp_path / "report.json").read_text())["accuracy"] == pytest.approx(right)
    assert right > 0


def test_what_the_network_saw_does_not_destroy_a_picture(digits, number, capsys):
    before = number.read_bytes()
    assert run("predict", str(number), "--model", str(digits.tflite), "--show", str(number)) == 2
    assert number.read_bytes() == before


def test_json_stays_json_beside_the_sheet(digits, number, tmp_path, capsys):
    show = ("--json", "--show", str(tmp_path / "seen.png"))
    assert run("predict", str(number), "--model", str(digits.tflite), *show) == 0
    assert len(json.loads(capsys.readouterr().out)) == 1
    assert np.asarray(Image.open(tmp_path / "seen.png").convert("L")).std() > 20


def test_settings_of_a_folder_are_refused_elsewhere():
    assert run("train", "--data.prepare", "picture") == 2


@pytest.mark.parametrize(
    ("words", "told"),
    [(("--model", "nonsense"), "model: no such option"), (("saved_models/absent",), "saved_models/absent")],
)
def test_a_bench_that_cannot_be(words, told, capsys):
    assert run("bench", *words) == 2
    error = capsys.readouterr().err
    assert told in error and error.count("\n") == 1


def test_a_bench_of_another_task(speech, capsys):
    assert run("bench", str(speech.version)) == 2
    assert "python -m suite.speech" in capsys.readouterr().err


def test_phones_average_the_colours(digits):
    from suite.artefacts import runtime

    coloured = np.random.default_rng(0).integers(0, 256, (3, 28, 28, 3), np.uint8)
    grey = runtime.load(digits.run).predict(coloured.mean(axis=3))
    for mode, tolerance in {"float32": 1e-4, "float16": 0.01, "int8": 0.15}.items():
        file = digits.version / "tflite" / f"digits_{mode}.tflite"
        np.testing.assert_allclose(runtime.load(file).predict(coloured), grey, atol=tolerance)

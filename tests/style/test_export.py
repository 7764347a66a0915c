"""`export` and `eval`: what a version holds, that its files paint as the model does, and the painter beside Gatys."""

import json
from dataclasses import replace

import numpy as np
import pytest

import suite
from suite.artefacts import metadata, runtime
from suite.errors import InputError
from suite.problems import image_translation
from suite.problems.image_translation import Limits
from suite.style import artefact, images
from suite.style.config import EvalOptions, ExportOptions
from suite.style.eval import report


def test_what_a_version_holds(style):
    names = {path.name for path in style.version.iterdir()}
    assert names >= {
        "saved_model.pb",
        "README.md",
        "labels.txt",
        "config.yaml",
        "report.json",
        "golden.npz",
        "sheet.png",
    }
    files = {path.name for path in (style.version / "tflite").iterdir()}
    assert files == {f"style_{size}_{mode}.tflite" for size in (48, 64) for mode in ("float32", "float16", "int8")}
    for file in files:
        about = metadata.read(style.version / "tflite" / file)
        assert about.labels == ("style_0", "style_1") and about.output == "picture"
    report = json.loads((style.version / "report.json").read_text())
    floats = [row for row in report["files"] if "int8" not in row["file"]]
    assert len(report["files"]) == 7 and all(row["psnr"]["validation"] > 45 for row in floats)
    card = (style.version / "README.md").read_text()
    assert "`style_0`, `style_1`" in card and "style_48_float32.tflite" in card and str(style.home) not in card
    assert str(style.home) not in (style.version / "config.yaml").read_text()


def test_files_hold_builtin_operations_alone_and_bytes_go_in_and_out(style):
    from ai_edge_litert.interpreter import Interpreter

    for file in (style.version / "tflite").iterdir():
        interpreter = Interpreter(str(file))
        interpreter.allocate_tensors()
        runner = interpreter.get_signature_runner("serving_default")
        given, out = runner.get_input_details(), runner.get_output_details()
        assert set(given) == {"image", "styles", "strength"} and set(out) == {"picture"}
        assert given["image"]["dtype"] == out["picture"]["dtype"] == np.uint8


def test_phones_can_read_the_names_of_the_styles(style):
    """By the official schema of TFLite metadata."""
    schema = pytest.importorskip("mediapipe.tasks.metadata.metadata_schema_py_generated")
    from ai_edge_litert.schema_py_generated import Model

    model = Model.GetRootAs((style.version / "tflite" / "style_64_float32.tflite").read_bytes())
    entries = [model.Metadata(i) for i in range(model.MetadataLength())]
    (number,) = [entry.Buffer() for entry in entries if entry.Name() == b"TFLITE_METADATA"]
    told = schema.ModelMetadataT.InitFromPackedBuf(model.Buffers(number).DataAsNumpy().tobytes())
    (graph,) = told.subgraphMetadata
    given = {tensor.name: tensor for tensor in graph.inputTensorMetadata}
    tensors = [model.Subgraphs(0).Tensors(i).Name().decode() for i in model.Subgraphs(0).InputsAsNumpy()]
    assert [name.decode() in tensor for name, tensor in zip(given, tensors, strict=True)] == [True] * 3
    assert given[b"styles"].associatedFiles[0].name == b"labels.txt" and not given[b"strength"].associatedFiles
    assert [tensor.name for tensor in graph.outputTensorMetadata] == [b"picture"]


def test_golden_pictures_are_painted_again(style):
    with np.load(style.version / "golden.npz") as golden:
        for file in sorted((style.version / "tflite").glob("style_48_*")):
            model = artefact.load(file)
            given = model.run(np.float32(golden["image"][0]), golden["styles"][0], float(golden["strength"][0, 0]))
            assert np.abs(given - golden[file.stem][0]).mean() < 1


def test_a_file_that_paints_otherwise_is_not_published(style, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="int8.tflite has .* dB.*nothing is published"):
        suite.export(style.run, modes=("int8",), options=ExportOptions((48,)), limits=Limits(98))
    assert not list(tmp_path.iterdir())
    with pytest.raises(InputError, match="int4"):
        suite.export(style.run, modes=("int4",))
    with pytest.raises(InputError, match="multiples of 4"):
        ExportOptions((50,))


def test_psnr_is_that_of_the_books():
    black, grey = np.zeros((4, 4, 3), np.uint8), np.full((4, 4, 3), 16, np.uint8)
    assert image_translation.psnr(black, black) == 99
    assert image_translation.psnr(black, grey) == pytest.approx(20 * np.log10(255 / 16))


@pytest.mark.parametrize("form", ["run", "tflite"])
def test_a_painter_is_held_against_gatys(style, net, tmp_path, form, capsys):
    artefact, data = style.run, {}
    if form == "tflite":  # a version names the folders of its photographs and paintings, but not where they are
        artefact = style.version / "tflite" / "style_64_float32.tflite"
        data = {"path": str(style.home / "photographs"), "styles": (str(style.home / "paintings"),)}
    sheet, written = tmp_path / "sheet.png", tmp_path / "report.json"
    options = EvalOptions(pairs=2, size=64, steps=(1, 3), net=net.net, sheet=str(sheet))
    result = suite.evaluate(artefact, data=data, options=options, report=str(written))
    assert set(result.ratios) == {"1", "3"}
    for steps, parts in result.ratios.items():  # Gatys betters with its steps, so the painter's ratio grows
        means = result.losses["painter"]["total"] / result.losses[steps]["total"]
        assert parts["total"] == pytest.approx(means, rel=0.3)
    assert result.losses["3"]["total"] < result.losses["1"]["total"] and result.seconds["3"] > result.seconds["1"]
    assert json.loads(written.read_text())["pairs"][0]["style"] == "style_0"
    assert images.read(sheet).shape[:2] == (5 * 64 + 14, 2 * 64)
    assert "Gatys 3 steps" in capsys.readouterr().out


def test_a_style_is_held_against_gatys_by_its_own_content_weight(trained, configured, tmp_path):
    options = EvalOptions(pairs=2, size=64, steps=(8,), sheet=str(tmp_path / "sheet.png"))
    heavy = replace(configured, loss=replace(configured.loss, contents=("style_1=50",)))
    plain, weighed = (report(runtime.load(trained), c, "validation", options) for c in (configured, heavy))
    assert plain.losses["painter"]["content"] == weighed.losses["painter"]["content"]
    assert plain.losses["painter"]["total"] < weighed.losses["painter"]["total"]
    assert weighed.losses["8"]["content"] < 0.9 * plain.losses["8"]["content"]


def test_eval_needs_the_paintings(style, tmp_path):
    data = {"styles": (str(style.home / "photographs"),)}
    with pytest.raises(InputError, match="no painting called style_0"):
        suite.evaluate(style.run, data=data, options=EvalOptions(sheet=str(tmp_path / "sheet.png")))

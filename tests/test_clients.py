"""The exports of every task in the clients that will run them; where one has no wheel its test skips and says so."""

import json
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from concurrent import futures
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from suite.artefacts import metadata

EXPORTS = ("speech", "digits", "sentiment")  # a fixture for each task
INTEGER = ("speech", "digits")  # that have a file for microcontrollers


@dataclass(frozen=True)
class Export:
    """A published version and its golden inputs and outputs."""

    version: Path
    about: metadata.Metadata
    golden: dict

    @property
    def asked(self) -> str:
        """Input of the SavedModel's serving_default; of a text classifier the texts."""
        return "text" if self.about.input == "ids" else self.about.input

    @property
    def inputs(self) -> np.ndarray:
        rows = self.golden[self.asked]
        return rows.astype(object) if self.asked == "text" else rows.astype(np.float32)

    @property
    def expected(self) -> np.ndarray:
        return self.golden["probabilities"]

    def tflite(self, mode: str) -> Path:
        return self.version / "tflite" / f"{self.about.task}_{mode}.tflite"

    def phone_inputs(self) -> np.ndarray:
        """Input of a phone's file; grey pictures in three channels."""
        rows = self.golden[self.about.input]
        return np.repeat(rows, 3, axis=3) if self.about.task == "digits" else rows


@pytest.fixture(params=EXPORTS)
def export(request) -> Export:
    version = request.getfixturevalue(request.param).version
    with np.load(version / "golden.npz") as golden:
        return Export(version, metadata.read(version), dict(golden))


@pytest.mark.parametrize("mode", ["float32", "float16", "dynamic", "int8"])
def test_mediapipe_classifies_sound(speech, mode):
    """The official phone client reads rate and labels from the file, and names the suite's label."""
    pytest.importorskip("mediapipe", reason="mediapipe has no wheel here")
    from mediapipe.tasks.python import BaseOptions, audio
    from mediapipe.tasks.python.components.containers import AudioData

    golden = np.load(speech.version / "golden.npz")
    file = speech.version / "tflite" / f"speech_{mode}.tflite"
    options = audio.AudioClassifierOptions(base_options=BaseOptions(model_asset_path=str(file)))
    with audio.AudioClassifier.create_from_options(options) as classifier:
        for waveform, expected in zip(golden["waveform"], golden[f"speech_{mode}"], strict=True):
            (result,) = classifier.classify(AudioData.create_from_array(waveform, 16000))
            scores = {c.category_name: c.score for c in result.classifications[0].categories}
            labels = metadata.read(file).labels
            np.testing.assert_allclose([scores[label] for label in labels], expected, atol=0.02)
            assert max(scores, key=scores.get) == labels[int(np.argmax(expected))]


@pytest.mark.parametrize("mode", ["float32", "float16", "dynamic", "int8"])
def test_mediapipe_classifies_pictures(digits, mode):
    """Grey pictures as colour ones; a larger one is made smaller by the client."""
    mediapipe = pytest.importorskip("mediapipe", reason="mediapipe has no wheel here")
    from mediapipe.tasks.python import BaseOptions, vision

    golden = np.load(digits.version / "golden.npz")
    file = digits.version / "tflite" / f"digits_{mode}.tflite"
    options = vision.ImageClassifierOptions(base_options=BaseOptions(model_asset_path=str(file)))
    labels = metadata.read(file).labels
    with vision.ImageClassifier.create_from_options(options) as classifier:
        for picture, expected in zip(golden["image"], golden[f"digits_{mode}"], strict=True):
            for factor in (1, 4):
                pixels = np.ascontiguousarray(np.repeat(np.kron(picture, np.ones((factor, factor, 1))), 3, axis=2))
                image = mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=pixels.astype(np.uint8))
                (result,) = classifier.classify(image).classifications
                scores = {c.category_name: c.score for c in result.categories}
                tolerance = 0.02 if factor == 1 else 0.3
                np.testing.assert_allclose([scores[label] for label in labels], expected, atol=tolerance)


@pytest.mark.parametrize("mode", ["float32", "float16", "dynamic", "int8"])
def test_mediapipe_classifies_texts(sentiment, mode):
    """The client looks the words up itself: it is given the texts as they are."""
    pytest.importorskip("mediapipe", reason="mediapipe has no wheel here")
    from mediapipe.tasks.python import BaseOptions, text

    golden = np.load(sentiment.version / "golden.npz")
    file = sentiment.version / "tflite" / f"sentiment_{mode}.tflite"
    labels = metadata.read(file).labels
    options = text.TextClassifierOptions(base_options=BaseOptions(model_asset_path=str(file)))
    with text.TextClassifier.create_from_options(options) as classifier:
        for sentence, expected in zip(golden["text"], golden[f"sentiment_{mode}"], strict=True):
            (result,) = classifier.classify(str(sentence)).classifications
            scores = {c.category_name: c.score for c in result.categories}
            np.testing.assert_allclose([scores[label] for label in labels], expected, atol=0.02)


@pytest.mark.parametrize("export", INTEGER, indirect=True)
def test_tflite_micro_runs_the_integer_file(export):
    runtime = pytest.importorskip(
        "tflite_micro.python.tflite_micro.runtime", reason="tflite-micro has no wheel for this platform"
    )
    from suite.artefacts import runtime as ours

    file = export.tflite("int8_mcu")
    interpreter = runtime.Interpreter.from_file(str(file))
    source, target = interpreter.get_input_details(0), interpreter.get_output_details(0)
    model = ours.load(file)
    for row in export.golden[model.about.input]:
        scale, zero = (
            source["quantization_parameters"]["scales"][0],
            source["quantization_parameters"]["zero_points"][0],
        )
        interpreter.set_input(np.clip(np.round(row[None] / scale) + zero, -128, 127).astype(np.int8), 0)
        interpreter.invoke()
        scale, zero = (
            target["quantization_parameters"]["scales"][0],
            target["quantization_parameters"]["zero_points"][0],
        )
        given = (interpreter.get_output(0)[0].astype(np.float32) - zero) * scale
        np.testing.assert_allclose(given, model.predict(row[None])[0], atol=0.05)  # a few quantised steps


@pytest.fixture(scope="module")
def old_python(tmp_path_factory) -> Path:
    """A Python with tflite-runtime 2.14 of 2023, the last one before LiteRT."""
    if not (python := shutil.which("python3.11")):
        pytest.skip("tflite-runtime 2.14 needs Python 3.11")
    home = tmp_path_factory.mktemp("old_runtime")
    subprocess.run([python, "-m", "venv", str(home)], check=True)
    command = [home / "bin" / "pip", "install", "--quiet", "tflite-runtime==2.14.0", "numpy<2"]
    if subprocess.run(command, capture_output=True).returncode:
        pytest.skip("tflite-runtime 2.14 has no wheel here")
    return home / "bin" / "python"


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["float32", "float16", "dynamic", "int8"])
def test_a_runtime_before_litert(export, mode, old_python, tmp_path):
    inputs, result, code = tmp_path / "in.npy", tmp_path / "out.npy", Path(__file__).with_name("old_runtime.py")
    np.save(inputs, export.phone_inputs())
    command = [old_python, code, export.tflite(mode), inputs, result]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    np.testing.assert_allclose(np.load(result), export.golden[f"{export.about.task}_{mode}"], atol=0.05)


def test_openvino_reads_the_saved_model_and_the_files(export):
    openvino = pytest.importorskip("openvino", reason="openvino has no wheel here")
    core = openvino.Core()
    files = [(export.tflite("float32"), 1e-3), (export.tflite("int8"), 0.1)]
    sources = [(*file, export.phone_inputs()) for file in files]
    if export.asked != "text":  # OpenVINO has no hash tables
        sources.append((export.version, 1e-3, export.inputs))
    for path, tolerance, rows in sources:
        exact = {"INFERENCE_PRECISION_HINT": "f32"}  # some processors would take bfloat16
        compiled = core.compile_model(core.read_model(str(path)), "CPU", exact)
        for row, expected in zip(rows, export.expected, strict=True):
            kind = compiled.input(0).get_element_type().to_dtype()
            given = next(iter(compiled(row[None].astype(kind)).values()))[0]
            np.testing.assert_allclose(given, expected, atol=tolerance, err_msg=str(path))


def test_openvino_paints(style):
    openvino = pytest.importorskip("openvino", reason="openvino has no wheel here")
    core = openvino.Core()
    with np.load(style.version / "golden.npz") as golden:
        for path, tolerance in ((style.version, 1), (style.version / "tflite" / "style_48_float32.tflite", 2)):
            compiled = core.compile_model(core.read_model(str(path)), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
            given = {}
            for port in compiled.inputs:
                name = next(n for n in ("image", "styles", "strength") if any(n in known for known in port.names))
                given[port] = golden[name].astype(port.get_element_type().to_dtype())
            painted = next(iter(compiled(given).values()))
            assert np.abs(painted - np.float32(golden["picture"])).max() <= tolerance, path


def test_tensorflows_cpp_loader_without_python_tensorflow(export, tmp_path):
    """TF Serving's own loader, through the C API of the wheel's library, in a process of its own."""
    given = _by_cpp_loader(export.version, {export.asked: export.golden[export.asked]}, "probabilities", tmp_path)
    np.testing.assert_allclose(given, export.expected, atol=1e-5)


def test_tensorflows_cpp_loader_paints(style, tmp_path):
    with np.load(style.version / "golden.npz") as golden:
        inputs = {name: golden[name] for name in ("image", "styles", "strength")}
        painted = _by_cpp_loader(style.version, inputs, "picture", tmp_path)
        assert np.abs(painted - golden["picture"]).max() < 1  # which is rounded


def _by_cpp_loader(version: Path, inputs: dict[str, np.ndarray], output: str, folder: Path) -> np.ndarray:
    """Outputs of serving_default for named inputs."""
    from tensorflow.core.protobuf import saved_model_pb2

    proto = saved_model_pb2.SavedModel.FromString((version / "saved_model.pb").read_bytes())
    signature = proto.meta_graphs[0].signature_def["serving_default"]
    given = []
    for name, array in inputs.items():
        np.save(folder / f"{name}.npy", array)
        given.append(f"{signature.inputs[name].name}={folder / name}.npy")
    code, result = Path(__file__).with_name("cpp_loader.py"), folder / "result.npy"
    command = [sys.executable, str(code), str(version), signature.outputs[output].name, str(result), *given]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    return np.load(result)


def test_weights_are_saved_once(export):
    file = next((export.version / "variables").glob("variables.data*"))
    assert file.stat().st_size < 1.2 * 4 * export.about.settings["parameters"] + 10_000


def test_warm_up_requests_can_be_replayed(export):
    import tensorflow as tf
    from tensorflow_serving.apis import prediction_log_pb2

    file = export.version / "assets.extra" / "tf_serving_warmup_requests"
    logs = [prediction_log_pb2.PredictionLog.FromString(r.numpy()) for r in tf.data.TFRecordDataset(str(file))]
    assert logs
    loaded = tf.saved_model.load(str(export.version))
    for log in logs:
        request = log.predict_log.request
        assert request.model_spec.name == export.about.task
        arguments = {name: tf.constant(tf.make_ndarray(proto)) for name, proto in request.inputs.items()}
        answer = loaded.signatures[request.model_spec.signature_name](**arguments)["probabilities"].numpy()
        np.testing.assert_allclose(answer, export.expected[: len(answer)], atol=1e-5)


def test_signatures_are_named_and_their_batch_is_dynamic(export):
    import tensorflow as tf

    signatures = tf.saved_model.load(str(export.version)).signatures
    (spec,) = signatures["serving_default"].structured_input_signature[1].values()
    assert spec.name == export.asked and spec.shape[0] is None
    for batch in (1, 3):
        rows = np.resize(export.inputs, (batch, *export.inputs.shape[1:]))
        assert signatures["serving_default"](**{spec.name: tf.constant(rows)})["probabilities"].shape[0] == batch


def test_a_model_server_answers_over_rest_and_grpc(export):
    """Where a tensorflow_model_server is on the PATH."""
    server = shutil.which("tensorflow_model_server")
    if not server:
        pytest.skip("no tensorflow_model_server on the PATH")
    rest, grpc = _free_port(), _free_port()
    base, task = export.version.parent.resolve(), export.about.task
    command = [server, f"--rest_api_port={rest}", f"--port={grpc}", f"--model_name={task}", f"--model_base_path={base}"]
    process = subprocess.Popen(command)
    try:
        body = json.dumps({"instances": export.inputs.tolist()}).encode()
        answer = _ask_rest(f"http://127.0.0.1:{rest}/v1/models/{task}:predict", body)
        np.testing.assert_allclose(answer["predictions"], export.expected, atol=1e-4)
        np.testing.assert_allclose(_ask_grpc(grpc, export), export.expected, atol=1e-4)
    finally:
        process.terminate()
        process.wait()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def _ask_rest(url: str, body: bytes) -> dict:
    for _ in range(60):
        try:
            with urllib.request.urlopen(url, body) as response:
                return json.load(response)
        except OSError:
            time.sleep(1)
    raise AssertionError(f"{url} did not answer in a minute")


def _ask_grpc(port: int, export: Export) -> np.ndarray:
    import grpc
    import tensorflow as tf
    from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc

    request = predict_pb2.PredictRequest()
    request.model_spec.name = export.about.task
    request.model_spec.signature_name = "serving_default"
    request.inputs[export.asked].CopyFrom(tf.make_tensor_proto(export.inputs))
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        answer = prediction_service_pb2_grpc.PredictionServiceStub(channel).Predict(request, timeout=60)
    return tf.make_ndarray(answer.outputs["probabilities"])


def test_the_grpc_client_speaks_to_a_server(export):
    """The same client stub against a server that answers with the SavedModel itself: request and names are right."""
    import grpc
    import tensorflow as tf
    from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc

    signature = tf.saved_model.load(str(export.version)).signatures["serving_default"]

    class Service(prediction_service_pb2_grpc.PredictionServiceServicer):
        def Predict(self, request, context):
            arguments = {name: tf.constant(tf.make_ndarray(value)) for name, value in request.inputs.items()}
            answer = predict_pb2.PredictResponse()
            for name, value in signature(**arguments).items():
                answer.outputs[name].CopyFrom(tf.make_tensor_proto(value))
            return answer

    with futures.ThreadPoolExecutor(1) as pool:
        server = grpc.server(pool)
        prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(Service(), server)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        try:
            np.testing.assert_allclose(_ask_grpc(port, export), export.expected, atol=1e-5)
        finally:
            server.stop(None)


def test_the_card_says_how_to_use_the_version(export):
    card = (export.version / "README.md").read_text()
    if export.about.task in INTEGER:
        assert re.search(r"TFLite Micro needs an arena of [\d,]+ bytes|was not measured", card)
    for part in ("docker run", "curl", ":predict", "kotlin", *export.about.labels):
        assert part in card
    assert (export.version / "labels.txt").read_text().split() == list(export.about.labels)

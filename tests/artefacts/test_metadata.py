"""What model files say of themselves, to all who read it: the suite, MediaPipe, LiteRT, tflite-micro."""

import io
import json
import subprocess
import sys
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from suite.artefacts import metadata
from suite.artefacts.metadata import Metadata

SPEECH = Metadata(
    task="speech",
    labels=("no", "yes", "_unknown_"),
    input="waveform",
    settings={"sample_rate": 16000, "samples": 16000, "features": {"bands": 40}, "threshold": 0.5},
    name="Keywords",
    description="Tells two words apart.",
    version="1",
    author="The suite",
    licence="MIT",
)
SCALE = [127.5, 127.5, 127.5]
IMAGE = Metadata("digits", ("red", "green", "blue"), "image", {"mean": SCALE, "std": SCALE}, name="Colours")
TEXT = Metadata(
    "sentiment",
    ("negative", "positive"),
    "ids",
    {"vocabulary": ["<PAD>", "<UNKNOWN>", "bad", "good", "café"]},
)


def converted(function, shape, dtype="float32", samples=None) -> bytes:
    """The function as a .tflite file; with samples, in whole numbers from end to end."""
    import tensorflow as tf

    module = tf.Module()
    signature = [tf.TensorSpec(shape, dtype, name="x")]
    module.call = tf.function(function, input_signature=signature, autograph=False)
    converter = tf.lite.TFLiteConverter.from_concrete_functions([module.call.get_concrete_function()], module)
    if samples is not None:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = lambda: ([sample] for sample in samples)
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = converter.inference_output_type = tf.int8
    return converter.convert()


def sound(label: int) -> np.ndarray:
    """A waveform that the speech model takes for the label: loud in the first, second or last third."""
    waveform = np.zeros((1, 16000), np.float32)
    waveform[:, label * 5000 : (label + 1) * 5000] = 0.9
    return waveform


def speech_function(x):
    import tensorflow as tf

    weights = np.concatenate([sound(label) for label in range(3)]).T / 1000
    return tf.nn.softmax(tf.matmul(x, tf.constant(weights)))


@pytest.fixture(scope="module")
def speech() -> bytes:
    return converted(speech_function, [1, 16000])


@pytest.fixture(scope="module")
def speech_int8() -> bytes:
    return converted(speech_function, [1, 16000], samples=[sound(label) for label in range(3)])


@pytest.fixture(scope="module")
def image() -> bytes:
    import tensorflow as tf

    return converted(lambda x: tf.nn.softmax(10 * tf.reduce_mean(x, [1, 2])), [1, 8, 8, 3])


@pytest.fixture(scope="module")
def text() -> bytes:
    import tensorflow as tf

    table = tf.constant([[0, 0], [0, 0], [9, 0], [0, 9], [0, 9]], tf.float32)
    return converted(lambda x: tf.nn.softmax(tf.reduce_mean(tf.gather(table, x), 1)), [1, 4], "int32")


@pytest.fixture
def packed(speech, tmp_path):
    """A .tflite file with metadata, as `read` is given it."""
    path = tmp_path / "speech.tflite"
    path.write_bytes(metadata.pack(speech, SPEECH))
    return path


def outputs(model: bytes, value: np.ndarray) -> np.ndarray:
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=model)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], value)
    interpreter.invoke()
    return interpreter.get_tensor(interpreter.get_output_details()[0]["index"])


def with_suite_json(packed, content: bytes):
    """The packed file with another suite.json."""
    with zipfile.ZipFile(packed) as archive:
        labels = archive.read("labels.txt")
        end = min(info.header_offset for info in archive.infolist())
    result = io.BytesIO(packed.read_bytes()[:end])
    with zipfile.ZipFile(result, "a") as archive:
        archive.writestr("labels.txt", labels)
        archive.writestr("suite.json", content)
    packed.write_bytes(result.getvalue())
    return packed


def test_imports_no_tensorflow():
    code = "import sys, suite.artefacts.metadata; print(*{'tensorflow', 'keras', 'numpy'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "\n"


class TestJson:
    def test_round_trip(self):
        assert Metadata.from_json(SPEECH.to_json()) == SPEECH
        assert Metadata.from_json(TEXT.to_json().encode()) == TEXT

    def test_same_text_for_the_same_metadata(self):
        other = replace(SPEECH, settings=dict(reversed(SPEECH.settings.items())))
        assert other.to_json() == SPEECH.to_json()

    def test_settings_are_a_copy_as_json_gives_them_back(self):
        settings = {"sample_rate": 16000, "band": (20, 4000)}
        taken = Metadata("speech", ("a", "b"), "log_mel", settings)
        settings["sample_rate"] = 8000
        assert taken.settings == {"sample_rate": 16000, "band": [20, 4000]}

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"labels": []}, "labels must be a list of one text or more"),
            ({"labels": "yes"}, "labels must be a list of one text or more"),
            ({"labels": ["yes", 1]}, "labels must be a list of one text or more"),
            ({"labels": ["yes", "yes"]}, "'yes' is there twice"),
            ({"labels": ["yes", "n\no"]}, "must each be a line"),
            ({"labels": ["yes", ""]}, "must each be a line"),
            ({"labels": ["yes", "no "]}, "must each be a line"),
            ({"task": 3}, "task must be str, not 3"),
            ({"task": ""}, "task and input must not be empty"),
            ({"settings": [1]}, "settings must be dict"),
            ({"licence": None}, "licence must be str"),
            ({"format": 2}, "format 2"),
            ({"format": True}, "format True"),
            ({"labelz": []}, "unknown field 'labelz'"),
        ],
    )
    def test_refuses_what_cannot_be(self, change, message):
        content = json.loads(SPEECH.to_json()) | change
        with pytest.raises(ValueError, match=message):
            Metadata.from_json(json.dumps(content))

    @pytest.mark.parametrize("missing", ["task", "labels", "input", "format"])
    def test_refuses_what_is_not_whole(self, missing):
        content = json.loads(SPEECH.to_json())
        del content[missing]
        with pytest.raises(ValueError, match=missing):
            Metadata.from_json(json.dumps(content))

    @pytest.mark.parametrize("text", ["", "{", "[]", b"\xff\xfe\xfd", "[" * 100_000, '{"format": NaN}'])
    def test_refuses_what_is_not_json(self, text):
        with pytest.raises(ValueError, match=r"JSON|format nan"):
            Metadata.from_json(text)

    @pytest.mark.parametrize("value", [float("nan"), np.float32(1), {1, 2}])
    def test_refuses_settings_that_json_cannot_hold(self, value):
        with pytest.raises(ValueError, match="settings must be what JSON can hold"):
            replace(SPEECH, settings={"value": value})


class TestPack:
    def test_round_trip(self, packed):
        assert metadata.read(packed) == SPEECH

    def test_same_outputs(self, speech, packed):
        np.testing.assert_array_equal(outputs(packed.read_bytes(), sound(1)), outputs(speech, sound(1)))

    def test_same_bytes_for_the_same_arguments(self, speech, packed, tmp_path):
        (tmp_path / "bare.tflite").write_bytes(speech)
        assert metadata.pack(speech, SPEECH) == packed.read_bytes()
        assert metadata.pack(str(tmp_path / "bare.tflite"), SPEECH) == packed.read_bytes()

    def test_replaces_metadata_that_is_there(self, speech, packed):
        other = replace(SPEECH, labels=("ja", "nein", "_unknown_"))
        assert metadata.pack(packed, other) == metadata.pack(speech, other)
        assert metadata.pack(packed, SPEECH) == packed.read_bytes()

    def test_attaches_files(self, speech):
        content = metadata.pack(speech, SPEECH, {"README.md": b"# Keywords"})
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            assert archive.namelist() == ["labels.txt", "suite.json", "README.md"]
            assert archive.read("labels.txt") == b"no\nyes\n_unknown_\n"
            assert archive.read("README.md") == b"# Keywords"
            assert {info.date_time[0] for info in archive.infolist()} == {1980}
            assert archive.testzip() is None

    def test_keeps_the_runtime_version(self, speech, packed, tmp_path):
        (tmp_path / "bare.tflite").write_bytes(speech)
        version = metadata.min_runtime_version(packed)
        assert version and version == metadata.min_runtime_version(tmp_path / "bare.tflite")

    def test_lays_weights_where_a_microcontroller_can_use_them(self, packed):
        from ai_edge_litert.schema_py_generated import Model

        model = Model.GetRootAs(packed.read_bytes())
        tables = [model.Buffers(i)._tab for i in range(model.BuffersLength())]
        places = [table.Vector(table.Offset(4)) for table in tables if table.Offset(4)]
        assert len(places) > 2 and not any(place % 16 for place in places)

    def test_names_tensors_by_their_layers_and_ends_as_they_were(self, speech, packed):
        from ai_edge_litert.schema_py_generated import ModelT

        (before,), (after,) = (ModelT.InitFromPackedBuf(data).subgraphs for data in (speech, packed.read_bytes()))
        names = [tensor.name for tensor in after.tensors]
        assert len(set(names)) == len(names) and not any(b";" in name for name in names)
        ends = [*before.inputs, *before.outputs]
        assert [names[i] for i in ends] == [before.tensors[i].name for i in ends]

    def test_names_of_tensors_are_short(self, digits):
        from ai_edge_litert.schema_py_generated import ModelT

        model = ModelT.InitFromPackedBuf((digits.version / "tflite" / "digits_int8.tflite").read_bytes())
        names = [tensor.name.decode() for tensor in model.subgraphs[0].tensors]
        assert {"b1_act_1", "b2_conv_1", "b2_act_1:1"} <= set(names) and max(map(len, names)) < 40

    @pytest.mark.parametrize("source", ["speech", "image", "text", "features"])
    def test_says_what_the_official_schema_says(self, source, request):
        schema = pytest.importorskip("mediapipe.tasks.metadata.metadata_schema_py_generated")
        from ai_edge_litert.schema_py_generated import Model

        features = Metadata("speech", SPEECH.labels, "log_mel")
        about = {"speech": SPEECH, "image": IMAGE, "text": TEXT, "features": features}[source]
        content = metadata.pack(request.getfixturevalue(source.replace("features", "image")), about)
        model = Model.GetRootAs(content)
        entries = [model.Metadata(i) for i in range(model.MetadataLength())]
        (number,) = [entry.Buffer() for entry in entries if entry.Name() == b"TFLITE_METADATA"]
        buffer = model.Buffers(number).DataAsNumpy().tobytes()
        assert buffer[4:8] == b"M001"
        read = schema.ModelMetadataT.InitFromPackedBuf(buffer)
        assert (read.name or b"").decode() == about.name
        assert (read.author, read.license) == ((b"The suite", b"MIT") if source == "speech" else (None, None))
        assert [file.name for file in read.associatedFiles] == [b"suite.json"]
        (graph,) = read.subgraphMetadata
        (taken,), (given,) = graph.inputTensorMetadata, graph.outputTensorMetadata
        assert (taken.name.decode(), given.name) == (about.input, b"probabilities")
        assert taken.description and given.description
        (file,) = given.associatedFiles
        assert (file.name, file.type) == (b"labels.txt", schema.AssociatedFileType.TENSOR_AXIS_LABELS)
        properties = taken.content.contentProperties
        if source == "speech":
            assert (properties.sampleRate, properties.channels, read.minParserVersion) == (16000, 1, b"1.3.0")
        elif source == "image":
            (unit,) = taken.processUnits
            assert properties.colorSpace == schema.ColorSpaceType.RGB
            assert (list(unit.options.mean), list(unit.options.std)) == (SCALE, SCALE)
        elif source == "text":
            (unit,) = taken.processUnits
            assert unit.options.delimRegexPattern == rb"[^\w\']+"
            (file,) = unit.options.vocabFile
            assert (file.name, file.type) == (b"vocab.txt", schema.AssociatedFileType.VOCABULARY)
        else:
            assert isinstance(properties, schema.FeaturePropertiesT) and read.minParserVersion == b"1.0.0"

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"labels": ("no", "yes")}, "the model has 3 outputs, but its metadata names 2 labels"),
            ({"settings": {"sample_rate": 16000, "samples": 8000}}, "takes 16000 samples, .* says 8000"),
            ({"settings": {}}, "sample_rate"),
            ({"settings": {"sample_rate": 16000.0}}, "sample_rate"),
        ],
    )
    def test_refuses_metadata_that_does_not_fit(self, speech, change, message):
        with pytest.raises(ValueError, match=message):
            metadata.pack(speech, replace(SPEECH, **change))

    @pytest.mark.parametrize(
        ("vocabulary", "message"),
        [
            (None, "vocabulary must be a list"),
            (["bad", "good"], "must begin with <PAD> and <UNKNOWN>"),
            (["<PAD>", "<UNKNOWN>", "not good"], "'not good' is not one"),
            (["<PAD>", "<UNKNOWN>", "good", "good"], "'good' is there twice"),
            (["<PAD>", "<UNKNOWN>", ""], "must each be a line"),
        ],
    )
    def test_refuses_a_vocabulary_that_would_kill_a_phone_app(self, text, vocabulary, message):
        with pytest.raises(ValueError, match=message):
            metadata.pack(text, replace(TEXT, settings={"vocabulary": vocabulary}))

    @pytest.mark.parametrize("delimiter", ["(", "x*", 3])
    def test_refuses_a_delimiter_that_would_hang_a_phone_app(self, text, delimiter):
        with pytest.raises(ValueError, match="delimiter must"):
            metadata.pack(text, replace(TEXT, settings=TEXT.settings | {"delimiter": delimiter}))

    def test_refuses_a_name_that_is_taken(self, speech):
        with pytest.raises(ValueError, match=r"labels\.txt is written by the suite"):
            metadata.pack(speech, SPEECH, {"labels.txt": b""})

    def test_refuses_what_is_no_model(self, speech):
        with pytest.raises(ValueError, match="the model is not a TFLite file"):
            metadata.pack(b"something else", SPEECH)
        for length in (8, 40, 400, len(speech) // 2):
            with pytest.raises(ValueError, match="damaged or cut off"):
                metadata.pack(speech[:length], SPEECH)

    def test_refuses_more_than_one_input(self):
        import tensorflow as tf

        function = tf.function(lambda x, y: x + y, input_signature=[tf.TensorSpec([1, 3])] * 2)
        converter = tf.lite.TFLiteConverter.from_concrete_functions([function.get_concrete_function()])
        with pytest.raises(ValueError, match="2 inputs and 1 outputs"):
            metadata.pack(converter.convert(), SPEECH)


class TestClients:
    def test_mediapipe_names_the_sound(self, speech):
        pytest.importorskip("mediapipe", reason="the official phone client is not installed")
        from mediapipe.tasks.python import BaseOptions, audio
        from mediapipe.tasks.python.components.containers import AudioData

        options = audio.AudioClassifierOptions(
            base_options=BaseOptions(model_asset_buffer=metadata.pack(speech, SPEECH)),
            running_mode=audio.RunningMode.AUDIO_CLIPS,
        )
        with audio.AudioClassifier.create_from_options(options) as classifier:
            for index, label in enumerate(SPEECH.labels):
                (result,) = classifier.classify(AudioData.create_from_array(sound(index)[0], 16000))
                best = result.classifications[0].categories[0]
                assert best.category_name == label
                assert best.score == pytest.approx(outputs(speech, sound(index)).max(), abs=1e-5)

    def test_mediapipe_names_the_image(self, image):
        mediapipe = pytest.importorskip("mediapipe", reason="the official phone client is not installed")
        from mediapipe.tasks.python import BaseOptions, vision

        base = BaseOptions(model_asset_buffer=metadata.pack(image, IMAGE))
        options = vision.ImageClassifierOptions(base_options=base)
        with vision.ImageClassifier.create_from_options(options) as classifier:
            for index, label in enumerate(IMAGE.labels):
                pixels = np.zeros((8, 8, 3), np.uint8)
                pixels[..., index] = 255
                picture = mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=pixels)
                best = classifier.classify(picture).classifications[0].categories[0]
                assert best.category_name == label
                expected = outputs(image, pixels[None].astype(np.float32) / 127.5 - 1).max()
                assert best.score == pytest.approx(expected, abs=1e-5)

    def test_mediapipe_names_the_text(self, text):
        pytest.importorskip("mediapipe", reason="the official phone client is not installed")
        from mediapipe.tasks.python import BaseOptions
        from mediapipe.tasks.python import text as texts

        base = BaseOptions(model_asset_buffer=metadata.pack(text, TEXT))
        options = texts.TextClassifierOptions(base_options=base)
        with texts.TextClassifier.create_from_options(options) as classifier:
            for sentence, label in {"good!": "positive", "a bad one": "negative"}.items():
                best = classifier.classify(sentence).classifications[0].categories[0]
                assert best.category_name == label

    def test_integer_model(self, speech_int8, tmp_path):
        path = tmp_path / "speech_int8_mcu.tflite"
        path.write_bytes(metadata.pack(speech_int8, SPEECH))
        assert metadata.read(path) == SPEECH
        for index in range(3):
            value = (sound(index) * 127).astype(np.int8)
            np.testing.assert_array_equal(outputs(path.read_bytes(), value), outputs(speech_int8, value))
            assert outputs(path.read_bytes(), value).argmax() == index

    def test_microcontroller(self, speech_int8):
        runtime = pytest.importorskip("tflite_micro.python.tflite_micro.runtime")
        interpreter = runtime.Interpreter.from_bytes(metadata.pack(speech_int8, SPEECH))
        for index in range(3):
            interpreter.set_input((sound(index) * 127).astype(np.int8), 0)
            interpreter.invoke()
            assert interpreter.get_output(0).argmax() == index


class TestRead:
    def test_saved_model(self, tmp_path):
        (tmp_path / "assets.extra").mkdir()
        (tmp_path / "assets.extra" / "suite.json").write_text(SPEECH.to_json(), encoding="utf-8")
        assert metadata.read(tmp_path) == SPEECH

    def test_keras(self, tmp_path):
        import keras

        path, other = tmp_path / "model.keras", replace(SPEECH, version="2")
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
        model.save(path)
        with pytest.raises(ValueError, match="carries no suite metadata"):
            metadata.read(path)
        for expected in (SPEECH, other, other):
            metadata.add_to_keras(path, expected)
            assert metadata.read(path) == expected
        loaded = keras.saving.load_model(path)
        np.testing.assert_array_equal(loaded(np.ones((1, 4))), model(np.ones((1, 4))))
        assert [file.name for file in tmp_path.iterdir()] == ["model.keras"]
        with zipfile.ZipFile(path) as archive:
            assert archive.namelist().count("suite.json") == 1

    def test_add_to_keras_refuses_another_file(self, packed, tmp_path):
        (tmp_path / "text.keras").write_text("no zip")
        for path in (packed, tmp_path / "text.keras"):
            before = path.read_bytes()
            with pytest.raises(ValueError, match=r"is not a \.keras file"):
                metadata.add_to_keras(path, SPEECH)
            assert path.read_bytes() == before

    def test_without_metadata(self, speech, tmp_path):
        (tmp_path / "bare.tflite").write_bytes(speech)
        for path in (tmp_path, tmp_path / "bare.tflite"):
            with pytest.raises(ValueError, match=f"{path} carries no suite metadata: export it with"):
                metadata.read(path)

    def test_another_file(self, tmp_path):
        (tmp_path / "model.tflite").write_bytes(b"RIFF....WAVE")
        with pytest.raises(ValueError, match=r"model\.tflite is neither a TFLite file nor a \.keras file"):
            metadata.read(tmp_path / "model.tflite")
        with pytest.raises(ValueError, match=r"model\.tflite is not a TFLite file"):
            metadata.min_runtime_version(tmp_path / "model.tflite")
        with pytest.raises(FileNotFoundError):
            metadata.read(tmp_path / "missing.tflite")

    def test_cut_off(self, packed):
        content = packed.read_bytes()
        for length in (0, 5, 8, 12, 40, 100, 500, len(content) // 2, len(content) - 200, len(content) - 1):
            packed.write_bytes(content[:length])
            with pytest.raises(ValueError, match=r"neither|damaged|lost the files at its end"):
                metadata.read(packed)

    def test_damaged_bytes_end_in_one_clear_line(self, speech, tmp_path):
        content = metadata.pack(speech, SPEECH)
        random = np.random.default_rng(0)
        edges = np.r_[0:400, len(content) - 2000 : len(content)]
        refused = 0
        for _ in range(300):
            damaged = bytearray(content)
            for place in random.choice(edges, 4):
                damaged[place] = random.integers(256)
            (tmp_path / "damaged.tflite").write_bytes(damaged)
            try:
                metadata.read(tmp_path / "damaged.tflite")
            except ValueError as error:
                refused += 1
                assert "damaged.tflite" in str(error) and "\n" not in str(error)
        assert refused > 50

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"labels": ["no", "yes"]}, "has 3 outputs, but its metadata names 2 labels"),
            ({"settings": {"samples": 8000}}, "takes 16000 samples, but its metadata says 8000"),
            ({"format": 99}, r"its suite\.json is wrong: format 99"),
            ({"task": 1}, r"its suite\.json is wrong: task must be"),
        ],
    )
    def test_metadata_that_lies(self, packed, change, message):
        content = json.loads(SPEECH.to_json()) | change
        with pytest.raises(ValueError, match=message):
            metadata.read(with_suite_json(packed, json.dumps(content).encode()))

    def test_large_vocabulary_and_too_large_a_file(self, packed):
        words = [f"word{i}" for i in range(100_000)]
        large = replace(SPEECH, settings=SPEECH.settings | {"vocabulary": words})
        assert metadata.read(with_suite_json(packed, large.to_json().encode())) == large
        with pytest.raises(ValueError, match=r"suite\.json is larger than 8 MB"):
            metadata.read(with_suite_json(packed, b" " * (metadata.MAX_BYTES + 1)))


def test_weights_behind_the_flatbuffer_are_brought_into_it(speech):
    """LiteRT's quantiser puts the weights of larger models there."""
    import flatbuffers
    from ai_edge_litert.schema_py_generated import ModelT

    model = ModelT.InitFromPackedBuf(speech)
    moved = max((b for b in model.buffers if b.data is not None), key=lambda b: len(b.data))
    content = bytes(bytearray(moved.data))
    moved.data, moved.offset, moved.size = None, 2, len(content)

    def written() -> bytes:
        builder = flatbuffers.Builder()
        builder.Finish(model.Pack(builder), b"TFL3")
        return bytes(builder.Output())

    moved.offset = -(-len(written()) // 16) * 16
    outside = written().ljust(moved.offset, b"\0") + content
    assert np.array_equal(outputs(metadata.pack(outside, SPEECH), sound(1)), outputs(speech, sound(1)))
    with pytest.raises(metadata.InputError, match="cut off"):
        metadata.pack(outside[:-4], SPEECH)

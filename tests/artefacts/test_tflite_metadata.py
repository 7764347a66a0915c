"""TFLite Metadata, as the official schema, MediaPipe, LiteRT and tflite-micro read it."""

import io
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from suite.artefacts import metadata
from suite.artefacts.metadata import Metadata
from suite.artefacts.tflite_metadata import Audio, Features, Image, Text, pack
from suite.errors import InputError

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
COLOURS = Metadata("digits", ("red", "green", "blue"), "image", name="Colours")
MEAN, STD = (100.0, 110.0, 120.0), (50.0, 60.0, 70.0)
OPINIONS = Metadata("sentiment", ("negative", "positive"), "ids")
WORDS = ["<PAD>", "<UNKNOWN>", "bad", "good", "café"]
STYLES = Metadata("style", ("dots", "lines"), "image", output="picture")


def pack_speech(model, about=SPEECH, **options) -> bytes:
    return pack(model, about, {"waveform": Audio(16000)}, **options)


def pack_colours(model) -> bytes:
    return pack(model, COLOURS, {"image": Image(MEAN, STD)})


def pack_opinions(model) -> bytes:
    return pack(model, OPINIONS, {"ids": Text(WORDS)})


def pack_styles(model) -> bytes:
    inputs = {"styles": Features("A weight for each style"), "image": Image((0,), (1,))}
    return pack(model, STYLES, inputs, Image(description="The painting"), labelled="styles")


def converted(function, shapes, dtype="float32", samples=None) -> bytes:
    """A function of tensors as a .tflite file; with samples, in whole numbers from end to end."""
    import tensorflow as tf

    module = tf.Module()
    signature = [tf.TensorSpec(shape, dtype, name=name) for name, shape in shapes.items()]
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


def speech_function(waveform):
    import tensorflow as tf

    weights = np.concatenate([sound(label) for label in range(3)]).T / 1000
    return tf.nn.softmax(tf.matmul(waveform, tf.constant(weights)))


@pytest.fixture(scope="module")
def speech() -> bytes:
    return converted(speech_function, {"waveform": [1, 16000]})


@pytest.fixture(scope="module")
def speech_int8() -> bytes:
    return converted(speech_function, {"waveform": [1, 16000]}, samples=[sound(label) for label in range(3)])


@pytest.fixture(scope="module")
def image() -> bytes:
    import tensorflow as tf

    return converted(lambda image: tf.nn.softmax(tf.reduce_mean(image, [1, 2])), {"image": [1, 8, 8, 3]})


@pytest.fixture(scope="module")
def text() -> bytes:
    import tensorflow as tf

    table = tf.constant([[0, 0], [0, 0], [9, 0], [0, 9], [0, 9]], tf.float32)
    return converted(lambda ids: tf.nn.softmax(tf.reduce_mean(tf.gather(table, ids), 1)), {"ids": [1, 4]}, "int32")


@pytest.fixture(scope="module")
def painter() -> bytes:
    import tensorflow as tf

    def paint(image, styles):
        return image * tf.reduce_sum(styles)

    return converted(paint, {"image": [1, 8, 8, 3], "styles": [1, 2]})


@pytest.fixture
def packed(speech, tmp_path):
    path = tmp_path / "speech.tflite"
    path.write_bytes(pack_speech(speech))
    return path


def outputs(model: bytes, value: np.ndarray) -> np.ndarray:
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=model)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], value)
    interpreter.invoke()
    return interpreter.get_tensor(interpreter.get_output_details()[0]["index"])


class TestPack:
    def test_round_trip(self, packed):
        assert metadata.read(packed) == SPEECH

    def test_same_outputs(self, speech, packed):
        np.testing.assert_array_equal(outputs(packed.read_bytes(), sound(1)), outputs(speech, sound(1)))

    def test_same_bytes_for_the_same_arguments(self, speech, packed, tmp_path):
        (tmp_path / "bare.tflite").write_bytes(speech)
        assert pack_speech(speech) == packed.read_bytes()
        assert pack_speech(str(tmp_path / "bare.tflite")) == packed.read_bytes()

    def test_replaces_metadata_that_is_there(self, speech, packed):
        other = replace(SPEECH, labels=("ja", "nein", "_unknown_"))
        assert pack_speech(packed, other) == pack_speech(speech, other)
        assert pack_speech(packed) == packed.read_bytes()

    def test_attaches_files(self, speech):
        content = pack_speech(speech, files={"README.md": b"# Keywords"})
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

    def test_names_are_those_of_layers_counted(self, speech):
        import flatbuffers
        from ai_edge_litert.schema_py_generated import ModelT

        model = ModelT.InitFromPackedBuf(speech)
        (graph,) = model.subgraphs
        inner = [i for i in range(len(graph.tensors)) if i not in (*graph.inputs, *graph.outputs)]
        given = [b"net/b2_act/Relu;net/b2_conv/convolution/long", b"net/b2_act/x", b"constant"]
        expected = [b"b2_act", b"b2_act:1", b"constant"]
        for i, name in zip(inner, given, strict=False):
            graph.tensors[i].name = name
        builder = flatbuffers.Builder()
        builder.Finish(model.Pack(builder), b"TFL3")
        (graph,) = ModelT.InitFromPackedBuf(pack_speech(bytes(builder.Output()))).subgraphs
        assert len(inner) >= 2
        assert [graph.tensors[i].name for i in inner][:3] == expected[: len(inner)]

    @pytest.fixture
    def description(self):
        """The FlatBuffer of a packed file, read by the official schema's code."""
        schema = pytest.importorskip("mediapipe.tasks.metadata.metadata_schema_py_generated")
        from ai_edge_litert.schema_py_generated import Model

        def read(content: bytes):
            model = Model.GetRootAs(content)
            entries = [model.Metadata(i) for i in range(model.MetadataLength())]
            (number,) = [entry.Buffer() for entry in entries if entry.Name() == b"TFLITE_METADATA"]
            buffer = model.Buffers(number).DataAsNumpy().tobytes()
            assert buffer[4:8] == b"M001"
            about = schema.ModelMetadataT.InitFromPackedBuf(buffer)
            assert [file.name for file in about.associatedFiles] == [b"suite.json"]
            (graph,) = about.subgraphMetadata
            (given,) = graph.outputTensorMetadata
            assert all(tensor.description for tensor in (*graph.inputTensorMetadata, given))
            return schema, about, {tensor.name.decode(): tensor for tensor in graph.inputTensorMetadata}, given

        return read

    def test_audio_in_the_official_schema(self, packed, description):
        schema, about, inputs, given = description(packed.read_bytes())
        assert (about.name, about.author, about.license) == (b"Keywords", b"The suite", b"MIT")
        properties = inputs["waveform"].content.contentProperties
        assert (properties.sampleRate, properties.channels, about.minParserVersion) == (16000, 1, b"1.3.0")
        (file,) = given.associatedFiles
        assert (given.name, file.name) == (b"probabilities", b"labels.txt")
        assert file.type == schema.AssociatedFileType.TENSOR_AXIS_LABELS

    def test_an_image_in_the_official_schema(self, image, description):
        schema, about, inputs, _ = description(pack_colours(image))
        assert (about.author, about.license, about.minParserVersion) == (None, None, b"1.0.0")
        assert inputs["image"].content.contentProperties.colorSpace == schema.ColorSpaceType.RGB
        (unit,) = inputs["image"].processUnits
        assert (tuple(unit.options.mean), tuple(unit.options.std)) == (MEAN, STD)

    def test_text_in_the_official_schema(self, text, description):
        schema, about, inputs, _ = description(pack_opinions(text))
        (unit,) = inputs["ids"].processUnits
        assert (unit.options.delimRegexPattern, about.minParserVersion) == (rb"[^\w\']+", b"1.2.1")
        (file,) = unit.options.vocabFile
        assert (file.name, file.type) == (b"vocab.txt", schema.AssociatedFileType.VOCABULARY)

    def test_features_in_the_official_schema(self, speech, description):
        content = pack(speech, SPEECH, {"waveform": Features("Numbers")})
        schema, about, inputs, _ = description(content)
        assert isinstance(inputs["waveform"].content.contentProperties, schema.FeaturePropertiesT)
        assert (inputs["waveform"].description, about.minParserVersion) == (b"Numbers", b"1.0.0")

    def test_labels_of_an_input_in_the_official_schema(self, painter, description):
        schema, _, inputs, given = description(pack_styles(painter))
        assert [file.name for file in inputs["styles"].associatedFiles] == [b"labels.txt"]
        assert given.name == b"picture" and not given.associatedFiles and not given.processUnits
        assert given.content.contentProperties.colorSpace == schema.ColorSpaceType.RGB
        assert not inputs["image"].associatedFiles

    def test_the_vocabulary_is_attached_with_all_spellings(self, text):
        with zipfile.ZipFile(io.BytesIO(pack_opinions(text))) as archive:
            assert archive.namelist() == ["labels.txt", "suite.json", "vocab.txt"]
            lines = archive.read("vocab.txt").decode().splitlines()
        assert lines[:5] == ["<PAD> 0", "<UNKNOWN> 1", "bad 2", "good 3", "café 4"]
        assert {"Bad 2", "CAFÉ 4"} <= set(lines)

    def test_refuses_another_number_of_labels(self, speech, painter):
        with pytest.raises(InputError, match="the model has 3 outputs, but its metadata names 2 labels"):
            pack_speech(speech, replace(SPEECH, labels=("no", "yes")))
        inputs = {"styles": Features("Weights"), "image": Image()}
        with pytest.raises(InputError, match="2 elements of styles, but its metadata names 3 labels"):
            pack(painter, replace(STYLES, labels=("a", "b", "c")), inputs, labelled="styles")

    def test_refuses_other_inputs(self, speech, painter):
        with pytest.raises(InputError, match="has the inputs waveform, not image"):
            pack(speech, SPEECH, {"image": Image()})
        with pytest.raises(InputError, match="has the inputs image, styles, not image"):
            pack(painter, STYLES, {"image": Image()})
        with pytest.raises(InputError, match="has no input styles"):
            pack_speech(speech, labelled="styles")

    def test_refuses_several_outputs(self):
        content = converted(lambda waveform: (waveform + 1, waveform * 2), {"waveform": [1, 3]})
        with pytest.raises(InputError, match="has 2 outputs"):
            pack_speech(content)

    def test_refuses_a_name_that_is_taken(self, speech):
        with pytest.raises(InputError, match=r"labels\.txt is written by the suite"):
            pack_speech(speech, files={"labels.txt": b""})

    def test_refuses_what_is_no_model(self, speech):
        with pytest.raises(InputError, match="the model is not a TFLite file"):
            pack_speech(b"something else")
        for length in (8, 40, 400, len(speech) // 2):
            with pytest.raises(InputError, match="damaged or cut off"):
                pack_speech(speech[:length])

    def test_weights_behind_the_flatbuffer_are_brought_into_it(self, speech):
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
        assert np.array_equal(outputs(pack_speech(outside), sound(1)), outputs(speech, sound(1)))
        with pytest.raises(InputError, match="cut off"):
            pack_speech(outside[:-4])


class TestContent:
    @pytest.mark.parametrize("rate", [None, 16000.0, 0, -1, 2**32, True])
    def test_a_sample_rate_is_in_whole_hertz(self, rate):
        with pytest.raises(InputError, match="sample_rate"):
            Audio(rate)

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
    def test_refuses_a_vocabulary_that_would_kill_a_phone_app(self, vocabulary, message):
        with pytest.raises(InputError, match=message):
            Text(vocabulary)

    @pytest.mark.parametrize("delimiter", ["(", "x*", 3])
    def test_refuses_a_delimiter_that_would_hang_a_phone_app(self, delimiter):
        with pytest.raises(InputError, match="delimiter must"):
            Text(WORDS, delimiter)


class TestClients:
    def test_mediapipe_names_the_sound(self, speech):
        pytest.importorskip("mediapipe", reason="the official phone client is not installed")
        from mediapipe.tasks.python import BaseOptions, audio
        from mediapipe.tasks.python.components.containers import AudioData

        options = audio.AudioClassifierOptions(
            base_options=BaseOptions(model_asset_buffer=pack_speech(speech)),
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

        mean, std = (100.0,), (50.0,)  # MediaPipe knows no means of single channels
        base = BaseOptions(model_asset_buffer=pack(image, COLOURS, {"image": Image(mean, std)}))
        options = vision.ImageClassifierOptions(base_options=base)
        with vision.ImageClassifier.create_from_options(options) as classifier:
            for index, label in enumerate(COLOURS.labels):
                pixels = np.zeros((8, 8, 3), np.uint8)
                pixels[..., index] = 255
                picture = mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=pixels)
                best = classifier.classify(picture).classifications[0].categories[0]
                assert best.category_name == label
                expected = outputs(image, ((pixels[None] - mean[0]) / std[0]).astype(np.float32)).max()
                assert best.score == pytest.approx(expected, abs=1e-5)

    def test_mediapipe_names_the_text(self, text):
        pytest.importorskip("mediapipe", reason="the official phone client is not installed")
        from mediapipe.tasks.python import BaseOptions
        from mediapipe.tasks.python import text as texts

        base = BaseOptions(model_asset_buffer=pack_opinions(text))
        options = texts.TextClassifierOptions(base_options=base)
        with texts.TextClassifier.create_from_options(options) as classifier:
            for sentence, label in {"good!": "positive", "a bad one": "negative"}.items():
                best = classifier.classify(sentence).classifications[0].categories[0]
                assert best.category_name == label

    def test_integer_model(self, speech_int8, tmp_path):
        path = tmp_path / "speech_int8_mcu.tflite"
        path.write_bytes(pack_speech(speech_int8))
        assert metadata.read(path) == SPEECH
        for index in range(3):
            value = (sound(index) * 127).astype(np.int8)
            np.testing.assert_array_equal(outputs(path.read_bytes(), value), outputs(speech_int8, value))
            assert outputs(path.read_bytes(), value).argmax() == index

    def test_microcontroller(self, speech_int8):
        runtime = pytest.importorskip("tflite_micro.python.tflite_micro.runtime")
        interpreter = runtime.Interpreter.from_bytes(pack_speech(speech_int8))
        for index in range(3):
            interpreter.set_input((sound(index) * 127).astype(np.int8), 0)
            interpreter.invoke()
            assert interpreter.get_output(0).argmax() == index

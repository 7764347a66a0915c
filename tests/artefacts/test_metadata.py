"""The metadata of a model file, written and read back; damaged files end in one clear line."""

import io
import json
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

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


def tflite(**entries: bytes) -> bytes:
    """A .tflite file without operations, which maps a waveform to three numbers, with metadata entries."""
    import flatbuffers
    from ai_edge_litert.schema_py_generated import BufferT, MetadataT, ModelT, SubGraphT, TensorT

    model, graph, buffers = ModelT(), SubGraphT(), [BufferT()]
    model.version, model.subgraphs, model.buffers, model.metadata = 3, [graph], buffers, []
    for name, shape in (("serving_default_waveform:0", [1, 16000]), ("StatefulPartitionedCall:0", [1, 3])):
        tensor = TensorT()
        tensor.name, tensor.shape = name, shape
        graph.tensors = [*(graph.tensors or []), tensor]
    graph.inputs, graph.outputs = [0], [1]
    for name, content in entries.items():
        model.metadata.append(MetadataT(name, len(buffers)))
        buffers.append(BufferT(list(content)))
    builder = flatbuffers.Builder()
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def with_suite_json(content: bytes) -> bytes:
    """A .tflite file with a suite.json."""
    result = io.BytesIO(tflite(TFLITE_METADATA=b"description"))
    with zipfile.ZipFile(result, "a") as archive:
        archive.writestr("labels.txt", "no\nyes\n_unknown_\n")
        archive.writestr("suite.json", content)
    return result.getvalue()


@pytest.fixture
def packed(tmp_path):
    path = tmp_path / "speech.tflite"
    path.write_bytes(with_suite_json(SPEECH.to_json().encode()))
    return path


@pytest.mark.parametrize("module", ["metadata", "tflite_metadata"])
def test_imports_are_light(module):
    code = f"import sys, suite.artefacts.{module}; print(*{{'tensorflow', 'keras', 'numpy'}} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "\n"


class TestJson:
    def test_round_trip(self):
        assert Metadata.from_json(SPEECH.to_json()) == SPEECH
        text = Metadata("sentiment", ("bad", "good"), "ids", {"vocabulary": ["<PAD>", "<UNKNOWN>", "café"]})
        assert Metadata.from_json(text.to_json().encode()) == text

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


class TestRead:
    @staticmethod
    def rewritten(path, content: bytes):
        path.write_bytes(with_suite_json(content))
        return path

    def test_tflite(self, packed):
        assert metadata.read(packed) == SPEECH

    def test_the_oldest_runtime(self, packed):
        assert metadata.min_runtime_version(packed) == ""
        packed.write_bytes(tflite(min_runtime_version=b"2.14.0\0\0\0"))
        assert metadata.min_runtime_version(packed) == "2.14.0"

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

    def test_without_metadata(self, tmp_path):
        (tmp_path / "bare.tflite").write_bytes(tflite())
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

    def test_damaged_bytes_end_in_one_clear_line(self, packed, tmp_path):
        content = packed.read_bytes()
        random = np.random.default_rng(0)
        edges = np.arange(len(content))
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

    def test_damage_to_the_model_itself_is_found(self, tmp_path):
        shipped = Path(__file__).parents[2] / "saved_models" / "digits" / "1" / "tflite" / "digits_int8.tflite"
        content = bytearray(shipped.read_bytes())
        content[content.index(b"PK\3\4") - 3] ^= 1
        (tmp_path / "damaged.tflite").write_bytes(content)
        with pytest.raises(ValueError, match="damaged: its checksum differs"):
            metadata.read(tmp_path / "damaged.tflite")

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"format": 99}, r"its suite\.json is wrong: format 99"),
            ({"task": 1}, r"its suite\.json is wrong: task must be"),
        ],
    )
    def test_metadata_that_is_wrong(self, packed, change, message):
        content = json.loads(SPEECH.to_json()) | change
        with pytest.raises(ValueError, match=message):
            metadata.read(self.rewritten(packed, json.dumps(content).encode()))

    def test_large_vocabulary_and_too_large_a_file(self, packed):
        words = [f"word{i}" for i in range(100_000)]
        large = replace(SPEECH, settings=SPEECH.settings | {"vocabulary": words})
        assert metadata.read(self.rewritten(packed, large.to_json().encode())) == large
        with pytest.raises(ValueError, match=r"suite\.json is larger than 8 MB"):
            metadata.read(self.rewritten(packed, b" " * (metadata.MAX_BYTES + 1)))

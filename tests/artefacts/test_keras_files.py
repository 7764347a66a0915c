"""Tricks by which .keras files ran code, read files or took all memory: each is refused, in one line."""

import io
import json
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor

import h5py
import keras
import numpy as np
import pytest

from suite import blocks
from suite.artefacts import keras_files
from suite.errors import InputError


@pytest.fixture
def model(tmp_path):
    """A good file, and a function that changes its configuration or its weights."""
    layers = [keras.Input((8,)), keras.layers.Dense(4, name="one"), keras.layers.Dense(2)]
    path = tmp_path / "model.keras"
    keras.Sequential(layers).save(path)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}

    def change(in_config=None, in_weights=None):
        content = dict(members)
        if in_config:
            config = json.loads(content["config.json"])
            in_config(config["config"]["layers"][1], config)
            content["config.json"] = json.dumps(config).encode()
        if in_weights:
            weights = io.BytesIO(content["model.weights.h5"])
            with h5py.File(weights, "r+") as file:
                in_weights(file)
            content["model.weights.h5"] = weights.getvalue()
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in content.items():
                archive.writestr(name, data)
        return path

    return change


def refused(path, told):
    with pytest.raises(InputError, match=told) as caught:
        keras_files.load(path, "suite.blocks.layers")
    assert str(path) in str(caught.value) and "\n" not in str(caught.value) and len(str(caught.value)) < 400


def test_a_good_file_is_loaded_and_keras_is_as_before(model):
    add_weight = keras.layers.Layer.add_weight
    assert keras_files.load(model(), "suite.blocks.layers").count_params() == 46
    assert keras.layers.Layer.add_weight is add_weight


def test_a_process_that_has_built_no_network_knows_the_layers_of_blocks(tmp_path):
    """As of every `eval RUN`: here they are registered already."""
    blocks.build(blocks.Network([blocks.ConvBlock(2)], blocks.Head()), (8, 8, 1), 2).save(tmp_path / "model.keras")
    code = "import sys; from pathlib import Path; from suite.artefacts import keras_files as files;"
    code += "print(files.load(Path(sys.argv[1]), 'suite.speech.model').name)"
    done = subprocess.run([sys.executable, "-c", code, tmp_path / "model.keras"], capture_output=True, text=True)
    assert done.stdout == "network\n", done.stderr[-500:]


MARK = {"ran": False}


def mark(*args, **options):
    MARK["ran"] = True


LAMBDA = {"class_name": "__lambda__", "config": {"value": "YWFhYQ=="}}
TRICKS = {
    "Lambda (CVE-2024-3660)": {"module": "keras.layers", "class_name": "Lambda", "config": {"function": LAMBDA}},
    "a module of Python (CVE-2025-1550)": {"module": "os", "class_name": "function", "config": "system"},
    "a module of the test": {"module": __name__, "class_name": "function", "config": "mark"},
    "a class of the test": {"module": __name__, "class_name": "mark", "config": {}},
    "get_file (CVE-2025-8747)": {"module": "keras.utils", "class_name": "function", "config": "get_file"},
    "a switch (CVE-2025-9906)": {"module": "keras.config", "class_name": "enable_unsafe_deserialization", "config": {}},
    "a file's lines (CVE-2025-12058)": {
        "module": "keras.layers",
        "class_name": "StringLookup",
        "config": {"vocabulary": "/etc/passwd"},
    },
    "a pickle (CVE-2025-49655)": {"module": "keras.layers", "class_name": "TorchModuleWrapper", "config": {}},
    "another SavedModel": {"module": "keras.layers", "class_name": "TFSMLayer", "config": {"filepath": "another"}},
    "a name that looks like ours": {"module": "os", "class_name": "system", "registered_name": "suite>system"},
    "our own command line": {"module": "suite.console.cli", "class_name": "fail", "registered_name": "suite>fail"},
    "no name": {"module": None, "class_name": None, "config": {}},
}


@pytest.mark.parametrize("trick", TRICKS)
@pytest.mark.parametrize("where", ["layer", "initializer", "activation", "compile_config"])
def test_classes_that_are_not_the_suites(model, trick, where):
    def plant(layer, config):
        if where == "layer":
            layer.update(TRICKS[trick])
        elif where == "compile_config":
            config["compile_config"] = {"loss": TRICKS[trick]}
        else:
            layer["config"]["kernel_initializer" if where == "initializer" else where] = TRICKS[trick]

    refused(model(plant), "which the suite's models do not")
    assert not MARK["ran"]


def test_an_external_link_in_the_weights(model, tmp_path):
    with h5py.File(tmp_path / "other.h5", "w") as other:
        other["kernel"] = np.zeros((8, 4), np.float32)

    def link(file):
        del file["layers/dense/vars/0"]
        file["layers/dense/vars/0"] = h5py.ExternalLink(str(tmp_path / "other.h5"), "kernel")

    refused(model(in_weights=link), "weights are not in it")


def test_weights_in_another_file(model, tmp_path):
    (tmp_path / "secret").write_bytes(bytes(128))

    def external(file):
        del file["layers/dense/vars/0"]
        place = [(str(tmp_path / "secret"), 0, 128)]
        file["layers/dense/vars"].create_dataset("0", (8, 4), np.float32, external=place)

    refused(model(in_weights=external), "weights are not in it")


def test_weights_that_are_declared_and_not_there(model):
    def empty(file):
        del file["layers/dense/vars/0"]
        file["layers/dense/vars"].create_dataset("0", (10**6, 10**6), np.float32, chunks=(1000, 1000))

    refused(model(in_weights=empty), "weights are not in it")


def test_a_layer_of_a_billion_units(model):
    refused(model(lambda layer, config: layer["config"].update(units=10**6)), "declares more weights")
    refused(model(lambda layer, config: layer["config"].update(units=10**12)), "declares 1,000,000,000,000 elements")


def test_a_layer_that_enlarges_without_weights(model):
    def plant(layer, config):
        config["config"]["layers"][2].update(class_name="RepeatVector", config={"name": "r", "n": 10**8})

    refused(model(plant), "outputs of shape")


def test_an_input_of_a_billion_numbers(model):
    def plant(layer, config):
        config["config"]["layers"][0]["config"]["batch_shape"] = [None, 10**5, 10**5]

    refused(model(plant), "declares 10,000,000,000 elements")


def test_a_layer_that_is_no_model(model):
    def plant(layer, config):
        config.update(layer, module="keras.layers", class_name="Flatten", config={"name": "f"})

    refused(model(plant), "a layer, not a model|cannot load it")


def test_groups_that_lie_in_each_other_again_and_again(model):
    def tie(file):
        for depth in range(40):
            file.create_group(f"tie{depth}")
        for depth in range(39):
            for name in ("a", "b"):
                file[f"tie{depth}"][name] = file[f"tie{depth + 1}"]

    refused(model(in_weights=tie), "weights are not in it")


def test_members_that_zipfile_would_unpack_whole(model):
    path = model()
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    refused(path, "packed by another method than deflate")


def test_two_at_once(model):
    path = model()
    with ThreadPoolExecutor(4) as pool:
        models = list(pool.map(lambda _: keras_files.load(path, "suite.blocks.layers"), range(8)))
    assert len(models) == 8 and keras.layers.Dense(100).add_weight((3,)).shape == (3,)


@pytest.mark.parametrize("length", [0, 10, 1000, 5000])
def test_a_file_that_is_cut_off(model, length):
    path = model()
    path.write_bytes(path.read_bytes()[:length])
    refused(path, "cannot load it")


def test_another_zip(tmp_path):
    with zipfile.ZipFile(tmp_path / "model.keras", "w") as archive:
        archive.writestr("a", "b")
    refused(tmp_path / "model.keras", "not a model that this suite saved")

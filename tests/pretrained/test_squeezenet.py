"""SqueezeNet's weights, from ONNX and NumPy files, and its features beside ONNX's own evaluation of the file."""

import hashlib

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from suite.data.downloads import Asset
from suite.errors import InputError
from suite.pretrained import memory, nets, squeezenet

LAYERS = ["conv1", "fire3", "fire5"]


@pytest.fixture(scope="module")
def weights():
    """Random filters, by name, that keep the size of what they are given."""
    rng = np.random.default_rng(0)
    return {
        name: (
            rng.normal(0, np.sqrt(2 / np.prod(shape[:3])), shape).astype(np.float32),
            rng.normal(0, 0.1, shape[3]).astype(np.float32),
        )
        for name, shape in squeezenet._shapes()
    }


@pytest.fixture(scope="module")
def folder(weights, tmp_path_factory):
    """The weights as net.npz, and as net.onnx, whose graph has the paper's zero padding and Caffe's pooling."""
    place = tmp_path_factory.mktemp("squeezenet")
    kernels = {f"{name}/kernel": filters for name, (filters, _) in weights.items()}
    np.savez(place / "net.npz", **kernels, **{f"{name}/bias": biases for name, (_, biases) in weights.items()})
    nodes, stored, x = [], [], "data_0"

    def convolution(name, x, **options):
        filters, biases = weights[name]
        stored.append(numpy_helper.from_array(filters.transpose(3, 2, 0, 1), f"{name}_w_0"))
        stored.append(numpy_helper.from_array(biases, f"{name}_b_0"))
        nodes.append(helper.make_node("Conv", [x, f"{name}_w_0", f"{name}_b_0"], [f"{name}_0"], **options))
        nodes.append(helper.make_node("Relu", [f"{name}_0"], [f"{name}_1"]))
        return f"{name}_1"

    x = convolution("conv1", x, kernel_shape=[7, 7], strides=[2, 2])
    for name in squeezenet.LAYERS[1:]:
        before = squeezenet.LAYERS[squeezenet.LAYERS.index(name) - 1]
        if before in squeezenet._POOLED:
            nodes.append(
                helper.make_node("MaxPool", [x], [f"{before}_p"], kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1)
            )
            x = f"{before}_p"
        squeezed = convolution(f"{name}/squeeze1x1", x, kernel_shape=[1, 1])
        three = convolution(f"{name}/expand3x3", squeezed, kernel_shape=[3, 3], pads=[1, 1, 1, 1])
        one = convolution(f"{name}/expand1x1", squeezed, kernel_shape=[1, 1])
        nodes.append(helper.make_node("Concat", [one, three], [f"{name}_out"], axis=1))
        x = f"{name}_out"
    outputs = [
        helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None)
        for name in ("conv1_1", "fire3_out", "fire5_out")
    ]
    given = helper.make_tensor_value_info("data_0", onnx.TensorProto.FLOAT, [1, 3, None, None])
    onnx.save(helper.make_model(helper.make_graph(nodes, "net", [given], outputs, stored)), place / "net.onnx")
    return place


@pytest.fixture(scope="module")
def picture():
    return np.random.default_rng(1).uniform(0, 255, (1, 91, 75, 3)).astype(np.float32)


def test_both_files_give_the_same_features(folder, picture):
    by_onnx, by_npz = (squeezenet.load(str(folder / name), LAYERS) for name in ("net.onnx", "net.npz"))
    assert not by_onnx.trainable_weights
    for name in LAYERS:
        np.testing.assert_array_equal(by_onnx(picture)[name], by_npz(picture)[name])


def test_the_features_are_those_of_the_graph_away_from_the_edges(folder, picture):
    """At the edges the graph pads with zeros, and this net by reflection."""
    graph = ReferenceEvaluator(str(folder / "net.onnx"))
    centred = picture[..., ::-1] - np.float32([103.939, 116.779, 123.68])
    expected = [array.transpose(0, 2, 3, 1) for array in graph.run(None, {"data_0": centred.transpose(0, 3, 1, 2)})]
    seen = squeezenet.load(str(folder / "net.npz"), LAYERS)(picture)
    for name, wanted, edge in zip(LAYERS, expected, (0, 2, 3), strict=True):
        found = seen[name].numpy()
        assert found.shape == wanted.shape
        inner = np.s_[:, edge : wanted.shape[1] - edge, edge : wanted.shape[2] - edge]
        assert wanted[inner].size
        np.testing.assert_allclose(found[inner], wanted[inner], rtol=1e-3, atol=1e-3 * np.abs(wanted).max())


def test_weights_in_another_file_are_refused(folder, tmp_path, monkeypatch):
    model = onnx.load(folder / "net.onnx")
    onnx.save(model, tmp_path / "net.onnx", save_as_external_data=True, location="data.bin", size_threshold=0)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="net.onnx: keeps its weights in another file"):
        squeezenet.load("net.onnx", ["conv1"])


def test_layers_below_the_deepest_are_not_built(folder):
    net = squeezenet.load(str(folder / "net.npz"), ["fire2"])
    assert [layer.name for layer in net.layers if layer.weights][-1] == "fire2_expand3x3"


def test_the_download_is_checked(folder, monkeypatch, tmp_path):
    content = (folder / "net.onnx").read_bytes()
    monkeypatch.setenv("SUITE_CACHE", str(tmp_path))
    (tmp_path / "net.onnx").write_bytes(content)
    sums = hashlib.sha256(content).hexdigest()
    monkeypatch.setattr(squeezenet, "DOWNLOAD", Asset("http://127.0.0.1:9/net.onnx", sums, "net.onnx"))
    assert squeezenet.load("squeezenet", ["conv1"]).output["conv1"].shape[-1] == 96
    assert len(squeezenet.DOWNLOAD.sha256) == 64


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("net.onnx", None, "no such file"),
        ("net.onnx", b"no graph", "cannot be read as ONNX"),
        ("net.npz", b"no zip", "cannot be read as weights"),
    ],
)
def test_files_that_are_none(name, content, told, tmp_path):
    if content:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=told) as caught:
        squeezenet.load(str(tmp_path / name), ["conv1"])
    assert name in str(caught.value) and "\n" not in str(caught.value)


def test_another_net(weights, folder, tmp_path):
    with pytest.raises(InputError, match=r"has no layer fire10; it has conv1, fire2"):
        squeezenet.load(str(folder / "net.npz"), ["fire10"])
    np.savez(tmp_path / "a.npz", **{"conv1/kernel": weights["conv1"][0][:3], "conv1/bias": weights["conv1"][1]})
    with pytest.raises(InputError, match="is not a SqueezeNet 1.0: conv1 is missing, or has another shape"):
        squeezenet.load(str(tmp_path / "a.npz"), ["conv1"])


def test_a_picture_s_size_and_memory(folder):
    net = squeezenet.load(str(folder / "net.npz"), ["fire8"])
    nets.check_size(net, (32, 40, 3), "a.png")
    with pytest.raises(InputError, match="a.png: 40x31 pixels; each side needs at least 32"):
        nets.check_size(net, (31, 40, 3), "a.png")
    # A quarter of a picture's places has conv1's 96 features, a sixteenth fire2's 16 + 64 + 64, and so on.
    features = 96 / 4 + (2 * 144 + 288) / 16 + (288 + 2 * 432 + 576) / 64
    assert memory.needed(net, 100, 200) == pytest.approx(memory.REST + 12 * 100 * 200 * features)


def test_the_kind_of_a_net_tells_its_layers(folder):
    assert nets.kind(str(folder / "net.npz")) == nets.kind("squeezenet") == nets.SQUEEZENET
    assert nets.kind("vgg19") == nets.VGG and nets.kind("resnet50") == nets.RESNET50
    kind = nets.SQUEEZENET
    layers = {*kind.style_layers, kind.content_layer, kind.dream_layer}
    assert {*nets.load(str(folder / "net.npz"), [*layers]).output} == layers

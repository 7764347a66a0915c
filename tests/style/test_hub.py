"""Modules for any style, from TensorFlow Hub's interface: one of magenta's signature, made here."""

import numpy as np
import pytest
from PIL import Image

from suite.errors import InputError
from suite.style import images
from suite.style.predict import predict


@pytest.fixture(scope="module")
def module(tmp_path_factory):
    """Gives a picture the other's mean colours; its size is rounded to a multiple of 4, as magenta's is."""
    import tensorflow as tf

    class Module(tf.Module):
        @tf.function(
            input_signature=[
                tf.TensorSpec((None, None, None, 3), tf.float32, name="placeholder"),
                tf.TensorSpec((None, None, None, 3), tf.float32, name="placeholder_1"),
            ]
        )
        def __call__(self, content, style):
            mean = tf.reduce_mean(content, [1, 2], keepdims=True)
            wanted = tf.reduce_mean(style, [1, 2], keepdims=True)
            size = tf.shape(content)[1:3] // 4 * 4
            return [tf.image.resize(tf.clip_by_value(content - mean + wanted, 0.0, 1.0), size)]

    folder = str(tmp_path_factory.mktemp("hub") / "module")
    made = Module()
    tf.saved_model.save(made, folder)
    signed = str(tmp_path_factory.mktemp("hub") / "signature")
    plain = tf.Module()
    plain.made = made
    named = tf.function(lambda placeholder, placeholder_1: {"output_0": made(placeholder, placeholder_1)[0]})
    specs = [tf.TensorSpec((None, None, None, 3), tf.float32, name=name) for name in ("placeholder", "placeholder_1")]
    tf.saved_model.save(plain, signed, signatures=named.get_concrete_function(*specs))
    return {"called": folder, "signature": signed}


@pytest.fixture
def files(tmp_path):
    rng = np.random.default_rng(0)
    Image.fromarray(rng.integers(0, 100, (50, 70, 3), np.uint8)).save(tmp_path / "photograph.png")
    Image.new("RGB", (30, 30), (200, 120, 40)).save(tmp_path / "sunset.png")
    return tmp_path


@pytest.mark.parametrize("way", ["called", "signature"])
def test_a_module_paints_in_the_style_of_a_picture(module, files, way):
    output = files / "new.png"
    (done,) = predict(
        [str(files / "photograph.png")],
        hub=module[way],
        style_picture=str(files / "sunset.png"),
        output=str(output),
    )
    painted = images.read(output)
    assert painted.shape == (50, 70, 3) and done.styles == {"sunset": 1.0}
    np.testing.assert_allclose(painted.mean((0, 1)), (200, 120, 40), atol=3)
    predict(
        [str(files / "photograph.png")],
        hub=module[way],
        style_picture=str(files / "sunset.png"),
        strength=0.5,
        output=str(output),
    )
    half = (images.read(files / "photograph.png").mean((0, 1)) + np.array((200, 120, 40))) / 2
    np.testing.assert_allclose(images.read(output).mean((0, 1)), half, atol=3)


def test_what_is_no_module_for_styles_is_told(files, tmp_path):
    import tensorflow as tf

    text = tf.Module()
    text.__call__ = tf.function(lambda x: x, input_signature=[tf.TensorSpec((None,), tf.string)])
    tf.saved_model.save(text, str(tmp_path / "text"))
    given = dict(style_picture=str(files / "sunset.png"), output=str(files / "new.png"))
    for folder, told in ((tmp_path / "text", "does not paint"), (tmp_path / "none", "no such folder")):
        with pytest.raises(InputError, match=told):
            predict([str(files / "photograph.png")], hub=str(folder), **given)
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="cannot be loaded"):
        predict([str(files / "photograph.png")], hub=str(tmp_path / "empty"), **given)
    assert not (files / "new.png").exists()

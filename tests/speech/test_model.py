"""The networks."""

import re

import numpy as np
import pytest

from suite import blocks
from suite.blocks import ConvBlock, Head
from suite.speech import model, networks
from suite.speech.config import Config, ModelConfig
from suite.speech.features import Features
from suite.task import Examples

SHAPE = (*Features().shape, 1)


def examples(labels):
    noise = np.random.default_rng(0).integers(-999, 999, (4, 16000), np.int16)
    return Examples(noise, np.zeros(4, int), tuple("abcdefgh"[:labels]), "noise")


@pytest.mark.parametrize("labels", [6, 12, 35])
def test_small_keeps_to_its_limits(labels):
    parameters, macs = blocks.totals(blocks.plan(networks.VARIANTS["small"], SHAPE, labels))
    assert parameters <= 25_000 and macs <= 2_700_000


def test_lecture_is_the_lectures():
    names = [layer.name for layer in blocks.plan(networks.VARIANTS["lecture"], SHAPE, 12)]
    order = [
        name for name in names if name in ("b1_conv", "b1_pool", "b2_conv", "b2_pool", "flatten", "dense1", "logits")
    ]
    assert order == ["b1_conv", "b1_pool", "b2_conv", "b2_pool", "flatten", "dense1", "logits"]


@pytest.mark.parametrize("variant", list(networks.VARIANTS))
def test_every_variant_gives_logits_for_waveforms(variant):
    built = model.build(Config(model=ModelConfig(variant=variant)), examples(5))
    spotter, whole = built.trained, built.saved
    assert whole(np.zeros((2, 16000), np.float32)).shape == (2, 5)
    counted, _ = blocks.totals(blocks.plan(networks.VARIANTS[variant], SHAPE, 5))
    assert spotter.count_params() == counted + 3  # and the normalisation's mean, variance and count


def test_other_blocks_in_place_of_the_variants():
    settings = ModelConfig(blocks=(ConvBlock(4), ConvBlock(6, kind="residual")), head=Head("max"))
    spotter = model.build(Config(model=settings), examples(3)).trained
    assert spotter.get_layer("network").get_layer("b2_conv2").kernel.shape[-1] == 6


def test_int8_files_are_small_and_agree(speech):
    """The limits that phones and microcontrollers set; the agreement of a hardly trained network is the harder one."""
    import json

    files = {row["file"]: row for row in json.loads((speech.version / "report.json").read_text())["files"]}
    assert files["tflite/speech_int8.tflite"]["bytes"] < 110_000
    assert files["tflite/speech_int8_mcu.tflite"]["bytes"] < 60_000
    assert files["tflite/speech_float32.tflite"]["agreement"]["validation"] == 1.0


@pytest.mark.parametrize("mode", ["dynamic", "int8"])
def test_the_front_end_stays_float_up_to_the_normalisation(speech, mode):
    """Log-mel features span too many decades for 256 steps; behind the normalisation they do not."""
    from ai_edge_litert.interpreter import Interpreter

    tensors = Interpreter(str(speech.version / "tflite" / f"speech_{mode}.tflite")).get_tensor_details()
    for layer in ("log_mel", "normalisation"):
        kinds = {np.dtype(t["dtype"]).name for t in tensors if re.search(rf"^{layer}(_\d+)?(:\d+)?$", t["name"])}
        assert "float32" in kinds and not kinds & {"int8", "int16", "float16"}, (layer, kinds)
    assert "int8" in {np.dtype(t["dtype"]).name for t in tensors if "conv" in t["name"]}

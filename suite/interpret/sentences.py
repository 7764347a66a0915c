"""The units of a text classifier as words: n-grams that excite a filter, words that add to a label, words exchanged.

Words cannot be optimised by small steps. A convolution over word vectors is a sum over its places, so that the n-gram
that excites a filter most is found place by place, exactly; a label's words are all tried; and where words of a
sentence are exchanged, the gradient proposes them (Ebrahimi et al. 2018, "HotFlip") and the model decides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import keras
import numpy as np
import tensorflow as tf

from suite.errors import InputError
from suite.interpret import objectives
from suite.interpret.units import NATURAL, Kind, Unit, batched, judged

if TYPE_CHECKING:
    from suite.artefacts.runtime import Artefact
    from suite.interpret.load import Inspected
    from suite.task import Examples

_WORDS = 5  # words that are shown for a label
_PROPOSED = 64  # exchanges that are tried of those that the gradient proposes
_MOST = 400  # natural sentences at a time


def units(
    model: Inspected,
    kind: Kind,
    chosen: Mapping[str, Sequence[int]],
    natural: Examples | None,
    judging: Artefact | None,
) -> list[Unit]:
    """The units with their words.

    Args:
        model: A text classifier.
        kind: filters or outputs.
        chosen: Numbers of the units by layer.
        natural: Real sentences.
        judging: Another model.
    """
    found: list[Unit] = []
    for layer, numbers in chosen.items():
        found += _labels(model, numbers) if kind == "outputs" else _filters(model, layer, numbers, natural)
    labels, texts = model.about.labels, [unit.text for unit in found]
    answers = np.asarray(tf.nn.softmax(model.model(model.encode(texts))))
    for row, unit in enumerate(found):
        answer = labels[int(answers[row].argmax())]
        share = answers[row, labels.index(unit.unit if kind == "outputs" else answer)]
        found[row] = replace(unit, answer=answer, confidence=round(float(share), 5))
    return judged(found, judging, texts)


def _filters(model: Inspected, layer: str, numbers: Sequence[int], natural: Examples | None) -> list[Unit]:
    """For each filter the n-gram of the vocabulary that excites it most, and the best of natural sentences.

    Of a network with scopes the n-gram is the best of words that stand in no scope; its activation is theirs.
    """
    convolution, words = model.network.get_layer(layer), model.about.settings["vocabulary"]
    kernel, table, scopes = np.asarray(convolution.kernel), _table(model), _scopes(model)
    if scopes:  # of a word without any scope: its further features are zero
        table = table[:, : scopes.dimensions]
    if kernel.shape[1] != table.shape[1] + (scopes.heads * scopes.width if scopes else 0):
        raise InputError(f"{layer}: its input is no sentence but another layer's output; name a first convolution")
    kernel = kernel[:, : table.shape[1]]
    shares = np.einsum("vd,kdf->kvf", table[2:], kernel[..., numbers])  # of each word at each place
    best, bias = (
        shares.argmax(axis=1) + 2,
        np.asarray(convolution.bias) if convolution.use_bias else np.zeros(convolution.filters),
    )
    grams = _natural(model, layer, numbers, kernel.shape[0], natural)
    return [
        Unit(
            unit=f"{layer}:{number}",
            activation=round(float(shares[:, :, row].max(axis=1).sum() + bias[number]), 4),
            start=round(float(bias[number]), 4),
            natural=[value for value, _ in grams[row]],
            text=" ".join(words[word] for word in best[:, row]),
            natural_texts=[gram for _, gram in grams[row]],
        )
        for row, number in enumerate(numbers)
    ]


def _natural(
    model: Inspected, layer: str, numbers: Sequence[int], width: int, natural: Examples | None
) -> list[list[tuple[float, str]]]:
    """For each filter the n-grams of natural sentences that excite it most, each once."""
    if natural is None:
        return [[] for _ in numbers]
    before, response, words = (width - 1) // 2, model.activations(layer), model.canvas.words
    assert words
    found: list[dict[str, float]] = [{} for _ in numbers]
    for i in range(0, len(natural.raw), _MOST):
        some = natural.raw[i : i + _MOST]
        maps = tf.gather(response(model.encode(some)), numbers, axis=-1).numpy()  # (B, N, filters)
        for row in range(len(numbers)):
            for sentence in np.argsort(-maps[..., row].max(axis=1))[:20]:
                place = int(maps[sentence, :, row].argmax())
                gram = " ".join(words(some[sentence])[max(0, place - before) : max(0, place - before + width)])
                found[row].setdefault(gram, round(float(maps[sentence, place, row]), 4))
    return [sorted(((v, gram) for gram, v in grams.items()), reverse=True)[:NATURAL] for grams in found]


def _labels(model: Inspected, numbers: Sequence[int]) -> list[Unit]:
    """For each label the words that add most to it, each alone in a sentence; the sentence of these words is judged."""
    words, length = model.about.settings["vocabulary"], model.about.settings["length"]
    ids = np.zeros((len(words), length), np.int32)
    ids[:, 0] = np.arange(len(words))
    logits = np.asarray(batched(model.model, ids, 1024))
    added = logits - logits[0]  # the first word is the padding: an empty sentence
    added = added - (added.sum(axis=1, keepdims=True) - added) / max(1, added.shape[1] - 1)  # above the other labels
    found = []
    for number in numbers:
        best = [int(word) for word in np.argsort(-added[2:, number])[:_WORDS] + 2]
        text = " ".join(words[word] for word in best)
        margin = objectives.margins(model.model(model.encode([text])), np.array([number], np.int32))
        start = objectives.margins(tf.constant(logits[:1]), np.array([number], np.int32))
        shares = [f"{words[word]} {added[word, number]:+.1f}" for word in best]
        found.append(
            Unit(
                unit=model.about.labels[number],
                activation=round(float(margin[0]), 4),
                start=round(float(start[0]), 4),
                text=text,
                words=shares,
            )
        )
    return found


def exchanged(model: Inspected, words: Sequence[str], label: int) -> list[str]:
    """The words of a sentence with as few exchanged as are found to make it another label, by greedy search.

    Raises:
        InputError: The label is not reached, all words exchanged.
    """
    found, open_places = list(words), set(range(len(words)))
    while int(np.argmax(model.model(model.encode([" ".join(found)])))) != label:
        if not open_places:
            raise InputError(f"{model.about.labels[label]}: is not reached, though all words were exchanged")
        tries = _proposed(model, found, label, open_places)
        logits = model.model(model.encode([" ".join(sentence) for _, sentence in tries]))
        place, found = tries[int(np.argmax(objectives.margins(logits, tf.fill((len(tries),), label))))]
        open_places.discard(place)
    return found


def _proposed(model: Inspected, words: Sequence[str], label: int, places: set[int]) -> list[tuple[int, list[str]]]:
    """The exchanges of one word, at one of the places, that promise most by the gradient; each with its place."""
    vocabulary, table = model.about.settings["vocabulary"], _table(model)
    vectors, scopes = tf.gather(table, model.encode([" ".join(words)])), _scopes(model)
    with tf.GradientTape() as tape:
        tape.watch(vectors)
        score = objectives.margins(model.network(scopes(vectors) if scopes else vectors), tf.constant([label]))
    gradient = tape.gradient(score, vectors)[0].numpy()[: len(words)]
    gain = gradient @ table.T - np.sum(gradient * vectors[0].numpy()[: len(words)], axis=1, keepdims=True)
    gain[:, :2] = -np.inf  # not the padding, nor the unknown word
    gain[[place for place in range(len(words)) if place not in places]] = -np.inf
    best = zip(*np.unravel_index(np.argsort(-gain, axis=None)[:_PROPOSED], gain.shape), strict=True)
    return [(int(place), [*words[:place], vocabulary[word], *words[place + 1 :]]) for place, word in best]


def _table(model: Inspected) -> np.ndarray:
    """The word vectors, (V, D)."""
    (embedding,) = (layer for layer in model.model.layers if isinstance(layer, keras.layers.Embedding))
    return np.asarray(embedding.embeddings)


def _scopes(model: Inspected) -> keras.layers.Layer | None:
    """The layer that repeats words within the scopes of others, if the model has one."""
    return next((layer for layer in model.model.layers if layer.name == "scopes"), None)

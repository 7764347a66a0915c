"""One tokeniser in three places: Python, a TensorFlow graph, and MediaPipe's own client."""

import numpy as np
import pytest

from suite.artefacts import metadata
from suite.artefacts.tflite_metadata import Text, pack
from suite.errors import InputError
from suite.sentiment import text

LENGTH = 16
AWKWARD = [
    "Don't stop! don’t STOP, DON'T.",
    "'quoted' ''twice'' rock'n'roll ' '' '''a'''b'' ‘x’ “y” – z…",
    "http://a.b/c?d=e_f @Me #tag 12:30 21st $1 ($0) \\1 50%",
    "中文 句子。很好！ 日本語、です",
    "Great😀 😀 👨‍👩‍👧 :-) <3 so👍🏽good ❤️loved❤️it 1️⃣",
    "can`t can´t can‘t canʼt can’t CAN＇T `so´ ‘it’ ``x''",
    "iPod Café CAFÉ cafe\u0301 naïve ß STRASSE straße İstanbul ΣΑΣ σας привет: МИР",
    "gru\u0308n GRÜN grün o\u0301",
    "a\tb\r\nc\x0bd\x85e\u2028f\xa0g \ufeffbom zero\u200bwidth \x01 \x7f \u3000",
    "<PAD> <UNKNOWN> <START>",
    "x" * 1000,
    "word " * 10_000,
    "never 4 seen",
    "word'\n",
    "'",
    " \n ",
    "",
]


@pytest.fixture(scope="module")
def vocabulary():
    return text.vocabulary([line for line in AWKWARD if "seen" not in line], 500)


def test_words():
    assert text.tokens("'It isn't -- he said – a tear-jerker', but good!") == (
        ["It", "isn't", "he", "said", "a", "tear", "jerker", "but", "good"]
    )
    assert text.tokens("dogs' don’t ''") == ["dogs", "don’t"]


def test_emoji_apostrophes_and_entities():
    assert text.tokens("terrible😡 so👍🏽good 👨‍👩‍👧 ❤️") == ["terrible", "so", "good"]
    assert text.tokens("I can&#39;t &amp; won&apos;t &lt;3 it&rsquo;s&nbsp;&quot;ok&quot; AT&T") == (
        ["I", "can't", "won't", "3", "it's", "ok", "AT", "T"]
    )
    words = ("<PAD>", "<UNKNOWN>", "can't", "grün")
    given = ["can't", "can’t", "can`t", "can´t", "can‘t", "canʼt", "CAN＇T", "grün", "gru\u0308n", "Grün", "GRU\u0308N"]
    assert text.ids(given, words, 1).ravel().tolist() == [2] * 7 + [3] * 4


def test_the_graph_knows_entities_too():
    import tensorflow as tf

    vocabulary = ("<PAD>", "<UNKNOWN>", "can't", "amp", "and", "ok")
    given = ["can&#39;t &amp; and", "&quot;ok&quot;", "&amp;quot;ok", "can&rsquo;t&nbsp;ok"]
    rows = text.in_graph(tf.constant(given), text.lookup(vocabulary), 4)
    np.testing.assert_array_equal(rows, text.ids(given, vocabulary, 4))


def test_the_vocabulary_is_of_the_most_frequent_words_in_one_order():
    texts = ["b a B a c’d", "A b C'D e"]
    assert text.vocabulary(texts, 10) == ("<PAD>", "<UNKNOWN>", "a", "b", "c'd", "e")
    assert text.vocabulary(texts[::-1], 10) == text.vocabulary(texts, 10)
    assert text.vocabulary(texts, 10, min_count=3) == ("<PAD>", "<UNKNOWN>", "a", "b")
    assert text.vocabulary(texts, 3) == ("<PAD>", "<UNKNOWN>", "a")
    with pytest.raises(InputError, match="no word occurs 9 times"):
        text.vocabulary(texts, 10, min_count=9)


def test_ids():
    words = ("<PAD>", "<UNKNOWN>", "don't", "stop")
    rows = text.ids(["Don’t STOP me", "stop stop stop stop", "sToP!", ""], words, 3)
    assert rows.tolist() == [[2, 3, 1], [3, 3, 3], [1, 0, 0], [0, 0, 0]] and rows.dtype == np.int32
    assert text.ids([], words, 3).shape == (0, 3)


def test_no_spelling_has_two_ids_and_the_more_frequent_word_has_it():
    table = metadata.spellings(("<PAD>", "<UNKNOWN>", "ß", "ss"))
    assert table == {"<PAD>": 0, "<UNKNOWN>": 1, "ß": 2, "Ss": 2, "SS": 2, "ss": 3}


def test_the_graph_gives_the_same_ids(vocabulary, tmp_path):
    import tensorflow as tf

    module = tf.Module()
    module.table = text.lookup(vocabulary)
    spec = tf.TensorSpec([None], tf.string)
    module.ids = tf.function(lambda strings: text.in_graph(strings, module.table, LENGTH), input_signature=[spec])
    tf.saved_model.save(module, str(tmp_path))
    expected = text.ids(AWKWARD, vocabulary, LENGTH)
    for serving in (module, tf.saved_model.load(str(tmp_path))):
        rows = serving.ids(tf.constant(AWKWARD))
        assert rows.dtype == tf.int32
        np.testing.assert_array_equal(rows, expected)
    rows = tf.data.Dataset.from_tensor_slices(AWKWARD).batch(4).map(module.ids).unbatch()
    np.testing.assert_array_equal(list(rows.as_numpy_iterator()), expected)
    assert module.ids(tf.constant([""])).shape == (1, LENGTH)


def test_mediapipe_gives_the_same_ids(vocabulary):
    """The official phone client, on a file whose scores are the ids."""
    pytest.importorskip("mediapipe", reason="mediapipe has no wheel here")
    from mediapipe.tasks.python import BaseOptions
    from mediapipe.tasks.python import text as client

    settings = {"vocabulary": vocabulary, "delimiter": text.DELIMITER}
    places = tuple(f"place {number}" for number in range(LENGTH))
    about = metadata.Metadata("sentiment", places, "ids", settings)
    model = pack(_identity(), about, {"ids": Text(vocabulary, text.DELIMITER)})
    options = client.TextClassifierOptions(base_options=BaseOptions(model_asset_buffer=model))
    with client.TextClassifier.create_from_options(options) as classifier:
        for line, expected in zip(AWKWARD, text.ids(AWKWARD, vocabulary, LENGTH), strict=True):
            found = np.full(LENGTH, -1)
            for category in classifier.classify(line).classifications[0].categories:
                found[category.index] = category.score
            assert found.tolist() == expected.tolist(), line


def _identity() -> bytes:
    """A .tflite file that gives its ids as they are."""
    import tensorflow as tf

    module = tf.Module()
    spec = tf.TensorSpec([1, LENGTH], tf.int32, name="ids")
    module.call = tf.function(lambda ids: tf.cast(ids, tf.float32), input_signature=[spec])
    return tf.lite.TFLiteConverter.from_concrete_functions([module.call.get_concrete_function()], module).convert()


def test_words_with_a_value_come_before_frequent_ones():
    texts = ["a a a b b b splendid", "c c"]
    assert text.vocabulary(texts, 4) == ("<PAD>", "<UNKNOWN>", "a", "b")
    assert text.vocabulary(texts, 4, 2, {"splendid", "absent"}) == ("<PAD>", "<UNKNOWN>", "a", "splendid")


def test_single_texts_share_the_table_of_spellings(monkeypatch):
    made = []
    monkeypatch.setattr(text, "spellings", lambda words: made.append(words) or metadata.spellings(words))
    for _ in range(3):
        assert text.ids(["one table"], ["<PAD>", "<UNKNOWN>", "table", "shared"], 3).tolist() == [[1, 2, 0]]
    assert len(made) == 1

"""Reading word vectors in GloVe's format, whole and damaged."""

import gzip
import zipfile

import numpy as np
import pytest

from suite.errors import InputError
from suite.sentiment import embeddings
from suite.sentiment.config import ModelConfig
from suite.sentiment.model import vectors

WORDS = ("<PAD>", "<UNKNOWN>", "good", "bad", "isn't", "it's", "can't", "absent", "ain't")
LINES = ["the 1 1 1", "good 1 2 3", "bad -1 -2 -3e0", "is 1 0 0", "not 0 1 0", "can 0 0 1", "it 9 9 9"]


def write(path, lines=LINES):
    path.write_bytes("\n".join(lines).encode() + b"\n")
    return path


def test_the_vocabulary_s_words_alone(tmp_path):
    matrix, share = embeddings.read(write(tmp_path / "glove.txt"), WORDS, 3)
    assert matrix.shape == (9, 3) and matrix.dtype == np.float32
    assert matrix[[0, 2, 3]].tolist() == [[0, 0, 0], [1, 2, 3], [-1, -2, -3]]
    assert matrix[4:7].tolist() == [[0.5, 0.5, 0], [9, 9, 9], [0, 0.5, 0.5]]  # of what contractions are made of
    assert share == pytest.approx(5 / 7)
    again, _ = embeddings.read(tmp_path / "glove.txt", WORDS, 3)
    other, _ = embeddings.read(tmp_path / "glove.txt", WORDS, 3, seed=1)
    np.testing.assert_array_equal(matrix, again)
    assert (matrix[[1, 7, 8]] != other[[1, 7, 8]]).all()


def test_missing_words_vary_as_the_others_do(tmp_path):
    rng = np.random.default_rng(0)
    write(tmp_path / "a.txt", [" ".join([f"w{i}", *map(str, rng.normal(0, 0.4, 20).round(5))]) for i in range(500)])
    matrix, share = embeddings.read(tmp_path / "a.txt", ["<PAD>", "<UNKNOWN>", *(f"w{i}" for i in range(1000))], 20)
    assert share == 0.5 and matrix[502:].std() == pytest.approx(0.4, rel=0.05)


def test_words_that_a_file_lacks_are_mapped_from_the_package(tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    words, map_ = [f"w{i}" for i in range(620)], rng.normal(0, 1, (50, 4))
    packaged = {word: rng.normal(0, 1, 50) for word in words}
    monkeypatch.setattr(embeddings, "_packaged", lambda wanted: {w: packaged[w] for w in wanted if w in packaged})
    lines = [" ".join([word, *map(str, (packaged[word] @ map_).round(6))]) for word in words[:600]]
    vocabulary = ["<PAD>", "<UNKNOWN>", *words, "nowhere"]
    matrix, share = embeddings.read(write(tmp_path / "a.txt", lines), vocabulary, 4)
    np.testing.assert_allclose(matrix[602:622], np.stack([packaged[w] for w in words[600:]]) @ map_, atol=1e-3)
    assert share == pytest.approx(620 / 621)
    alone, _ = embeddings.read(None, vocabulary, 50)
    np.testing.assert_allclose(alone[2], packaged["w0"], atol=1e-6)
    with pytest.raises(InputError, match="model.dimensions: 4: the package's vectors have 50"):
        embeddings.read(None, vocabulary, 4)


def test_gzip_and_the_official_zip(tmp_path):
    expected, _ = embeddings.read(write(tmp_path / "glove.6B.3d.txt"), WORDS, 3)
    (tmp_path / "a.txt.gz").write_bytes(gzip.compress((tmp_path / "glove.6B.3d.txt").read_bytes()))
    write(tmp_path / "glove.6B.30d.txt", ["good " + "1 " * 30])
    with zipfile.ZipFile(tmp_path / "glove.6B.zip", "w") as archive:
        for name in ("glove.6B.30d.txt", "glove.6B.3d.txt"):
            archive.write(tmp_path / name, name)
    for name in ("a.txt.gz", "glove.6B.zip"):
        np.testing.assert_array_equal(embeddings.read(tmp_path / name, WORDS, 3)[0], expected)
    with pytest.raises(InputError, match=r"no vectors of 50 dimensions in it; there are glove.6B.30d.txt, glove"):
        embeddings.read(tmp_path / "glove.6B.zip", WORDS, 50)


def test_bad_lines_are_named_and_counted_and_too_many_stop(tmp_path, capsys):
    filling = [f"w{i} 1 2 3" for i in range(60)]
    spoilt = [*filling, "short 1", "absent 1 x 2", "absent nan 1 2", "at a b 1 2 3", *LINES]
    matrix, _ = embeddings.read(write(tmp_path / "a.txt", spoilt), WORDS, 3)
    assert matrix[2].tolist() == [1, 2, 3]
    assert "skipped 3 of 71 lines" in (told := capsys.readouterr().err) and "lines 61, 62, 63" in told
    with pytest.raises(InputError, match=r"10 of 20 lines .*copy or fetch it again"):
        embeddings.read(write(tmp_path / "b.txt", [*filling[:10], *["short"] * 10]), WORDS, 3)


def test_files_that_cannot_be_used(tmp_path):
    good = write(tmp_path / "a.txt")
    with pytest.raises(InputError, match=r"a.txt: vectors of 3 dimensions; choose --model.dimensions 3"):
        embeddings.read(good, WORDS, 50)
    with pytest.raises(InputError, match=r"has none of the vocabulary's 3 words"):
        embeddings.read(good, ("<PAD>", "<UNKNOWN>", "gut"), 3)
    (tmp_path / "b.gz").write_bytes(gzip.compress(good.read_bytes())[:-12])
    (tmp_path / "c.zip").write_bytes(b"no archive")
    (tmp_path / "d.gz").write_bytes(b"no archive")
    for name, told in {"b.gz": "cut off", "c.zip": "damaged", "d.gz": "damaged", "e.txt": "No such file"}.items():
        with pytest.raises(InputError, match=told):
            embeddings.read(tmp_path / name, WORDS, 3)
    with pytest.raises(InputError, match="no word with its vector"):
        embeddings.read(write(tmp_path / "f.txt", ["400000 300"]), WORDS, 3)
    with pytest.raises(InputError, match="expected GloVe's text format|has none"):
        embeddings.read(write(tmp_path / "g.txt", []), WORDS, 3)


def test_the_lexicon_gives_the_first_number():
    words = ("<PAD>", "<UNKNOWN>", "wonderful", "awful", "table")
    table = vectors(ModelConfig(dimensions=4), words, seed=1)
    assert table[:, 0].tolist() == pytest.approx([0, 0, 1.35, -1, 0]) and table.dtype == np.float32
    plain = vectors(ModelConfig(dimensions=4, lexicon=False), words, seed=1)
    assert (plain[:, 1:] == table[:, 1:]).all() and (plain[0] == 0).all() and (plain[1:, 0] != 0).all()
    assert (vectors(ModelConfig(dimensions=4), words, seed=2)[1:, 1:] != table[1:, 1:]).all()

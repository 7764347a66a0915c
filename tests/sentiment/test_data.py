"""Files of one's own: tables and lines, their encodings, splits and folds."""

import gzip
import io
import json
import re
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pytest

from suite.errors import InputError
from suite.sentiment import data, files
from suite.sentiment.config import DataConfig
from suite.sentiment.task import TASK
from suite.task import load_split
from tests.tools import about


@pytest.fixture
def write(tmp_path):
    """`write("a.csv", "text,label\\n...")` writes a file and gives the configuration of it."""

    def make(name: str, content: str | bytes, **options) -> DataConfig:
        (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
        return DataConfig(path=str(tmp_path / name), **options)

    return make


def labelled(counts: dict[str, int]) -> str:
    return "".join(f"{label} text {label} {i}\n" for label, count in counts.items() for i in range(count))


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_a_table_of_any_delimiter(write, sign):
    content = (
        f'id{sign}label{sign}text\r\n1{sign}good{sign}"fine{sign} ""so""\r\nfine"\r\n\r\n2{sign}bad{sign}no, no; no\r\n'
    )
    content = content.replace("no, no; no", f'"no{sign} no"')
    texts = load_split(TASK, write("a.csv", content), "all", about("sentiment", ("good", "bad")))
    assert sorted(zip(texts.targets, texts.raw, strict=True)) == [(0, f'fine{sign} "so"\r\nfine'), (1, f"no{sign} no")]


def test_columns_by_name(write):
    content = "\ufeffReview;Stars\nfine;5\nbad;1\nwell;10\n"
    config = write("a.csv", content, text_column="Review", label_column="Stars")
    texts = load_split(TASK, config, "all", about("sentiment", ("1", "5", "10")))
    assert sorted(texts.raw) == ["bad", "fine", "well"]
    with pytest.raises(InputError, match=r"a.csv: no column 'text'; there are Review, Stars: .*--data.text_column"):
        load_split(TASK, write("a.csv", content, label_column="Stars"), "all")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("text,label\na,1,2\n", r"line 2: 3 columns, where the header has 2.*quotation marks"),
        ("text,label\na\n", r"line 2: 1 columns"),
        ("text,label\na,\n", r"line 2: a text without a label"),
        ('text,label\na,b\n"never closed,1\nb,2\n', r"line 4: unexpected end of data"),
        ("text,label\n", "no texts in it"),
        ("", "no column 'text'; it has no header"),
        (b"text,label\na\0,1\n", r"line 2: not text"),
        ("text,label\na,1\n".encode("utf-16-le"), r"line 1: not text, or UTF-16"),
        ("text,text,label\na,b,1\n", r"2 columns are called 'text'"),
        ("text," + "x," * 10**6 + "y\na", r"no column 'label'; there are text, x, .*\(1,000,002\)"),
    ],
)
def test_damaged_tables(write, content, told):
    with pytest.raises(InputError, match=told) as error:
        load_split(TASK, write("a.csv", content), "all")
    assert "a.csv" in str(error.value) and "\n" not in str(error.value)


def test_lines_with_empty_ones_counted_and_told_of_once(write, capsys):
    config = write("a.all", labelled({"0": 10, "1": 10}) + "\n1\n0  \n1 it 's fine , do n't\n", test=0.1)
    everything = load_split(TASK, config, "all")
    assert len(everything) == 21 and "it's fine , don't" in everything.raw
    assert sum(len(load_split(TASK, config, split)) for split in ("train", "validation", "test")) == 21
    assert capsys.readouterr().err == f"skipped 2 of 23 lines without text in {config.path}\n"


def test_utf_8_and_latin_1(write):
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "latin-1", "cp1252"):
        content = "1 café – naïve\n0 plain\n".replace("–", "–" if encoding != "latin-1" else "-")
        texts = load_split(TASK, write("a.all", content.encode(encoding)), "all", about("sentiment", ("0", "1")))
        (text,) = [text for text in texts.raw if text != "plain"]
        assert text.startswith("café") and text.endswith("naïve")


ROWS = [("very good", 1), ("so bad", 0), ("quite good", 1), ("rather bad", 0)]


def excel(rows):
    book = openpyxl.Workbook()
    for row in [("text", "label"), *rows]:
        book.active.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


@pytest.mark.parametrize("name", ["a.jsonl", "a.ndjson", "a.json", "a.xlsx", "a.csv.gz", "a.jsonl.gz", "sep.csv"])
def test_a_table_of_any_format(write, name):
    lines = "\n".join(json.dumps({"id": 7, "text": text, "label": label}) for text, label in ROWS)
    separated = "text;label\n" + "".join(f"{text};{label}\n" for text, label in ROWS)
    contents = {
        "a.json": json.dumps([{"text": text, "label": label} for text, label in ROWS]),
        "a.xlsx": excel(ROWS),
        "a.csv.gz": gzip.compress(separated.encode()),
        "a.jsonl.gz": gzip.compress(lines.encode()),
        "sep.csv": "sep=;\n" + separated,
    }
    config = write(name, contents.get(name, lines))
    assert files.table(Path(config.path), "text", "label") == [(text, str(label)) for text, label in ROWS]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.jsonl", '{"text": "a", "label": 1}\n{"text": "b",', r"line 2: not JSON"),
        ("a.jsonl", "[" * 10**5, r"line 1: not JSON"),
        ("a.jsonl", '{"text": ["a"], "label": 1}', r"line 1: text and label must be texts"),
        ("a.jsonl", '{"review": "a"}', r"no column 'text'; there are review"),
        ("a.jsonl", "7", r"line 1: not a JSON object"),
        ("a.xlsx", b"PK\x03\x04 no workbook", r"not an Excel file"),
        ("a.csv.gz", gzip.compress(b"text,label\na,1\n")[:15], r"damaged, or no gzip file"),
    ],
)
def test_damaged_tables_of_other_formats(write, name, content, told):
    with pytest.raises(InputError, match=told) as error:
        load_split(TASK, write(name, content), "all")
    assert name in str(error.value) and len(str(error.value)) < 400


def test_a_sheet_whose_rows_have_no_end(write):
    """As some programs write them: without the sheet's dimension, and with an empty last cell."""
    content = excel([("good", None), *ROWS * 5])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    sheet = next(name for name in members if name.endswith("sheet1.xml"))
    members[sheet] = re.sub(rb"<dimension[^>]*/>", b"", members[sheet])
    again = io.BytesIO()
    with zipfile.ZipFile(again, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    assert len(files.table(Path(write("a.xlsx", again.getvalue()).path), "text", "label")) == 20


def test_a_sheet_with_columns_without_a_name(write):
    book, content = openpyxl.Workbook(), io.BytesIO()
    for row in [(None, "text", None, "label"), *((i, f"text {i}", "note", i % 2) for i in range(10))]:
        book.active.append(row)
    book.save(content)
    rows = files.table(Path(write("a.xlsx", content.getvalue()).path), "text", "label")
    assert rows == [(f"text {i}", str(i % 2)) for i in range(10)]


def test_halves_of_characters_are_replaced(write):
    config = write("a.jsonl", '{"text": "good \\ud83d", "label": "a"}\n{"text": "u\\u0308", "label": "b"}')
    assert files.table(Path(config.path), "text", "label") == [("good \ufffd", "a"), ("ü", "b")]


def test_labels_that_are_one_and_labels_that_are_none(write, capsys):
    rows = [f"text {i},{label}" for label in ("Good", "good", "good", "1", "1.0", "-2.00", "-2") for i in range(10)]
    rows = [f"{row[:5]}{number} {row[5:]}" for number, row in enumerate(rows)]
    config = write("a.csv", "\n".join(["text,label", *rows, "x,NaN", "y,null", "z,"]))
    assert load_split(TASK, config, "train").labels == ("-2", "1", "good")
    told = capsys.readouterr().err
    assert "the label Good (10) is taken as good (20)" in told
    assert f"skipped 3 of 73 texts without a label in {config.path}: {config.path}, line 72" in told


def test_texts_that_are_there_twice_are_told_of(write, capsys):
    config = write("a.all", labelled({"0": 20, "1": 20}) + "1 text 0 3\n1 text 1 5\n")
    load_split(TASK, config, "train")
    told = capsys.readouterr().err
    assert "texts with different labels: 1, such as 'text 0 3'" in told
    assert "texts that repeat an earlier one: 2 of 42" in told


def test_a_folder_for_each_label(tmp_path, capsys):
    for name in ("neg", "pos", "unsup"):
        (tmp_path / "train" / name).mkdir(parents=True)
        for number in range(10):
            (tmp_path / "train" / name / f"{number}.txt").write_text(f"a {name} text, number {number}")
    texts = load_split(TASK, DataConfig(path=str(tmp_path / "train")), "all")
    assert texts.labels == ("neg", "pos") and len(texts) == 20 and "a pos text, number 7" in texts.raw
    assert "unsup: left out" in capsys.readouterr().err
    (tmp_path / "test" / "neg").mkdir(parents=True)
    with pytest.raises(InputError, match=r"splits, not classes \(test, train\); train with --data.path .*train,"):
        load_split(TASK, DataConfig(path=str(tmp_path)), "all")


@pytest.mark.parametrize("bad", [b"1 caf\xc3\n", b"1 caf\xe9\n"])
def test_one_line_in_another_encoding_is_named(write, bad):
    content = "1 naïve\n0 plain\n".encode() + bad
    with pytest.raises(InputError, match=r"a.all, line 3: neither UTF-8 nor Latin-1"):
        data.load(write("a.all", content), "train")
    with pytest.raises(InputError, match=r"line 2: neither"):  # a byte that neither has
        data.load(write("b.all", b"0 plain\n1 caf\x81\n"), "train")


def test_stratified_splits_in_the_order_of_the_labels(write):
    config = write("a.all", labelled({"10": 20, "9": 40, "-1": 20, "b": 20, "a": 20}), test=0.1)
    parts = {split: load_split(TASK, config, split) for split in ("train", "validation", "test")}
    assert parts["train"].labels == ("-1", "9", "10", "a", "b")
    assert [np.bincount(part.targets).tolist() for part in parts.values()] == [
        [16, 32, 16, 16, 16],
        [2, 4, 2, 2, 2],
        [2, 4, 2, 2, 2],
    ]
    assert len({text for part in parts.values() for text in part.raw}) == 120
    again = data.load(config, "test")
    assert again.raw == parts["test"].raw and "stratified, seed 0" in again.description


def test_without_a_test_split_the_rest_is_learned_from(write):
    content = labelled({"0": 60, "1": 40})
    config = write("a.all", content)
    train, validation = (load_split(TASK, config, split) for split in ("train", "validation"))
    assert data.splits(config) == ("train", "validation") and (len(train), len(validation)) == (90, 10)
    with pytest.raises(InputError, match="has no test split"):
        load_split(TASK, config, "test")
    for options, told in (
        ({"test": 0.9}, "0.9: expected a share"),
        ({"test": 0.1, "folds": 5}, "a fold is split already"),
    ):
        with pytest.raises(InputError, match=told):
            write("a.all", content, **options)


def test_the_test_split_stays_where_the_data_are_moved(write, tmp_path):
    known = write("a.all", labelled({"0": 60, "1": 40}), test=0.1)
    here = Path(known.path)
    assert data.eval_data(known, {"path": str(here)}).test == 0.1
    other = write("b.all", labelled({"0": 9, "1": 9}))
    assert data.eval_data(known, {"path": other.path}).test == 0
    (tmp_path / "moved").mkdir()
    moved = here.rename(tmp_path / "moved" / here.name)
    assert data.eval_data(known, {"path": str(moved)}).test == 0.1
    with pytest.raises(InputError, match="data.test: 0.2: the model learned from these texts"):
        data.eval_data(known, {"test": 0.2})


def test_further_sources_join_the_training_alone(write, capsys):
    more = write("more.csv", "text,label\n" + "".join(f"other {i},{i % 2}\n" for i in range(20)))
    alone = write("a.all", labelled({"0": 20, "1": 20}), test=0.1)
    both = write("a.all", labelled({"0": 20, "1": 20}), test=0.1, also=(more.path,))
    added = data.load(more, "train", about("sentiment", ("0", "1")))
    train = data.load(both, "train")
    assert train.raw == data.load(alone, "train").raw + added.raw and "more.csv" in train.description
    assert train.targets[-len(added) :].tolist() == added.targets.tolist() and capsys.readouterr().out == ""
    for split in ("validation", "test"):
        assert data.load(both, split).raw == data.load(alone, split).raw


def test_what_is_held_out_does_not_come_back_by_another_source(write, capsys):
    again = labelled({"1": 20, "0": 9}).replace("text", "Text,").replace("\n", " !\n")  # the same words
    both = write("a.all", labelled({"0": 20, "1": 20}), test=0.1, also=(write("b.all", again).path,))
    held_out = {data._words(text) for split in ("validation", "test") for text in load_split(TASK, both, split).raw}
    assert len(held_out) == 8
    assert not held_out & {data._words(text) for text in data.load(both, "train").raw}
    assert "left out" in capsys.readouterr().out
    stranger = write("c.all", labelled({"0": 20, "maybe": 20}))
    with pytest.raises(InputError, match=r"c.all.*no label 'maybe'; its labels are 0, 1"):
        data.load(write("a.all", labelled({"0": 20, "1": 20}), also=(stranger.path,)), "train")


def test_equal_texts_are_in_one_split(write):
    config = write("a.all", labelled({"0": 30, "1": 30}) * 3, test=0.1)
    parts = [set(load_split(TASK, config, split).raw) for split in ("train", "validation", "test")]
    assert sum(map(len, parts)) == len(set.union(*parts)) == 60


def test_folds_cover_everything_once(write):
    content = labelled({"0": 33, "1": 17})
    tests = []
    for fold in range(1, 6):
        config = write("a.all", content, folds=5, fold=fold)
        parts = [load_split(TASK, config, split) for split in ("train", "validation", "test")]
        assert len({text for part in parts for text in part.raw}) == 50
        assert len(parts[2]) == 10 and np.bincount(parts[2].targets)[1] in (3, 4)
        assert f"fold {fold} of 5" in parts[2].description
        tests += parts[2].raw
    assert len(tests) == len(set(tests)) == 50


@pytest.mark.parametrize(
    ("counts", "told"),
    [({"0": 5}, "one label alone, '0'"), ({"0": 5, "1": 1}, "one text with the label '1'")],
)
def test_what_cannot_be_learned_from(write, counts, told):
    with pytest.raises(InputError, match=told):
        data.load(write("a.all", labelled(counts)), "train")


def test_a_label_of_the_test_that_the_model_does_not_know(write):
    config = write("a.all", labelled({"0": 3, "1": 3, "maybe": 1}))
    with pytest.raises(InputError, match=r"a.all.*the model knows no label 'maybe'; its labels are 0, 1"):
        load_split(TASK, config, "all", about("sentiment", ("0", "1")))
    two = load_split(TASK, write("b.all", labelled({"1": 2})), "all", about("sentiment", ("0", "1")))
    assert two.targets.tolist() == [1, 1]


def test_no_such_file(tmp_path):
    for name in ("absent.csv", "absent"):
        with pytest.raises(InputError, match=r"absent.*no such file"):
            data.load(DataConfig(path=str(tmp_path / name)), "train")
    with pytest.raises(InputError, match="is a folder"):
        files.lines(tmp_path)

"""The configuration of a text classifier: a recipe in configs/sentiment holds only what differs from these defaults."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, Literal, get_args

from suite.config import PATH
from suite.errors import InputError
from suite.problems import classification
from suite.problems.classification import TrainingConfig
from suite.sentiment import files, treebank

Source = Literal["vader", "sst", "semeval", "behaviour", "csv", "lines", "folder"]
Variant = Literal["small", "kim"]
Domain = Literal["tweets", "products", "films", "newspaper"]
SOURCES = get_args(Source)
OVERLAP = (
    "films: these sentences are in sst, its test split included, so that scores would be invalid; use "
    "--data.domains tweets,products,newspaper"
)


@dataclass(frozen=True)
class DataConfig(classification.DataConfig):
    """The training data.

    Args:
        source: vader (23,703 rated sentences, fetched by pip), sst (Stanford Sentiment Treebank, fetched where no path
            is given), semeval (tweets of SemEval 2013 to 2016, as TweetEval has them, fetched where no path is given),
            behaviour (made sentences, to score), csv (a table with a column of texts and one of labels: .csv, .tsv,
            .jsonl, .json or .xlsx, the text files also with .gz), lines (a label and a text on each line) or folder (a
            folder for each label with .txt files, as IMDb's); by default sst for a folder with its files, folder for
            another one, csv for a table, lines for any other file, and vader without a path.
        path: The folder of sst's train.txt, dev.txt and test.txt, any of them; of semeval a folder of TweetEval's
            files, or a table of text, label and split; the file of csv or lines; the folder of folders; of vader the
            source distribution of vaderSentiment 3.3.2, where pip cannot fetch it.
        also: Further sources to learn from: vader, sst, semeval, one of these with its path, such as sst=FOLDER, or the
            path of a folder or file, as above. Their training splits join the training, in the labels of `source`,
            which alone chooses the epoch and is scored.
        weights: How much an example of each of these counts beside one of `source`, in their order; by default 1.
        behaviour: Number of made sentences to learn from beside the others: negations, comparisons, questions, plain
            statements. Others, of other templates and words, are scored by `eval --data.source behaviour`.
        negated: How much sst's phrases of up to eight words with a negation count beside the others.
        whole: How much sst's whole sentences count beside its phrases.
        domains: What vader's sentences are taken from.
        classes: For sst 2 (negative and positive, without the neutral ones), 3 or 5; for vader 2 or 3.
        phrases: Train on every phrase of sst's trees, not on whole sentences alone; the other splits hold sentences.
        text_column: For csv, the column of texts.
        label_column: For csv, the column of labels.
        folds: For csv, lines and folder, number of parts for cross-validation; 0 for a split into train, validation and
            test.
        fold: Which of the parts is the test split, from 1; a tenth of the others validates.
        test: For csv, lines and folder without folds, the share of the test split, such as 0.1; by default there is
            none, and what does not choose the epoch, a tenth, is learned from.
        seed: Seed of the splits.
    """

    source: Source | None = None
    also: tuple[str, ...] = field(default=(), metadata=PATH)
    weights: tuple[float, ...] = ()
    behaviour: int = 0
    negated: float = 1.0
    whole: float = 1.0
    domains: tuple[Domain, ...] = ("tweets", "products", "films", "newspaper")
    classes: Literal[2, 3, 5] = 3
    phrases: bool = False
    text_column: str = "text"
    label_column: str = "label"
    folds: int = 0
    fold: int = 1
    test: float = 0.0
    balance: float = 1.0

    NEED_PATH: ClassVar = {**dict.fromkeys(("csv", "lines"), "a file"), "folder": "a folder"}
    OWN_SPLITS = ("sst", "vader", "semeval", "behaviour")
    TESTS = ("behaviour",)
    REFUSE_PATH = ("behaviour",)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.domains or len(set(self.domains)) < len(self.domains):
            raise InputError(f"data.domains: {', '.join(self.domains) or 'none'}: expected one or more, each once")
        if self.kind == "vader" and self.classes == 5:
            raise InputError("data.classes: 5: the source vader has 2 or 3 classes")
        if self.folds == 1 or self.folds < 0:
            raise InputError(f"data.folds: {self.folds}: expected a whole number from 2, or 0 for none")
        if self.folds and self.kind not in ("csv", "lines", "folder"):
            raise InputError(f"data.folds: {self.folds}: the source {self.kind} has splits of its own; leave it out")
        if not 0 <= self.test <= 0.8:
            raise InputError(f"data.test: {self.test}: expected a share from 0 to 0.8")
        if self.test and (self.folds or self.kind not in ("csv", "lines", "folder")):
            raise InputError(
                f"data.test: {self.test}: {'a fold' if self.folds else self.kind} is split already; leave it out"
            )
        if len(self.weights) not in (0, len(self.also)) or any(weight <= 0 for weight in self.weights):
            raise InputError(f"data.weights: {len(self.weights)} numbers: expected one above 0 for each of data.also")
        if self.behaviour < 0 or min(self.negated, self.whole) <= 0:
            raise InputError("data.behaviour, negated, whole: expected a whole number from 0, and numbers above 0")
        if not 1 <= self.fold <= max(1, self.folds):
            raise InputError(f"data.fold: {self.fold}: expected a whole number from 1 to data.folds, {self.folds}")
        if {"sst", "vader"} <= {self.kind, *(other.kind for other in self.others)} and "films" in self.domains:
            raise InputError(f"data.domains: {OVERLAP}")

    @property
    def kind(self) -> Source:
        """The source, resolved."""
        if self.source or not self.path:
            return self.source or "vader"
        path = Path(self.path)
        if path.is_dir():
            own = any((path / name).is_file() for name in treebank.PARTS.values())
            return "folder" if not own and any(child.is_dir() for child in path.iterdir()) else "sst"
        return "csv" if files.ending(path) in files.TABLES else "lines"

    @property
    def others(self) -> tuple[DataConfig, ...]:
        """Each of the further sources as a configuration of its own."""
        resets: dict[str, Any] = {"also": (), "weights": (), "behaviour": 0, "folds": 0, "fold": 1, "test": 0.0}
        found = []
        for given in self.also:
            name, _, path = given.partition("=")
            place: dict[str, Any] = {"source": name, "path": path or None} if name in SOURCES else {"path": given}
            found.append(replace(self, **{"source": None, **resets, **place}))
        return tuple(found)


@dataclass(frozen=True)
class AugmentConfig:
    """Random changes to training sentences.

    Args:
        word_dropout: Share of the words that become <UNKNOWN>, new ones in every epoch; it is what an unknown word is
            learned from (Iyyer et al. 2015).
    """

    word_dropout: float = 0.3

    def __post_init__(self) -> None:
        if not 0 <= self.word_dropout < 1:
            raise InputError(f"augment.word_dropout: {self.word_dropout}: expected a share from 0 to below 1")


@dataclass(frozen=True)
class ModelConfig:
    """The network and its embedding.

    Args:
        variant: small, or kim (filters of 3, 4 and 5 words side by side; Kim 2014).
        embeddings: What words begin with: random vectors, glove (a file of GloVe's) or hub (a TensorFlow Hub module).
        path: For glove, the file: .txt, .txt.gz, or an official .zip.
        handle: For hub, the module's folder, or its address if it is in TensorFlow Hub's cache.
        dimensions: Dimensions of the vectors.
        lexicon: Initialise the first number of random and GloVe's vectors with the word's valence in VADER's lexicon.
        trainable: Learn the vectors on, and not only what is made of them.
        vocabulary: Words with an id, at most; the most frequent ones of the training split.
        min_count: How often a word must occur there.
        scopes: Number of scopes that words open and close, such as of negations, see `suite.sentiment.layers.Scopes`; 0
            for none.
        linear: Weight of the scores of a linear classifier of words and pairs of words that are added to the network's;
            0 for none. It is learned from the same texts, before the network.
        length: Words of a text that are read; what follows is cut off, which is told.
    """

    variant: Variant = "small"
    embeddings: Literal["random", "glove", "hub"] = "random"
    path: str | None = field(default=None, metadata=PATH)
    handle: str | None = field(default=None, metadata=PATH)
    dimensions: int = 50
    lexicon: bool = True
    trainable: bool = True
    vocabulary: int = 20000
    min_count: int = 1
    scopes: int = 0
    linear: float = 0.0
    length: int = 256

    def __post_init__(self) -> None:
        if self.path and self.embeddings != "glove":
            raise InputError("model.path: a file of GloVe's vectors belongs to model.embeddings glove")
        if (self.embeddings == "hub") != bool(self.handle):
            raise InputError("model.handle: a module's address belongs to model.embeddings hub, and only there")
        if self.embeddings == "random" and not self.trainable:
            raise InputError("model.trainable: false: random vectors must be trainable")
        if self.linear < 0:
            raise InputError(f"model.linear: {self.linear}: expected a number from 0")
        for name, least in {"dimensions": 1, "vocabulary": 3, "min_count": 1, "length": 5}.items():
            if getattr(self, name) < least:
                raise InputError(f"model.{name}: {getattr(self, name)}: expected a whole number from {least}")


EPOCHS = {"vader": 3, "sst": 4, "semeval": 4, "behaviour": 2, "csv": 8, "lines": 8, "folder": 8}
TRAINING = TrainingConfig(epochs=0, learning_rate=1e-3, label_smoothing=0)


@dataclass(frozen=True)
class DescribeOptions:
    """The network that `describe` shows.

    Args:
        classes: Number of labels.
    """

    classes: int = 3


@dataclass(frozen=True)
class Config:
    """The whole configuration of a training."""

    data: DataConfig = field(default_factory=DataConfig)
    model: ModelConfig = field(default_factory=ModelConfig)
    augment: AugmentConfig = field(default_factory=AugmentConfig)
    training: TrainingConfig = TRAINING

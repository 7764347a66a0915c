"""`eval`: an artefact and a split of a source in, a Report out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from suite.config import load
from suite.errors import InputError
from suite.sentiment.config import OVERLAP, Config, DataConfig, Domain, Source, Split


@dataclass(frozen=True)
class EvalData:
    """What is scored on; by default what the model was trained on.

    Args:
        source: vader, sst, csv or lines.
        path: As of train.
        split: train, validation, test or all; by default test where the source has one, otherwise validation.
        domains: Of vader, what the sentences are taken from; by default what the model was trained on.
        text_column: Of csv, the column of texts.
        label_column: Of csv, the column of labels.
    """

    source: Source | None = None
    path: str | None = None
    split: Split | None = None
    domains: tuple[Domain, ...] = ()
    text_column: str = ""
    label_column: str = ""


def evaluate(artefact: str, *, data: EvalData = EvalData(), report: str | None = None, baseline: bool = False):
    """Scores a run, a .keras, a SavedModel folder or a .tflite.

    Args:
        artefact: What to score.
        report: File to write the report to, as JSON; the confusion matrix goes beside it, as PNG.
        baseline: Score TF-IDF with logistic regression, trained on the same training split, and VADER's lexicon too.

    Returns:
        The evaluation.Report.
    """
    from suite.problems import classification as evaluation
    from suite.sentiment import baselines, classifier
    from suite.sentiment import data as sources

    evaluation.picture_beside(report)
    model = classifier.load(artefact)
    source = _source(Path(artefact), data)
    split = data.split or ("test" if sources.has_split(source, "test") else "validation")
    texts = sources.load(source, split, model.labels)
    answers = {"the network": model.probabilities(texts.texts)}
    if baseline:
        answers |= baselines.answers(sources.load(source, "train", model.labels), texts)
    if baseline or texts.domains:
        print(f"{baselines.table(answers, texts)}\n")
    result = evaluation.report(model.labels, texts.targets, answers["the network"], texts.description, artefact)
    print(f"macro recall {result.macro_recall:.2%}, macro F1 {result.macro_f1:.2%}, accuracy {result.accuracy:.2%}\n")
    return evaluation.deliver(result, report)


def _source(artefact: Path, data: EvalData) -> DataConfig:
    """The source to score on: what the caller says, over what the run or the version folder says."""
    from suite.artefacts import runtime

    file = runtime.config_beside(artefact)
    known = load(Config, file).data if file else DataConfig()
    changes = {name: value for name in ("domains", "text_column", "label_column") if (value := getattr(data, name))}
    if not (data.path or data.source):
        if not file:
            raise InputError(f"{artefact}: does not say what it was trained on; name the data by --data.source or path")
        return replace(known, **changes)
    source = data.source or DataConfig(path=data.path).kind
    path = data.path or (known.path if source == known.kind else None)
    asked = replace(known, source=source, path=path, also=(), folds=0, fold=1, phrases=False, **changes)
    if file:
        _check_overlap(artefact, known, asked)
    return asked


def _check_overlap(artefact: Path, known: DataConfig, asked: DataConfig) -> None:
    """Refuses to score on the treebank what learned from VADER's films, which are its sentences, and the reverse."""
    learned = {known.kind: known, **{other.kind: other for other in known.others}}
    if asked.kind == "sst" and "vader" in learned and "films" in known.domains:
        raise InputError(
            f"{artefact}: was trained on vader's films, which are sentences of sst, its test part too: no figure would "
            "mean anything; train without them by --data.domains tweets,products,newspaper"
        )
    if asked.kind == "vader" and "sst" in learned and "films" in asked.domains:
        raise InputError(f"{artefact}: was trained on sst; data.domains: {OVERLAP}")

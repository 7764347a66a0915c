"""A task: everything the suite needs to know about one kind of model to train, score, export and describe it.

A record of functions. The shared code in `commands`, `training` and `artefacts` uses only the record; the
functions stand in the task's own package, and those that need TensorFlow are imported when they are first called:

    TASK = Task(name="digits", config=Config, load=data.load, build=lazy("suite.digits.model:build"), ...)
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from suite import config
from suite.data.rows import Rows
from suite.errors import InputError

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    from suite.artefacts.metadata import Metadata
    from suite.artefacts.runtime import Artefact
    from suite.artefacts.saved_model import Endpoint
    from suite.artefacts.tflite import Source
    from suite.blocks import Network
    from suite.interpret.canvases import Canvas
    from suite.problems import Problem

NAMES = ("digits", "speech", "sentiment", "style", "go")  # a package and a folder in saved_models each

Shapes = Mapping[str, tuple[int | None, ...]]  # of a model's inputs by name, without the batch; None for any size


_SHARED_SETTINGS = {"variant": str, "parameters": int | float, "macs": int | float}


@dataclass(frozen=True)
class Examples:
    """One split of a source, raw: before it is encoded as a model takes it.

    Args:
        raw: N raw inputs, such as pictures uint8 (N, H, W, C), clips int16 (N, 16000) or N texts; `Rows` are as good
            as an array.
        targets: (N,), indices into labels; None where a task has no targets.
        labels: The names of the L labels.
        description: Split and source, for reports.
        groups: Where each example is from (a domain, a speaker), N names; empty if unknown.
        soft_targets: float32 (N, L), the share of each label, where the source gives more than one label an example.
        weights: float32 (N,), how much each example counts in training; None for all alike.
    """

    raw: Any
    targets: np.ndarray | None
    labels: tuple[str, ...]
    description: str
    groups: tuple[str, ...] = ()
    soft_targets: np.ndarray | None = None
    weights: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.raw)


@dataclass(frozen=True)
class Built:
    """A model that was just built.

    Args:
        trained: The model that is trained.
        saved: The model that is saved; it shares the weights and includes the preprocessing. May be the same model.
        network: Its blocks.
        shape: The network's input without the batch, for counting parameters and multiply-adds.
        settings: What the task must know of the model later, for Metadata.settings.
        other_parameters: Number of parameters outside of the network, such as those of an embedding.
        labels: The model's labels where it has more than the training examples, as a painter that keeps its styles.
    """

    trained: keras.Model
    saved: keras.Model
    network: Network
    shape: tuple[int, ...]
    settings: dict[str, Any] = field(default_factory=dict)
    other_parameters: int = 0
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Layout:
    """A network as `describe` shows it: its input shape without the batch, number of outputs and of styles."""

    network: Network
    shape: tuple[int, ...]
    outputs: int
    conditions: int = 0


@dataclass(frozen=True)
class Task:
    """The record. Required fields first; what a task lacks is left out.

    Args:
        name: The package's name, and the folder's in runs/ and saved_models/.
        summary: What goes in and what comes out, one line.
        config: Dataclass of groups: data, model, training and others, each a frozen dataclass.
        problem: What an output is: its loss, report and comparison.
        variants: The networks by name.
        model_name: What a model of the task is called in its files, such as "keyword spotter".
        model_description: What it does, a sentence for its files; both may depend on the configuration.
        example: What `predict` takes, for messages, such as RECORDING.wav.
        input: Name of the whole model's first input, such as "waveform".
        default_epochs: Number of epochs by data.kind, where the configuration has 0.
        resolve: Fills in what a configuration leaves open.
        load: (data, one of its splits, metadata of the model that is scored or None, number of examples or None for
            all) to Examples. The number is drawn at random, seeded, before anything is decoded.
        encode: (raw inputs, metadata, shapes of a model's inputs) to arrays by input name, as that model takes them.
        build: (configuration, training examples) to Built.
        batches: (training examples, Built, configuration, first step) to training batches from that step on.
        signatures: (whole Keras model, metadata) to the SavedModel's endpoints.
        sources: (whole Keras model, metadata, options of export) to what TFLite files are converted from.
        golden: metadata to a few raw inputs of the suite's own making, for whoever integrates the model elsewhere.
        layout: (model group of the configuration, metadata or None, options of describe) to Layout.
        splits: data group of the configuration to the names of the splits that its source has; reads file names only.
        calibration_examples: Number of training examples from which int8 takes its ranges.
        scored_examples: Number of examples of a split on which `export` scores every file; None for all.
        modes: TFLite modes that the task exports.
        card: metadata to the variables of the task's card.md beyond the shared ones.
        card_template: The task's card.md, a Jinja template that extends "shared"; its block `credit` names the authors
            and the licence of the training data.
        options: Command to a dataclass of options that only this task has.
        option_aliases: Old dotted option to its present name, so that older recipes and runs still load.
        former: the groups of a run's configuration to the values, by dotted name, that options had before they were
            options, for those that it does not name.
        baselines: (training examples, examples) to outputs by name.
        match: options of eval to a function from an artefact to a report that needs no data, such as of games against
            another program or on made noise; None for a report on a split.
        outputs_report: (outputs by name, examples, artefact's name) to a report of the task's own on examples of some
            source; None for the problem's report.
        own_report: (artefact, configuration, split, options of eval) to a report of the task's own; None for the
            problem's report.
        operating_point: (Keras artefact, validation examples, configuration) to settings that are chosen on the
            validation split and added to the metadata, and to what report.json says about them.
        write_extras: (Keras artefact, version folder) writes further files of a version.
        look_at: (training examples, data group) tells of what may be wrong with them.
        settings: What the metadata's settings of a model of this task may be, see `check_settings`.
        eval_data: (known data group, given options) to the data group that `eval` scores on.
        final_split: data group to the split that a finished training is scored on.
        folds: (data group, what was given to --folds) to the members of a series: changes by name.
        callbacks: (Built, validation examples, metadata, run folder) to further Keras callbacks.
        check: (artefact) refuses a file whose settings this version cannot use.
        rank_file: Name of a TFLite file to its rank for `predict`; the largest is used.
        bench_examples: (number) to made examples of real shape.
        bench_input: (folder, TFLite file) to the words that `predict` takes for one input, which it writes there.
        untrained: (configuration, metadata) to the saved model that `build` made, with random weights: a published
            version's Keras model is rebuilt from it and the SavedModel's variables.
        canvas: metadata to the model's input as `suite.interpret` reads, changes and shows it.
        layers_module: Module that registers the Keras layers of the task's models.
        commands: What only this task does, such as predict: name to "module:function".
    """

    name: str
    summary: str
    config: type
    problem: Problem
    variants: Mapping[str, Network]
    model_name: Callable[[Any], str]
    model_description: Callable[[Any], str]
    example: str
    input: str
    default_epochs: Mapping[str, int]
    load: Callable[..., Examples]
    encode: Callable[[Any, Metadata, Shapes], dict[str, np.ndarray]]
    build: Callable[[Any, Examples], Built]
    batches: Callable[[Examples, Built, Any, int], tf.data.Dataset]
    signatures: Callable[[keras.Model, Metadata], Sequence[Endpoint]]
    sources: Callable[..., Sequence[Source]]
    golden: Callable[[Metadata], Any]
    layout: Callable[[Any, Metadata | None, Any], Layout]
    splits: Callable[[Any], tuple[str, ...]] = lambda data: ("train", "validation", "test")
    calibration_examples: int = 400
    scored_examples: int | None = None
    resolve: Callable[[Any], Any] = lambda config: config
    untrained: Callable[[Any, Metadata], keras.Model] | None = None
    canvas: Callable[[Metadata], Canvas] | None = None
    modes: tuple[str, ...] = ("float32", "float16", "dynamic", "int8", "int8_mcu")
    card: Callable[[Metadata], dict[str, Any]] = lambda about: {}
    look_at: Callable[[Examples, Any], None] = lambda examples, data: None
    settings: Mapping[str, Any] = field(default_factory=dict)
    card_template: Path = Path(__file__).with_name("artefacts") / "card.md"
    options: Mapping[str, type] = field(default_factory=dict)
    option_aliases: Mapping[str, str] = field(default_factory=dict)
    former: Callable[[Mapping[str, Any]], Mapping[str, Any]] = lambda values: {}
    baselines: Callable[[Examples, Examples], dict[str, np.ndarray]] | None = None
    match: Callable[..., Any] | None = None
    outputs_report: Callable[..., Any] | None = None
    own_report: Callable[..., Any] | None = None
    operating_point: Callable[..., tuple[dict[str, Any], dict[str, Any]]] | None = None
    write_extras: Callable[..., None] | None = None
    eval_data: Callable[[Any, Mapping[str, Any]], Any] | None = None
    final_split: Callable[[Any], str] = lambda data: "validation"
    folds: Callable[[Any, str], dict[str, dict[str, Any]]] | None = None
    callbacks: Callable[..., Sequence[Any]] = lambda built, validation, about, run: ()
    check: Callable[[Artefact], None] = lambda artefact: None
    rank_file: Callable[[str], Any] = lambda name: "float32" in name
    bench_examples: Callable[[int], Examples] | None = None
    bench_input: Callable[[str, Path], list[str]] | None = None
    layers_module: str = "suite.blocks.layers"
    commands: Mapping[str, str] = field(default_factory=dict)


def run_config(task: Task, file: Path) -> Any:
    """The configuration that a run or a version holds; what older ones do not name is as it was then.

    Raises:
        InputError: It cannot be read, or has an option that is not allowed.
    """
    values = config.read_yaml(file)
    for option, value in task.former(values).items():
        group, _, name = option.partition(".")
        if isinstance(options := values.setdefault(group, {}), dict):
            options.setdefault(name, value)
    return config.build(task.config, values, task.option_aliases, str(file))


def get(name: str) -> Task:
    """The record of a task.

    Raises:
        InputError: There is no such task.
    """
    if name not in NAMES:
        raise InputError(f"{name}: no such task; there are {', '.join(NAMES)}")
    return importlib.import_module(f"suite.{name}.task").TASK


def check_settings(task: Task, about: Metadata) -> None:
    """Refuses metadata that no model of a task has: they come from a file, which may be a stranger's.

    A setting is checked against the task's record: a range or a tuple holds its value, None among them if it may be
    missing; a list holds the type of the items of a list; otherwise it is of the given type.

    Raises:
        InputError: It names the setting.
    """
    for name, allowed in {**_SHARED_SETTINGS, **task.settings}.items():
        value = about.settings.get(name)
        if isinstance(allowed, range | tuple):
            fits = value in allowed and type(value) is not bool and not isinstance(value, float)
        elif isinstance(allowed, list):
            fits = isinstance(value, list) and all(isinstance(item, allowed[0]) for item in value)
        else:
            fits = isinstance(value, allowed)
        if not fits:
            raise InputError(f"its metadata are not those of a model of {task.name}: {name} is {str(value)[:60]}")


def default_options(task: Task, command: str) -> Any:
    """The task's own options of a command with their defaults; None if it has none."""
    return task.options[command]() if command in task.options else None


def load_split(task: Task, data: Any, split: str, about: Metadata | None = None, limit: int | None = None) -> Examples:
    """One split of a source, or all of them joined.

    Args:
        task: The task.
        data: The data group of a configuration.
        split: train, validation, test or all.
        about: Metadata of the model that is scored.
        limit: Number of examples of a split at most.

    Raises:
        InputError: The source is missing, unfit or has no such split, or the split is empty.
    """
    available = task.splits(data)
    if split not in (*available, "all"):
        names = ", ".join((*available, "all"))
        raise InputError(f"{data.place}: has no {split} split; choose from {names}")
    parts = [task.load(data, name, about, limit) for name in (available if split == "all" else (split,))]
    if not (found := [part for part in parts if len(part)]):
        raise InputError(f"{data.place}: the split {split} is empty; add examples")
    return found[0] if split != "all" else concatenated(found, f"all splits of {data.place}")


def concatenated(parts: Sequence[Examples], description: str) -> Examples:
    """Examples of the same labels as one."""

    def concatenate(arrays: Sequence[Any]) -> Any:
        if any(isinstance(array, Rows) for array in arrays):
            return Rows(arrays)
        if all(isinstance(array, np.ndarray) for array in arrays):
            return np.concatenate(arrays)
        return None if any(array is None for array in arrays) else [item for array in arrays for item in array]

    return Examples(
        concatenate([part.raw for part in parts]),
        concatenate([part.targets for part in parts]),
        parts[0].labels,
        description,
        tuple(group for part in parts for group in part.groups),
        concatenate([part.soft_targets for part in parts]),
    )


def lazy(import_path: str) -> Callable[..., Any]:
    """A function that is imported when it is first called.

    Args:
        import_path: "module:function".
    """

    def call(*args: Any, **options: Any) -> Any:
        return resolve(import_path)(*args, **options)

    return call


def resolve(import_path: str) -> Callable[..., Any]:
    """The function at "module:function"."""
    module, _, name = import_path.partition(":")
    return getattr(importlib.import_module(module), name)

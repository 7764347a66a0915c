"""`narrow`: a trained classifier in, the same with shorter word vectors out, for smaller files.

Most of a text classifier's file is its table of word vectors. The layers that read them need fewer numbers a word than
training does: the vectors are projected on the directions that these layers read most of, and the projection back is
multiplied into the layers' kernels. Nothing is trained.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from suite.config import to_yaml
from suite.console import quiet
from suite.console.arguments import NO_CHANGES, TaskChanges
from suite.errors import InputError
from suite.files import write
from suite.training.run_folder import Run, environment, open_run

if TYPE_CHECKING:
    import keras

    from suite.artefacts.metadata import Metadata
    from suite.problems import Report

_RANK = 50  # added to a word's rank, so that the first words do not count for all others


def narrow(run: str, *, dimensions: int, output: str | None = None, data: TaskChanges = NO_CHANGES) -> Path:
    """Shortens a run's word vectors, in a run of its own, which `eval` and `export` take.

    Args:
        run: Run folder of a text classifier.
        dimensions: Numbers a word that remain, fewer than the run's word vectors have.
        output: Folder of the new run; by default RUN_DIMENSIONS.
        data: Where the training's data are now, if they were moved; the new run is scored on them.

    Raises:
        InputError: The run is not finished, its data are not there, it has no more dimensions than that, or there is
            something in the new run's folder.
    """
    source = open_run(run)
    folder = Path(output or f"{source.path}_{dimensions}")
    if not source.finished:
        raise InputError(f"{run}: is not finished; resume it by python -m suite.sentiment train --resume {run}")
    if folder.exists():
        raise InputError(f"{folder}: exists already; remove it, or name another by --output")
    with quiet.native_stderr():
        from suite.artefacts import rebuild, runtime
        from suite.sentiment.task import TASK

        runtime.identify(source.path, TASK.name)
        config = runtime.trained_config(TASK, source.config, data)
        model, about = rebuild.keras_model(source.path)
    own = about.settings["dimensions"] - 2 * config.model.scopes
    if not 0 < dimensions < own:
        raise InputError(f"dimensions: {dimensions}: expected 1 to {own - 1}; the word vectors of {run} have {own}")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}_", dir=folder.parent) as partial:
        place = Run(Path(partial) / "run")
        place.path.mkdir()
        report = _narrow_into(place, config, model, about, dimensions)
        head = f"# {run}, whose word vectors were narrowed from {own} to {dimensions} dimensions after the training\n"
        write(place.config, head + to_yaml(config))
        place.path.rename(folder)
    print(f"\n{report.table()}\n\nbefore: {_accuracy(source):.2%}")
    print(f"\nthe run: {folder}\nnext:    python -m suite.sentiment export {folder}")
    return folder


def _narrow_into(run: Run, config: Any, model: keras.Model, about: Metadata, dimensions: int) -> Report:
    """Saves the narrower model in a run folder, and scores it on the split that the training's report was on."""
    from suite import blocks
    from suite.artefacts import runtime
    from suite.sentiment.model import untrained
    from suite.sentiment.task import TASK
    from suite.task import load_split
    from suite.training import fit

    assert TASK.problem.report
    weights, kept = narrowed({weight.path: weight.numpy() for weight in model.weights}, config.model.scopes, dimensions)
    print(f"{kept:.1%} of what the first layers read of the word vectors is kept")
    narrow = replace(about, settings={**about.settings, "dimensions": dimensions + 2 * config.model.scopes})
    layout = TASK.layout(config.model, narrow, None)
    parameters, macs = blocks.totals(blocks.plan(layout.network, layout.shape, layout.outputs))
    outside = sum(value.size for path, value in weights.items() if path.startswith(("embedding/", "linear/")))
    narrow = replace(narrow, settings={**narrow.settings, "parameters": parameters + outside, "macs": macs})
    smaller = untrained(config, narrow)
    for weight in smaller.weights:
        weight.assign(weights[weight.path])
    fit.save(smaller, run.model, narrow)
    loaded = runtime.load(run.model, task=TASK.name)
    examples = load_split(TASK, config.data, TASK.final_split(config.data), loaded.about)
    report: Report = TASK.problem.report(examples, loaded.predict_raw(examples.raw), str(run.model))
    report.plot(run.plots / "report.png")
    write(run.path / "environment.json", json.dumps(environment(), indent=2))
    write(run.metrics, report.to_json())
    return report


def narrowed(weights: dict[str, np.ndarray], scopes: int, dimensions: int) -> tuple[dict[str, np.ndarray], float]:
    """The weights of a classifier with shorter word vectors.

    Args:
        weights: Weight by path: embedding/embeddings (V, D + 2 * scopes), the kernels of the convolutions that read the
            words (K, D + ..., F), and of the scopes (D, W).
        scopes: Number of scopes, see `suite.sentiment.layers.Scopes`.
        dimensions: Numbers a word that remain, R < D.

    Returns:
        The weights with R in place of D, and the share of the squares of what the readers read that is kept, 0 to 1.
        With the D x R matrix A and the R x D matrix B, the vectors are E A and the kernels B K; A B is the projection
        that keeps most of the squares of E K, where the word of rank r weighs as 1 / sqrt(r + 50). The columns of A are
        orthonormal: no vector becomes longer, which int8's one scale for all of them would feel.
    """
    table = weights["embedding/embeddings"]
    own = table.shape[1] - 2 * scopes
    readers = [path for path in weights if path.endswith("/kernel") and weights[path].ndim == 3]
    kernels = [weights[path][:, :own].transpose(1, 0, 2).reshape(own, -1) for path in readers]
    if scopes:
        kernels += [weights["scopes/kernel"]] * scopes  # each scope repeats these features
    root, inverse = _roots(sum(kernel @ kernel.T for kernel in kernels))
    rank = (np.arange(len(table)) + _RANK) ** -0.5
    squares = (table[:, :own] * rank[:, None]).T @ table[:, :own] / rank.sum()
    values, directions = np.linalg.eigh(root @ squares @ root)
    first = directions[:, ::-1][:, :dimensions]
    down, mix = np.linalg.qr(root @ first)
    back = mix @ first.T @ inverse
    narrow = {path: _back(weights[path], back) for path in readers}
    narrow["embedding/embeddings"] = np.concatenate([table[:, :own] @ down, table[:, own:]], axis=1)
    if scopes:
        narrow["scopes/kernel"] = back @ weights["scopes/kernel"]
    return {**weights, **narrow}, float(values[::-1][:dimensions].sum() / values.sum())


def _back(kernel: np.ndarray, back: np.ndarray) -> np.ndarray:
    """A convolution's kernel (K, D + S, F) for shorter vectors: (K, R + S, F); S are the scopes' channels."""
    own = back.shape[1]
    return np.concatenate([np.einsum("rd,kdf->krf", back, kernel[:, :own]), kernel[:, own:]], axis=1)


def _roots(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The square root of a symmetric matrix, and the inverse of that."""
    values, vectors = np.linalg.eigh(matrix)
    root = np.sqrt(np.maximum(values, 1e-6 * values.max()))
    return vectors * root @ vectors.T, vectors / root @ vectors.T


def _accuracy(run: Run) -> float:
    try:
        return float(json.loads(run.metrics.read_text(encoding="utf-8"))["accuracy"])
    except (ValueError, TypeError, KeyError):
        raise InputError(f"{run.metrics}: damaged; score the run again by eval") from None

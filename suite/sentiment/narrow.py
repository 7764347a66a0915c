"""`narrow`: a trained classifier in, the same with shorter word vectors out, for smaller files.

Most of a text classifier's file is its table of word vectors. The layers that read them need fewer numbers a word than
training does: the vectors are projected on the directions in which these layers' answers vary most, and the projection
back is multiplied into the layers' kernels. Nothing is trained.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from suite.errors import InputError

if TYPE_CHECKING:
    import keras

    from suite.problems import Report
    from suite.training.run_folder import Run

_RANK = 50  # added to a word's rank, so that the first words do not count for all others


def narrow(run: str, *, dimensions: int, output: str | None = None) -> Path:
    """Shortens a run's word vectors, in a run of its own, which `eval` and `export` take.

    Args:
        run: Run folder of a text classifier.
        dimensions: Numbers a word that remain, fewer than the run's word vectors have.
        output: Folder of the new run; by default RUN_DIMENSIONS.

    Raises:
        InputError: The run is not finished, its data are not there, or it has no more dimensions than that.
    """
    from suite.console import quiet

    with quiet.native_stderr():
        from suite.artefacts import rebuild, runtime
        from suite.sentiment.task import TASK
        from suite.task import run_config
        from suite.training import series
        from suite.training.run_folder import open_run

    source = open_run(run)
    config: Any = run_config(TASK, source.config)
    runtime.check_found(config.data)
    with quiet.native_stderr():
        model, about = rebuild.keras_model(source.path)
    own = about.settings["dimensions"] - 2 * config.model.scopes
    if not 0 < dimensions < own:
        raise InputError(f"dimensions: {dimensions}: expected 1 to {own - 1}; the word vectors of {run} have {own}")
    folder = output or f"{source.path}_{dimensions}"
    best, _ = series.train(
        TASK, config, lambda task, config, new: _narrow_into(new, config, model, about, dimensions), {}, folder
    )
    print(f"before, by the same report: {_accuracy(source)}")
    print(f"\nthe run: {best.path}\nnext:    python -m suite.sentiment export {best.path}")
    return best.path


def _narrow_into(run: Run, config: Any, model: keras.Model, about: Any, dimensions: int) -> Report:
    """Saves the narrower model in a run folder, and scores it on the split that the training's report was on."""
    from dataclasses import replace

    from suite.artefacts import runtime
    from suite.sentiment.model import untrained
    from suite.sentiment.task import TASK
    from suite.task import load_split
    from suite.training import fit

    weights, kept = narrowed({weight.path: weight.numpy() for weight in model.weights}, config.model.scopes, dimensions)
    settings = {**about.settings, "dimensions": dimensions + 2 * config.model.scopes}
    smaller = untrained(config, replace(about, settings=settings))
    for weight in smaller.weights:
        weight.assign(weights[weight.path])
    settings["parameters"] -= model.count_params() - smaller.count_params()
    fit.save(smaller, run.model, replace(about, settings=settings))
    print(f"{kept:.1%} of what the first layers read of the word vectors is kept")
    loaded = runtime.load(run.path, task=TASK.name)
    examples = load_split(TASK, config.data, TASK.final_split(config.data), loaded.about)
    assert TASK.problem.report
    report = TASK.problem.report(examples, loaded.predict_raw(examples.raw), str(run.model))
    print(f"\n{report.table()}")
    return report


def narrowed(weights: dict[str, np.ndarray], scopes: int, dimensions: int) -> tuple[dict[str, np.ndarray], float]:
    """The weights of a classifier with shorter word vectors.

    Args:
        weights: Weight by path: embedding/embeddings (V, D + 2 * scopes), the kernels of the convolutions that read the
            words (K, D + ..., F), and of the scopes (D, W).
        scopes: Number of scopes, see `suite.sentiment.layers.Scopes`.
        dimensions: Numbers a word that remain, R < D.

    Returns:
        The weights with R in place of D, and the share of the readers' variance over the words that is kept, 0 to 1.
        With the D x R matrix A and the R x D matrix B, the vectors are E A and the kernels B K; A B is the projection
        that keeps most of the variance of E K, where the word of rank r weighs as 1 / sqrt(r).
    """
    table = weights["embedding/embeddings"]
    own = table.shape[1] - 2 * scopes
    readers = [path for path in weights if path.endswith("/kernel") and weights[path].ndim == 3]
    kernels = [weights[path][:, :own].transpose(1, 0, 2).reshape(own, -1) for path in readers]
    if scopes:
        kernels += [weights["scopes/kernel"]] * scopes  # each scope repeats these features
    root, inverse = _roots(sum(kernel @ kernel.T for kernel in kernels))
    rank = (np.arange(len(table)) + _RANK) ** -0.5
    variance = (table[:, :own] * rank[:, None]).T @ table[:, :own] / rank.sum()
    values, directions = np.linalg.eigh(root @ variance @ root)
    first = directions[:, ::-1][:, :dimensions]
    down, back = root @ first, first.T @ inverse
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


def _accuracy(run: Run) -> str:
    import json

    return f"{json.loads(run.metrics.read_text(encoding='utf-8'))['accuracy']:.2%}"

"""Measures `explain` and `change` over many inputs: the figures of docs/lecture.md.

    python docs/explanations.py MNIST SST      # the folders of their files; about 10 minutes on 2 cores

Digits are 50 of MNIST's validation digits, drawn with seed 0; sentences are 200 of the Stanford Sentiment Treebank's
development part. Each model explains what it answers.
"""

import sys

import numpy as np

from suite import task as tasks
from suite.artefacts import runtime
from suite.errors import InputError
from suite.interpret import attribution, load
from suite.interpret.change import smallest
from suite.task import load_split

MODELS = {"lecture": "saved_models/lecture/1", "digits": "saved_models/digits/1"}


def examples(name: str, source: str, path: str, about, count: int):
    task = tasks.get(name)
    data = type(task.config().data)(source=source, path=path)
    return load_split(task, data, "validation", about, count)


def areas(model, read, raws, methods) -> None:
    """Prints the mean areas under the deletion curves of some attributions, and of random orders."""
    rows = []
    for raw in raws:
        label = int(read.predict_raw(model.canvas.masked(raw, np.ones((1, *model.canvas.grid(raw)))))[0].argmax())
        curves = [
            attribution.deletion(read.predict_raw, model.canvas, raw, label, method(raw, label))
            for method in methods.values()
        ]
        rows.append([*(curve.area for curve in curves), curves[0].random_area])
    for name, area in zip([*methods, "random order"], np.mean(rows, axis=0), strict=True):
        print(f"    {name:<22}{area:.3f}")


def methods(model, read) -> dict:
    return {
        "occlusion": lambda raw, label: attribution.occlusion(read.predict_raw, model.canvas, raw, label),
        "integrated gradients": lambda raw, label: attribution.integrated_gradients(model, raw, label),
    }


def changes(model, read, judge, digits) -> None:
    """Prints how many of the digits reach the next label, and what another network says of them."""
    for natural in (False, True):
        reached, seen, sizes = 0, 0, []
        for raw, label in zip(np.float32(digits.raw), digits.targets, strict=True):
            target = (int(label) + 1) % 10
            try:
                changed = smallest(model, raw[None], target, natural, seed=1)
            except InputError:
                continue
            reached += read.predict_raw(changed)[0].argmax() == target
            seen += judge.predict_raw(changed)[0].argmax() == target
            sizes.append(np.linalg.norm(changed - raw) / np.linalg.norm(raw))
        kind = "natural" if natural else "smallest"
        print(
            f"    {kind}: {reached} of {len(digits)} reached, judge {seen}, mean size {np.mean(sizes):.1%}", flush=True
        )


def main() -> None:
    mnist, sst = sys.argv[1:]
    for name, other in (("lecture", "digits"), ("digits", "lecture")):
        model, read, judge = load.load(MODELS[name]), runtime.load(MODELS[name]), runtime.load(MODELS[other])
        digits = examples("digits", "mnist", mnist, model.about, 50)
        print(f"{MODELS[name]}: area under the deletion curve, 50 digits", flush=True)
        areas(model, read, np.float32(digits.raw), methods(model, read))
        print(f"{MODELS[name]}: change to the next digit, judged by {MODELS[other]}")
        changes(model, read, judge, digits)
    model, read = load.load("saved_models/sentiment/2"), runtime.load("saved_models/sentiment/2")
    sentences = [text for text in examples("sentiment", "sst", sst, model.about, 200).raw if model.canvas.words(text)]
    print(f"saved_models/sentiment/2: area under the deletion curve, {len(sentences)} sentences")
    areas(model, read, sentences, methods(model, read))


if __name__ == "__main__":
    main()

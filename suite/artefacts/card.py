"""The model card of a published version, after Mitchell et al. 2019, "Model Cards for Model Reporting"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from suite.artefacts import verify
from suite.artefacts.metadata import Metadata
from suite.problems.classification import Report


def write(
    version: Path,
    about: Metadata,
    report: Report,
    splits: Mapping[str, verify.Examples],
    scores: Sequence[verify.Score],
    trained_on: str,
    clients: str,
) -> str:
    """The card as Markdown.

    Args:
        version: The version's folder, as people will type it.
        about: Labels, parameters, multiply-adds.
        report: Of the Keras model.
        splits: What the files were scored on.
        scores: Of the files.
        trained_on: A paragraph on the training data, with authors and licence.
        clients: How the files are used on a phone, a microcontroller and so on, as Markdown.
    """
    settings = about.settings
    held_out = "; ".join(f"{name}: {e.description}, {len(e.targets):,} examples" for name, e in splits.items())
    return f"""# {about.task} {version.name}

{about.description}. Labels: {", ".join(f"`{label}`" for label in about.labels)}.
{settings["parameters"]:,} parameters, {settings["macs"] / 1e6:.2f} million multiply-adds ({settings["variant"]}).

## Training data

{trained_on}

## Scores

`python -m suite.{about.task} eval {version}`, the Keras model:

```
{report.table()}
```

Every file, scored as a client runs it; agreement is with the Keras model's label. {held_out}. The epoch was chosen on
the validation split. Times are of the machine that exported it, of a TFLite file on one thread.

{verify.table(scores, splits)}

{clients}

## TensorFlow Serving

{serving(version, about)}
"""


def serving(version: Path, about: Metadata) -> str:
    """How to serve the version and ask it, as Markdown; a golden input is what is sent."""
    models, task = version.parent.parent, about.task
    asked = "text" if about.input == "ids" else about.input  # serving_default looks words up itself
    golden = f"numpy.load('{version}/golden.npz')['{asked}'][:1].tolist()"
    return f"""```sh
docker run --rm -p 127.0.0.1:8501:8501 -v "$PWD/{models}:/models" \\
  tensorflow/serving --model_config_file=/models/models.config
python -c "import json, numpy; print(json.dumps({{'instances': {golden}}}))" |
  curl -d @- http://127.0.0.1:8501/v1/models/{task}:predict
```"""

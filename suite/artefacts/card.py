"""Model cards, after Mitchell et al. 2019, "Model Cards for Model Reporting", from templates.

`artefacts/card.md` holds the sections that all tasks share, `<task>/card.md` extends it with the task's own; both are
Jinja templates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from suite.artefacts import verify
from suite.artefacts.metadata import Metadata
from suite.artefacts.publish import Staging
from suite.artefacts.verify import Reference, Score
from suite.problems import Report
from suite.task import Task

_SHARED = Path(__file__).with_name("card.md")


def render(
    task: Task,
    stage: Staging,
    config: Any,
    about: Metadata,
    inputs: Sequence[str],
    report: Report | None,
    references: Mapping[str, Reference],
    scores: Sequence[Score],
    operating_point: Mapping[str, Any],
    credit: str,
) -> str:
    """The card of a version as Markdown.

    Args:
        task: The task.
        stage: The version in the making.
        config: The configuration of the training.
        about: The model's metadata.
        inputs: Names of the inputs of the SavedModel's first signature.
        report: On the test split, or else the validation split; None for a problem without.
        references: The examples on which the files were scored.
        scores: Scores of the files.
        operating_point: What is reported of settings that were chosen on the validation split.
        credit: Authors and licence of the training data; by default what the task's card.md says of its source.
    """
    import jinja2

    names = [Path(score.file).name for score in scores if score.file.endswith(".tflite")]
    phone = [name for name in names if not name.endswith("mcu.tflite")]
    mcu = next((name for name in names if name.endswith("mcu.tflite")), "")
    variables = {
        "about": about,
        "settings": about.settings,
        "config": config,
        "version": stage.version,
        "serving": serving(stage.version, inputs),
        "report": report,
        "references": references,
        "use": use(names),
        "table": verify.table(scores, references, task.problem),
        "phone_file": next((name for name in phone if "int8" in name), next(iter(phone), "")),
        "mcu_file": mcu,
        "arena": verify.arena_bytes(stage.path / "tflite" / mcu) if mcu else 0,
        "credit": credit,
        **task.card(about),
        **operating_point,
    }
    templates = {"shared": _SHARED.read_text(encoding="utf-8"), "task": task.card_template.read_text(encoding="utf-8")}
    environment = jinja2.Environment(
        loader=jinja2.DictLoader(templates), undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("task").render(variables).strip() + "\n"


def use(files: Sequence[str]) -> str:
    """What the TFLite files of these names are for, beyond what their section says."""
    parts = []
    if any("float16" in name for name in files):
        parts.append("`float16` is for GPUs: a processor computes it in 32 bits.")
    if any(name.endswith("mcu.tflite") for name in files):
        parts.append("`int8_mcu` is for microcontrollers, not for browsers.")
    return "\n".join(parts)


def serving(version: Path, inputs: Sequence[str]) -> str:
    """Shell commands that serve a version by TensorFlow Serving and send it a golden input.

    Args:
        version: The version's folder.
        inputs: Names of the inputs of serving_default.
    """
    names = "('" + "', '".join(inputs) + "',)"
    return f"""docker run --rm -p 127.0.0.1:8501:8501 -v "$PWD/{version.parent.parent}:/models" \\
  tensorflow/serving --model_config_file=/models/models.config
python -c "import json, numpy; g = numpy.load('{version}/golden.npz')
print(json.dumps({{'inputs': {{n: g[n][:1].tolist() for n in {names}}}}}))" |
  curl -d @- http://127.0.0.1:8501/v1/models/{version.parent.name}:predict"""

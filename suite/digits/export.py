"""`export`: a run in, a published version out, with every file scored."""

from __future__ import annotations

from pathlib import Path

from suite.artefacts import MODES
from suite.config import load
from suite.console import quiet
from suite.digits.config import Config
from suite.training.run_folder import open_run


def export(
    run: str,
    *,
    modes: tuple[str, ...] = MODES,
    max_drop: float = 0.01,
    version: int | None = None,
    credit: str = "",
) -> Path:
    """Exports a run as SavedModel and TFLite files, scores each of them and publishes a version.

    Args:
        run: Run folder, as train printed it.
        modes: TFLite files to write: float32, float16, dynamic, int8, int8_mcu.
        max_drop: Accuracy that a file may lose against the Keras model on the validation split; 0.01 is one point.
        version: Number of the version; by default the one after the newest.
        credit: Authors and licence of the pictures that were trained on, for the model card.

    Returns:
        The version's folder, saved_models/digits/<version>.
    """
    source = open_run(run)
    with quiet.native_stderr():
        from suite.artefacts import release, runtime
        from suite.digits import publication

    release.check("digits", modes, version)
    config = load(Config, source.config)
    model = runtime.load(source.path, task="digits")  # an unfinished run is refused before anything is written
    splits = publication.examples(config.data, model)
    published = release.release(
        "digits",
        version,
        splits,
        max_drop,
        lambda folder: publication.write(source, model.about, config, modes, folder),
        lambda stage, scores: publication.document(stage, config, model, splits, scores, credit),
    )
    print(release.farewell(published, model.about, "PICTURE.png"))
    return published

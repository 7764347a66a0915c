"""`export`: a run in, a published version out, with every file scored."""

from __future__ import annotations

from pathlib import Path

from suite.artefacts import MODES
from suite.config import load
from suite.console import quiet
from suite.speech.config import Config
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
        credit: Authors and licence of the recordings that were trained on, for the model card.

    Returns:
        The version's folder, saved_models/speech/<version>.
    """
    source = open_run(run)
    with quiet.native_stderr():
        from suite.artefacts import release, runtime
        from suite.speech import publication

    release.check("speech", modes, version)
    config = load(Config, source.config)
    model = runtime.load(source.path, task="speech")  # an unfinished run is refused before anything is written
    splits = publication.examples(config.data, model)
    model, listened = publication.with_threshold(config.data, model)
    published = release.release(
        "speech",
        version,
        splits,
        max_drop,
        lambda folder: publication.write(source, model.about, config, modes, folder),
        lambda stage, scores: publication.document(stage, config, model, splits, scores, listened, credit),
    )
    print(release.farewell(published, model.about, "RECORDING.wav"))
    return published

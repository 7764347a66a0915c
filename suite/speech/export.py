"""`export`: a run in, a published version out, with every file scored."""

from __future__ import annotations

from pathlib import Path

from suite import quiet
from suite.config import load
from suite.errors import InputError
from suite.export import MODES
from suite.run import open_run
from suite.speech.config import Config


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
    unknown = [mode for mode in modes if mode not in MODES]
    if unknown or not modes:
        raise InputError(f"modes: {', '.join(unknown) or 'none given'}; choose from {', '.join(MODES)}")
    source = open_run(run)
    with quiet.native_stderr():
        from suite import runtime
        from suite.export import publish, verify
        from suite.speech import publication

    publish.check_version("speech", version)
    config = load(Config, source.config)
    model = runtime.load(source.path, task="speech")  # an unfinished run is refused before anything is written
    splits = publication.examples(config.data, model)
    model, listened = publication.with_threshold(config.data, model)
    with publish.staging("speech", version) as stage:
        files = publication.write(source, model.about, config, modes, stage.path)
        scores = []
        for name, path in files.items():
            scores.append(verify.score(name, path, splits))
            print(f"scored {name}")
        print(f"\n{verify.table(scores, splits)}\n")
        failed = verify.failures(scores, splits["validation"], "validation", max_drop)
        if failed:
            raise InputError(
                f"{'; '.join(failed)} on the validation split, and {max_drop:g} is allowed: nothing is published; "
                f"leave the file out by --modes, or allow more by --max-drop"
            )
        publication.document(stage, config, model, splits, scores, listened, credit)
    print(publication.farewell(stage.version, model.about, [Path(name).name for name in files]))
    return stage.version

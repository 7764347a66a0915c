"""`export`: a run in, a published version out, with the pictures of every file compared."""

from __future__ import annotations

from pathlib import Path

from suite.config import load
from suite.console import quiet
from suite.errors import InputError
from suite.style.config import Config
from suite.training.run_folder import open_run

MODES = ("float32", "float16", "int8")
SIZES = (256, 384)


def export(
    run: str,
    *,
    modes: tuple[str, ...] = MODES,
    sizes: tuple[int, ...] = SIZES,
    min_psnr: float = 30.0,
    version: int | None = None,
    credit: str = "",
) -> Path:
    """Exports a run as SavedModel and TFLite files, compares the pictures of each and publishes a version.

    Args:
        run: Run folder, as train printed it.
        modes: TFLite files to write: float32, float16, int8.
        sizes: Sides of the squares that they paint, in pixels; a file of each mode and size.
        min_psnr: Peak signal-to-noise ratio, in dB, that a file's pictures must have to the Keras model's.
        version: Number of the version; by default the one after the newest.
        credit: Authors and licences of the photographs and paintings, for the model card.

    Returns:
        The version's folder, saved_models/style/<version>.
    """
    source = open_run(run)
    with quiet.native_stderr():
        from suite.artefacts import publish, release
        from suite.style import painter, publication, verification

    release.check("style", modes, version, MODES)
    if not sizes or min(sizes) < 32 or any(size % 4 for size in sizes):
        raise InputError(f"sizes: {', '.join(map(str, sizes)) or 'none given'}; expected multiples of 4 from 32")
    config = load(Config, source.config)
    model = painter.load(source.path)  # an unfinished run is refused before anything is written
    examples = publication.held_out(config, model, sizes)
    with publish.staging("style", version) as stage:
        scores = []
        files = publication.write(source, model.about, config, modes, sizes, stage.path)
        for name, path in files.items():
            scores.append(verification.score(name, path, examples))
            print(f"compared {name}")
        print(f"\n{verification.table(scores)}\n")
        if failed := verification.failures(scores, min_psnr):
            raise InputError(
                f"{'; '.join(failed)}, and {min_psnr:g} are asked for: nothing is published; leave the file out by "
                f"--modes, or allow less by --min-psnr"
            )
        publication.document(stage, config, model, examples, scores, credit)
    style = model.styles[0]
    print(f"published {stage.version}: model card in {stage.version / 'README.md'}")
    print(f"\nnext: python -m suite.style predict PHOTOGRAPH.jpg --style {style} --model {stage.version}")
    return stage.version

"""The configuration of a digit reader: a recipe in configs/digits holds only what differs from these defaults."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import ClassVar, Literal

from suite.blocks import ConvBlock, Head
from suite.errors import InputError
from suite.problems import classification
from suite.problems.classification import TrainingConfig

Source = Literal["digits", "mnist", "folder"]
Variant = Literal["lecture", "tiny", "large", "picture"]
LARGEST = 512  # pixels of a model's input
SIZE = 28  # pixels; MNIST's, and the size of every found digit


@dataclass(frozen=True)
class DataConfig(classification.DataConfig):
    """The training data.

    Args:
        source: digits (scikit-learn's 1,797 scans, no download), mnist (fetched where no path is given) or folder (a
            folder of pictures for each class); by default mnist for the path of a folder of IDX files, folder for
            another path, and digits without a path.
        path: The folder of pictures; for mnist the folder of its IDX files, gzipped or not, either pair or both.
        prepare: For folder, how a picture becomes an input: picture (the whole picture, resized; the default) or digit
            (the digit in it is found and centred, as MNIST's are).
        size: For folder, height and width of the model's input, in pixels.
        channels: For folder, 1 (grey) or 3 (colour); 0 is colour if any picture is in colour.
        seed: Seed of the splits.
    """

    source: Source | None = None
    prepare: Literal["digit", "picture"] | None = None
    size: int = SIZE
    channels: Literal[0, 1, 3] = 0

    DEFAULTS = ("digits", "folder")
    NEED_PATH: ClassVar = {"folder": "a folder with a folder for each class"}
    REFUSE_PATH = ("digits",)
    OWN_SPLITS = ("digits", "mnist")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.kind != "folder" and (self.prepare or self.channels):
            raise InputError(f"data.prepare, data.channels: are for a folder of pictures, not for {self.kind}")
        if not SIZE <= self.size <= LARGEST:
            raise InputError(f"data.size: {self.size}: expected {SIZE} to {LARGEST} pixels")
        if self.size != SIZE and self.preparation == "digit":
            raise InputError(f"data.size: {self.size}: found digits are {SIZE}x{SIZE}; it is for folders of pictures")

    @property
    def kind(self) -> str:
        """The source, resolved."""
        if not self.source and self.path and any(Path(self.path).glob("*-images?idx3-ubyte*")):
            return "mnist"
        return super().kind

    @property
    def preparation(self) -> Literal["digit", "picture"]:
        """The preparation of pictures, resolved."""
        return self.prepare or ("picture" if self.kind == "folder" else "digit")


@dataclass(frozen=True)
class AugmentConfig:
    """Random changes to training pictures; 0 switches one off. Pixels are of a picture of 28x28, and scale.

    Args:
        shift: Largest shift along each axis, either way, in pixels.
        rotation: Largest rotation, either way, in degrees.
        scale: Largest relative change of size along each axis, either way; .1 is 10 %.
        shear: Largest shear, either way; at .1 the top moves by a twentieth of the height.
        elastic: Standard deviation of a smooth random displacement of every pixel, in pixels (Simard et al. 2003).
    """

    shift: float = 2.0
    rotation: float = 12.0
    scale: float = 0.12
    shear: float = 0.1
    elastic: float = 0.8

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if value < 0:
                raise InputError(f"augment.{name}: {value}: expected 0 or more")
        if self.scale >= 1:
            raise InputError(f"augment.scale: {self.scale}: expected below 1")


@dataclass(frozen=True)
class ModelConfig:
    """The network.

    Args:
        variant: lecture (25 and 50 filters of 3x3, pooling, a dense layer of 100), tiny (under 10,000 parameters),
            large, or picture (for larger pictures); by default tiny up to 40 pixels, and picture beyond.
        blocks: Another chain of blocks in place of the variant's, in a YAML file.
        head: Another head in place of the variant's, in a YAML file.
    """

    variant: Variant | None = None
    blocks: tuple[ConvBlock, ...] = ()
    head: Head | None = None

    def name(self, size: int) -> Variant:
        """The variant, resolved for pictures of so many pixels a side."""
        return self.variant or ("tiny" if size <= 40 else "picture")


@dataclass(frozen=True)
class DescribeOptions:
    """The network that `describe` shows.

    Args:
        classes: Number of classes.
        channels: 1 for grey pictures, 3 for colour.
        size: Height and width of the pictures, in pixels.
    """

    classes: int = 10
    channels: int = 1
    size: int = SIZE


EPOCHS = {"digits": 60, "mnist": 30, "folder": 60}
TRAINING = TrainingConfig(epochs=0, min_steps=10, learning_rate=6e-3, weight_decay=1e-3)


@dataclass(frozen=True)
class Config:
    """The whole configuration of a training."""

    data: DataConfig = field(default_factory=DataConfig)
    model: ModelConfig = field(default_factory=ModelConfig)
    augment: AugmentConfig = field(default_factory=AugmentConfig)
    training: TrainingConfig = TRAINING

"""The configuration of a digit reader: a recipe in configs/digits holds only what differs from these defaults."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Literal

from suite.blocks import ConvBlock, Head
from suite.config import TrainingConfig
from suite.errors import InputError

Source = Literal["digits", "mnist", "folder"]
Variant = Literal["lecture", "tiny", "large"]
Split = Literal["train", "validation", "test", "all"]


@dataclass(frozen=True)
class DataConfig:
    """What is learned from.

    Args:
        source: digits (scikit-learn's 1,797 scans, no download), mnist (fetched where no path is given) or folder (a
            folder of pictures for each class); by default folder where a path is given, otherwise digits.
        path: The folder of pictures; of mnist the folder of its IDX files, gzipped or not, either pair or both.
        prepare: Of folder, how a picture becomes 28x28: picture (the whole picture, made smaller; the default) or digit
            (the digit in it is found and centred, as MNIST's are).
        channels: Of folder, 1 (grey) or 3 (colour); 0 is colour where any picture has some.
        seed: Of the splits.
    """

    source: Source | None = None
    path: str | None = None
    prepare: Literal["digit", "picture"] | None = None
    channels: Literal[0, 1, 3] = 0
    seed: int = 0

    def __post_init__(self):
        if self.source == "folder" and not self.path:
            raise InputError("data.path: the source folder needs the path of a folder with a folder for each class")
        if self.source == "digits" and self.path:
            raise InputError(f"data.path: {self.path}: the source digits comes with scikit-learn; leave the path out")
        if self.kind != "folder" and (self.prepare or self.channels):
            raise InputError(f"data.prepare, data.channels: are for a folder of pictures, not for {self.kind}")
        if not 0 <= self.seed < 2**31:
            raise InputError(f"data.seed: {self.seed}: expected a whole number from 0")

    @property
    def kind(self) -> Source:
        """The source, resolved."""
        return self.source or ("folder" if self.path else "digits")

    @property
    def preparation(self) -> Literal["digit", "picture"]:
        """How a picture becomes 28x28, resolved."""
        return self.prepare or ("picture" if self.kind == "folder" else "digit")


@dataclass(frozen=True)
class AugmentConfig:
    """How much training pictures are changed; 0 switches a change off.

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

    def __post_init__(self):
        for name, value in asdict(self).items():
            if value < 0:
                raise InputError(f"augment.{name}: {value}: expected 0 or more")
        if self.scale >= 1:
            raise InputError(f"augment.scale: {self.scale}: expected below 1")

    @property
    def any(self) -> bool:
        return any(asdict(self).values())


@dataclass(frozen=True)
class ModelConfig:
    """The network.

    Args:
        variant: lecture (25 and 50 filters of 3x3, pooling, a dense layer of 100), tiny (under 10,000 parameters) or
            large.
        blocks: Another chain of blocks in place of the variant's, in a YAML file.
        head: Another head in place of the variant's, in a YAML file.
    """

    variant: Variant = "tiny"
    blocks: tuple[ConvBlock, ...] = ()
    head: Head | None = None


EPOCHS = {"digits": 60, "mnist": 30, "folder": 60}
TRAINING = TrainingConfig(epochs=0, min_steps=10, learning_rate=6e-3, weight_decay=1e-3)


@dataclass(frozen=True)
class Config:
    """Everything that decides a training."""

    data: DataConfig = field(default_factory=DataConfig)
    model: ModelConfig = field(default_factory=ModelConfig)
    augment: AugmentConfig = field(default_factory=AugmentConfig)
    training: TrainingConfig = TRAINING

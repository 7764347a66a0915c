"""The configuration of a Go player: a recipe in configs/go holds only what differs from these defaults."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from suite import config
from suite.blocks import ConvBlock, Head
from suite.errors import InputError
from suite.problems.classification import TrainingConfig

Source = Literal["gnugo", "games"]
Variant = Literal["small", "large", "pooled", "first3"]
SIZE = 19


@dataclass(frozen=True)
class DataConfig(config.DataConfig):
    """The training data.

    Args:
        source: gnugo (games that GNU Go played against itself, part of the package) or games (SGF files);
            by default games where a path is given, otherwise gnugo.
        path: A folder or a zip file of .sgf files.
        players: Which games are used: all, or people: those with a program as a player are left out, by the names in
            suite/go/programs.txt.
        min_moves: Games with fewer moves are left out.
        positions: Number of training positions, drawn at random; 0 for all.
        seed: Seed of that draw.
    """

    source: Source | None = None
    players: Literal["all", "people"] = "all"
    min_moves: int = 20
    positions: int = 0

    DEFAULTS = ("gnugo", "games")
    NEED_PATH: ClassVar = {"games": "a folder or a zip file of .sgf files"}
    REFUSE_PATH = ("gnugo",)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.min_moves < 1:
            raise InputError(f"data.min_moves: {self.min_moves}: expected a whole number from 1")
        if self.positions < 0:
            raise InputError(f"data.positions: {self.positions}: expected a whole number from 1, or 0 for all")


@dataclass(frozen=True)
class ModelConfig:
    """The network.

    Args:
        variant: small (a first layer of 5x5, then 3x3), large, pooled (small with a max pooling, whose output is
            enlarged again) or first3 (small with a first layer of 3x3).
        blocks: Another chain of blocks in place of the variant's, in a YAML file.
        head: Another head in place of the variant's, in a YAML file.
    """

    variant: Variant = "small"
    blocks: tuple[ConvBlock, ...] = ()
    head: Head | None = None


@dataclass(frozen=True)
class EvalOptions:
    """How a player is scored.

    Args:
        symmetries: Number of symmetries of the board, 1 to 8, whose outputs are averaged.
        opponent: Play a match instead: gnugo, or the command line of another program that speaks the Go Text Protocol.
        games: Games of the match.
        level: GNU Go's level in the match.
        sgf: Folder to write the games of the match into.
    """

    symmetries: int = 1
    opponent: str = ""
    games: int = 40
    level: int = 1
    sgf: str = ""

    def __post_init__(self) -> None:
        if not 1 <= self.symmetries <= 8:
            raise InputError(f"symmetries: {self.symmetries}: expected a whole number from 1 to 8")
        if self.games < 1 or self.level < 0:
            raise InputError("games, level: expected whole numbers from 1, and from 0")
        if not self.opponent and (self.games, self.level, self.sgf) != (40, 1, ""):
            raise InputError("games, level, sgf: are of a match; name an --opponent, such as gnugo")


EPOCHS = {"gnugo": 4, "games": 4}
TRAINING = TrainingConfig(epochs=0, batch=128, learning_rate=4e-3, warmup=0.05, label_smoothing=0.0)


@dataclass(frozen=True)
class Config:
    """The whole configuration of a training."""

    data: DataConfig = field(default_factory=DataConfig)
    model: ModelConfig = field(default_factory=ModelConfig)
    training: TrainingConfig = TRAINING

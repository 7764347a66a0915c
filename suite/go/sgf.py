"""Games in SGF files, read by sgfmill."""

from __future__ import annotations

import lzma
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from suite.errors import InputError
from suite.go.rules import BLACK, EMPTY, WHITE

if TYPE_CHECKING:
    from suite.go.board import Board

LARGEST = 16_000_000  # bytes of one file
_DAMAGED = (OSError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, RuntimeError, NotImplementedError, EOFError)


@dataclass(frozen=True)
class Game:
    """A game: of a file with variations its main line.

    Args:
        name: The file, with the game's number where it has several.
        size: Points along a side.
        moves: The moves: a point, row by row from A1, or size² for a pass.
        colours: The colour of each move, 1 for black and 2 for white.
        setup: (point, colour) of each stone that stood before the first move.
        to_move: The side that the file names as the first to move; 0 if it names none.
        players: Black's and white's name; "" if unknown.
        date: Such as 2015-01-31, 2015-01 or 2015; "" if unknown.
        komi: Points that white gets.
        result: Such as B+3.5, W+Resign, or "".
        variations: Whether there are moves outside of the main line.
        late_setup: Number of the move after which stones are set up; 0 if they are not.
    """

    name: str
    size: int
    moves: tuple[int, ...]
    colours: tuple[int, ...]
    setup: tuple[tuple[int, int], ...] = ()
    to_move: int = 0
    players: tuple[str, str] = ("", "")
    date: str = ""
    komi: float = 0.0
    result: str = ""
    variations: bool = False
    late_setup: int = 0


def files(path: Path) -> list[tuple[str, Path | zipfile.ZipInfo]]:
    """The SGF files of a folder, with its subfolders, or of a zip file, by name; hidden ones are left out.

    Raises:
        InputError: It is neither, or holds none.
    """
    found: list[tuple[str, Path | zipfile.ZipInfo]]
    if path.is_dir():
        found = [(str(file.relative_to(path)), file) for file in path.rglob("*") if file.is_file()]
    elif path.is_file():
        try:
            with zipfile.ZipFile(path) as archive:
                found = [(entry.filename, entry) for entry in archive.infolist() if not entry.is_dir()]
        except _DAMAGED:
            raise InputError(f"{path}: not a zip file; give a folder or a zip of .sgf files") from None
    else:
        raise InputError(f"{path}: no such file or folder; give a folder or a zip of .sgf files")
    chosen = [
        (name, file)
        for name, file in found
        if name.lower().endswith(".sgf") and not any(part.startswith((".", "__MACOSX")) for part in Path(name).parts)
    ]
    if not chosen:
        raise InputError(f"{path}: no .sgf file in it; give a folder or a zip of .sgf files")
    return sorted(chosen, key=lambda item: item[0])


def contents(path: Path) -> Iterator[tuple[str, bytes | InputError]]:
    """Name and content of each SGF file, see `files`; an error in place of the content of an unreadable one."""
    chosen = files(path)
    archive = zipfile.ZipFile(path) if path.is_file() else None
    try:
        for name, file in chosen:
            try:
                size = file.stat().st_size if isinstance(file, Path) else file.file_size
                if size > LARGEST:
                    yield name, InputError(f"{name}: {size:,} bytes; an SGF file has at most {LARGEST:,}")
                elif isinstance(file, Path):
                    yield name, file.read_bytes()
                else:
                    assert archive
                    yield name, archive.read(file)
            except _DAMAGED as error:
                yield name, InputError(f"{name}: cannot be read ({error})")
    finally:
        if archive:
            archive.close()


def parse(content: bytes, name: str) -> list[Game | InputError]:
    """The games of an SGF file, each a game or the reason for which it cannot be used.

    Raises:
        InputError: It is not SGF.
    """
    from sgfmill import sgf_grammar

    try:
        trees = sgf_grammar.parse_sgf_collection(content)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{name}: not an SGF file ({error})") from None
    names = [name] if len(trees) == 1 else [f"{name}#{number:04}" for number in range(1, len(trees) + 1)]
    return [_game(tree, own) for tree, own in zip(trees, names, strict=True)]


def read(file: str) -> Game:
    """The first game of an SGF file.

    Raises:
        InputError: It cannot be read or used.
    """
    path = Path(file)
    try:
        if path.stat().st_size > LARGEST:
            raise InputError(f"{file}: {path.stat().st_size:,} bytes; an SGF file has at most {LARGEST:,}")
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{file}: {error.strerror}; give an SGF file") from None
    game = parse(content, file)[0]
    if isinstance(game, InputError):
        raise game
    if game.late_setup:
        raise InputError(f"{file}: sets stones up after move {game.late_setup}; give a game without")
    return game


def _game(tree: Any, name: str) -> Game | InputError:
    from sgfmill import sgf

    try:
        game = sgf.Sgf_game.from_coarse_game_tree(tree)
        root, nodes = game.get_root(), game.get_main_sequence()
        if root.has_property("GM") and root.get("GM") != 1:
            return InputError(f"{name}: not a game of Go (GM[{root.get('GM')}])")
    except (ValueError, LookupError, RecursionError) as error:
        return InputError(f"{name}: not a game of Go on a square board ({error})")
    try:
        setup, moves, late = _played(nodes, game.get_size())
    except ValueError as error:
        return InputError(f"{name}: {error}")
    return Game(
        name=name,
        size=game.get_size(),
        moves=tuple(point for point, _ in moves),
        colours=tuple(colour for _, colour in moves),
        setup=tuple((point, colour) for point, colour in setup.items() if colour != EMPTY),
        to_move={"b": BLACK, "w": WHITE}.get(_text(nodes[0], "PL").lower()[:1], 0),
        players=(_text(root, "PB"), _text(root, "PW")),
        date=match[0] if (match := re.match(r"\d{4}(-\d\d){0,2}", _text(root, "DT"))) else "",
        komi=_number(_text(root, "KM")),
        result=_text(root, "RE"),
        variations=any(len(node) > 1 for node in nodes),
        late_setup=late,
    )


def _played(nodes: Sequence[Any], size: int) -> tuple[dict[int, int], list[tuple[int, int]], int]:
    """Setup stones, moves with their colours, and the number of the move after which stones are set up."""
    setup: dict[int, int] = {}
    moves: list[tuple[int, int]] = []
    for node in nodes:
        try:
            if node.has_setup_stones():
                if moves:
                    return setup, moves, len(moves)
                for stones, colour in zip(node.get_setup_stones(), (BLACK, WHITE, EMPTY), strict=True):
                    setup |= {row * size + column: colour for row, column in stones}
        except ValueError:
            raise ValueError("a setup stone is not on the board") from None
        try:
            colour, move = node.get_move()
        except ValueError:
            raise ValueError(f"move {len(moves) + 1} is not on the board") from None
        if colour:
            point = size * size if move is None else move[0] * size + move[1]
            moves.append((point, BLACK if colour == "b" else WHITE))
    return setup, moves, 0


def _text(node: Any, name: str) -> str:
    """A property as text; "" if there is none, or it has a character that its encoding does not have."""
    try:
        return str(node.get(name)) if node.has_property(name) else ""
    except ValueError:
        return ""


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def from_board(
    board: Board, players: tuple[str, str] = ("", ""), komi: float = 0.0, result: str = "", date: str = ""
) -> Game:
    """The game that was played on a board."""
    return Game(
        name="",
        size=board.size,
        moves=tuple(move for move, _ in board.moves),
        colours=tuple(colour for _, colour in board.moves),
        setup=board.setup,
        players=players,
        date=date,
        komi=komi,
        result=result,
    )


def as_sgf(games: Sequence[Game]) -> bytes:
    """Games as one SGF file, with their setup, moves, players, komi, dates and results."""
    from sgfmill import sgf

    texts = []
    for game in games:
        written = sgf.Sgf_game(game.size)
        root = written.get_root()
        texts_of = {"PB": game.players[0], "PW": game.players[1], "DT": game.date, "RE": game.result}
        for name, text in texts_of.items():
            if text:
                root.set(name, text)
        root.set("KM", game.komi)
        black, white = ([divmod(p, game.size) for p, c in game.setup if c == colour] for colour in (BLACK, WHITE))
        if game.setup:
            root.set_setup_stones(black, white)
        if game.to_move:
            root.set("PL", " bw"[game.to_move])
        for point, colour in zip(game.moves, game.colours, strict=True):
            move = None if point == game.size**2 else divmod(point, game.size)
            written.extend_main_sequence().set_move(" bw"[colour], move)
        texts.append(written.serialise(wrap=None))
    return b"".join(texts)

"""Games in SGF files, read by sgfmill."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from suite.errors import InputError
from suite.go.rules import BLACK, WHITE

LARGEST = 16_000_000  # bytes of one file


class LeftOut(Exception):
    """A game that is well written but is not used, with the reason."""


@dataclass(frozen=True)
class Game:
    """A game: of a file with variations its main line.

    Args:
        name: The file, with the game's number where it has several.
        size: Points along a side.
        setup: (point, colour) of each stone that stood before the first move. Points count row by row from A1.
        moves: The moves: a point, or size² for a pass.
        colours: The colour of each move, 1 for black and 2 for white.
        players: Black's and white's name; "" if unknown.
        date: The first date, such as 2015-01-31; "" if unknown.
        komi: Points that white gets.
        result: Such as B+3.5, W+Resign, or "".
        variations: Whether there are moves outside of the main line.
    """

    name: str
    size: int
    setup: tuple[tuple[int, int], ...]
    moves: tuple[int, ...]
    colours: tuple[int, ...]
    players: tuple[str, str]
    date: str
    komi: float
    result: str
    variations: bool


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
        except (zipfile.BadZipFile, OSError):
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
            except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as error:
                yield name, InputError(f"{name}: cannot be read ({error})")
    finally:
        if archive:
            archive.close()


def parse(content: bytes, name: str) -> list[Game]:
    """The games of an SGF file.

    Raises:
        InputError: It is not SGF, or of another game.
    """
    from sgfmill import sgf, sgf_grammar

    try:
        trees = sgf_grammar.parse_sgf_collection(content)
        games = [sgf.Sgf_game.from_coarse_game_tree(tree) for tree in trees]
        return [_game(game, name if len(games) == 1 else f"{name}#{i}") for i, game in enumerate(games, start=1)]
    except (ValueError, LookupError, RecursionError) as error:
        raise InputError(f"{name}: not an SGF file of a game of Go ({error})") from None


def read(file: str) -> Game:
    """The first game of an SGF file.

    Raises:
        InputError: It cannot be read, is not SGF, or has no moves.
    """
    path = Path(file)
    try:
        if path.stat().st_size > LARGEST:
            raise InputError(f"{file}: {path.stat().st_size:,} bytes; an SGF file has at most {LARGEST:,}")
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{file}: {error.strerror}; give an SGF file") from None
    return parse(content, file)[0]


def _game(game: Any, name: str) -> Game:
    root, size = game.get_root(), game.get_size()
    if root.has_property("GM") and root.get("GM") != 1:
        raise ValueError(f"GM[{root.get('GM')}] is another game")
    nodes = game.get_main_sequence()
    setup: dict[int, int] = {}
    moves: list[int] = []
    colours: list[int] = []
    for node in nodes:
        if node.has_setup_stones():
            if moves:
                raise ValueError(f"stones are set up after move {len(moves)}")
            black, white, empty = node.get_setup_stones()
            for stones, colour in ((black, BLACK), (white, WHITE), (empty, 0)):
                setup |= {row * size + column: colour for row, column in stones}
        colour, move = node.get_move()
        if colour:
            moves.append(size * size if move is None else move[0] * size + move[1])
            colours.append(BLACK if colour == "b" else WHITE)
    return Game(
        name=name,
        size=size,
        setup=tuple((point, colour) for point, colour in setup.items() if colour),
        moves=tuple(moves),
        colours=tuple(colours),
        players=(game.get_player_name("b") or "", game.get_player_name("w") or ""),
        date=str(_text(root, "DT"))[:10],
        komi=_komi(game),
        result=_text(root, "RE"),
        variations=any(len(node) > 1 for node in nodes),
    )


def _text(node: Any, name: str) -> str:
    try:
        return str(node.get(name)) if node.has_property(name) else ""
    except ValueError:  # a character that its encoding does not have
        return ""


def _komi(game: Any) -> float:
    try:
        return float(game.get_komi())
    except ValueError:
        return 0.0


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
        for point, colour in zip(game.moves, game.colours, strict=True):
            move = None if point == game.size**2 else divmod(point, game.size)
            written.extend_main_sequence().set_move(" bw"[colour], move)
        texts.append(written.serialise(wrap=None))
    return b"".join(texts)

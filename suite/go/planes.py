"""The planes of a position: what the network reads of the codes of `suite.go.rules`.

46 planes of zeros and ones: own stones, other's stones, empty points, ones, liberties of a stone (1 to 8 and more), ko,
forbidden (ko and suicide), age of the last moves (1 to 8), stones that a move captures, liberties after it, own stones
that it puts in atari (8 planes each). AlphaGo's 48 (Silver et al. 2016, extended data table 2) have no plane of ko, and
two of ladders and one of zeros beside these.
"""

from __future__ import annotations

import numpy as np

from suite.go.rules import KO, MOST, SUICIDE

NAMES = (
    *("own", "other", "empty", "ones"),
    *(f"liberties {n}" for n in range(1, MOST + 1)),
    *("ko", "forbidden"),
    *(f"age {n}" for n in range(1, MOST + 1)),
    *(f"captures {n}" for n in range(1, MOST + 1)),
    *(f"liberties after {n}" for n in range(1, MOST + 1)),
    *(f"self-atari {n}" for n in range(1, MOST + 1)),
)
PLANES = len(NAMES)


def tables() -> list[np.ndarray]:
    """For each of a point's three codes, uint8 (256, planes): the values of its planes by code."""
    stone = np.arange(256)
    own, other = (stone >= 1) & (stone <= MOST), (stone > MOST) & (stone <= 2 * MOST)
    empty, ko = (stone == 0) | (stone == KO) | (stone == SUICIDE), stone == KO
    liberties = [(own & (stone == n)) | (other & (stone - MOST == n)) for n in range(1, MOST + 1)]
    first = [own, other, empty, stone < 256, *liberties, ko, ko | (stone == SUICIDE)]
    pair = [part == n for part in (stone % 16, stone // 16) for n in range(1, MOST + 1)]
    after = [part == n for part in (stone // 16, stone % 16) for n in range(1, MOST + 1)]
    return [np.stack(columns, axis=1).astype(np.float32) for columns in (first, pair, after)]

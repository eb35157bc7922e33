"""What a pattern of equal keys is worth, learned beforehand on invented lists with known truth.

Nothing is learned from the lists of a session: whoever hands in one could tip what is learned, and
read from the counts whether a stranger is on another. ``python -m benchmarks.register.sealed
--weights`` makes the table anew, from the exercise with seeds 1 to 3.
"""

from __future__ import annotations

from typing import Final

Pattern = tuple[int, bool, bool]
"""Kinds that agree (bit mask, the first of ``KINDS`` lowest); whether both records have a year;
whether both have a patronymic."""

LEARNED_ON_RECORDS: Final = 1_000
"""Records of the longer list, about, of the pairs of lists that the table was learned on."""
PRIOR_PAIRS: Final = 2.0
PRIOR_MATCHES: Final = 0.3
"""Pairs as if seen before for every pattern, and the share of them that are one person."""

LEARNED: Final[dict[Pattern, tuple[int, int]]] = {
    (1, True, False): (7, 0),
    (1, True, True): (18, 0),
    (2, True, False): (184, 4),
    (2, True, True): (556, 0),
    (3, True, False): (26, 10),
    (3, True, True): (63, 0),
    (4, False, False): (521, 384),
    (4, False, True): (311, 1),
    (4, True, False): (848, 4),
    (4, True, True): (2047, 0),
    (5, True, False): (54, 51),
    (5, True, True): (17, 1),
    (6, True, False): (502, 370),
    (6, True, True): (363, 2),
    (7, True, False): (1510, 1481),
    (7, True, True): (55, 1),
    (8, False, True): (46, 6),
    (8, True, True): (168, 0),
    (9, True, True): (2, 2),
    (10, True, True): (46, 9),
    (11, True, True): (28, 20),
    (12, False, True): (681, 657),
    (12, True, True): (153, 4),
    (13, True, True): (128, 124),
    (14, True, True): (866, 841),
    (16, True, True): (291, 193),
    (31, True, True): (8, 8),
    (32, True, True): (197, 124),
    (39, True, True): (37, 32),
    (63, True, True): (3693, 3693),
    (64, True, False): (30, 29),
    (64, True, True): (3, 2),
    (67, True, False): (1, 1),
    (71, True, False): (503, 503),
    (71, True, True): (2, 2),
    (75, True, True): (8, 8),
    (95, True, True): (2, 2),
    (96, True, True): (195, 195),
    (103, True, True): (10, 10),
    (127, True, True): (1418, 1418),
}
"""Pairs of records of two lists that show a pattern, and how many of them are one person."""

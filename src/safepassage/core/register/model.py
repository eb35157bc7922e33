"""The linkage model as data: fields, levels of agreement, starting values, words for people.

The engine (``adapters/linkage.py``) says at which level two records agree; this table says what
that is worth before anything has been learned from the lists at hand. Theory:
``docs/theory/linkage.md``.
"""

from __future__ import annotations

from dataclasses import dataclass

MATCH, FAMILY, STRANGER = 0, 1, 2
"""Classes of pairs: one person; two of one family; two strangers."""

CLOSE_PLACES_KM = 10
"""Distance up to which two places are neighbours: an hour or two on foot, the reach of a clerk who
names the next large village, and of a family that moved from the shelled end of a valley."""


@dataclass(frozen=True, slots=True)
class Level:
    """One way in which a field can agree, best first within its field.

    Parameters
    ----------
    words
        The finding as a person reads it.
    m, u, family
        Probability of the level for two records of one person, of two strangers, and of two
        members of one family; starting values, each sums to 1 over the levels of its kind.
    kind
        What the two records hold. Records with a full name cannot agree by an initial, so levels
        compete only within their kind: what a list does not write is no evidence.
    """

    name: str
    words: str
    m: float
    u: float
    family: float
    kind: int = 0


@dataclass(frozen=True, slots=True)
class Field:
    """One field of comparison.

    Parameters
    ----------
    kin
        True where members of a family agree more often, or more seldom, than strangers; for the
        other fields the family column is not used.
    own
        True where the value is a person's own: two of one family who agree on it are likely one.
    term
        Column whose frequent values are weak evidence; empty for none.
    term_levels
        Names of the levels to which the frequency of the value applies.
    fixed
        True where nothing is learned: the lists would teach it only through other fields.
    """

    name: str
    levels: tuple[Level, ...]
    kin: bool = False
    own: bool = False
    term: str = ""
    term_levels: tuple[str, ...] = ()
    fixed: bool = False


MODEL = (
    Field(
        "surname",
        (
            Level("same", "same surname", 0.85, 0.006, 0.60, kind=1),
            Level("part", "another reading of the surname fits", 0.04, 0.001, 0.04, kind=1),
            Level("crossed", "the other's given name", 0.002, 0.0001, 0.0001, kind=1),
            Level("near", "surname differs by a typing error", 0.033, 0.0039, 0.0099, kind=1),
            Level("far", "surname differs by some letters", 0.005, 0.02, 0.02, kind=1),
            Level("other", "another surname; a woman may have changed hers",
                  0.07, 0.969, 0.33, kind=1),
            Level("same", "same surname", 0.905, 0.006, 0.70),
            Level("part", "another reading of the surname fits", 0.03, 0.001, 0.04),
            Level("crossed", "the other's given name", 0.002, 0.0001, 0.0001),
            Level("near", "surname differs by a typing error", 0.043, 0.0039, 0.0099),
            Level("far", "surname differs by some letters", 0.01, 0.02, 0.02),
            Level("other", "different surname", 0.01, 0.969, 0.23),
        ),
        kin=True, term="surname_here", term_levels=("same",),
    ),
    Field(
        "given name",
        (
            Level("same", "same given name", 0.875, 0.025, 0.004),
            Level("form", "forms of one given name", 0.08, 0.003, 0.001),
            Level("initial", "initial fits the given name", 0.97, 0.10, 0.10, kind=1),
            Level("not initial", "initial does not fit the given name", 0.03, 0.90, 0.90, kind=1),
            Level("crossed", "names stand in each other's columns", 0.002, 0.00001, 0.00001),
            Level("near", "given name differs by a typing error", 0.028, 0.00399, 0.00399),
            Level("far", "given name differs by some letters", 0.01, 0.02, 0.02),
            Level("other", "different given name", 0.005, 0.948, 0.971),
        ),
        kin=True, own=True, term="given", term_levels=("same",),
    ),
    Field(
        "patronymic",
        (
            Level("same", "same patronymic", 0.96, 0.04, 0.30),
            Level("initial", "initial fits the patronymic", 0.97, 0.12, 0.38, kind=1),
            Level("not initial", "initial does not fit the patronymic", 0.03, 0.88, 0.62, kind=1),
            Level("near", "patronymic differs by a typing error", 0.03, 0.005, 0.005),
            Level("other", "different patronymic", 0.01, 0.955, 0.695),
        ),
        kin=True, term="father", term_levels=("same",),
    ),
    Field(
        "sex",
        (
            Level("same", "same sex", 0.98, 0.5, 0.5),
            Level("other", "different sex", 0.02, 0.5, 0.5),
        ),
        own=True, fixed=True,
    ),
    Field(
        "birth",
        (
            Level("day", "same date of birth", 0.91, 0.00005, 0.004),
            Level("slip", "dates of birth differ by a slip", 0.07, 0.002, 0.004),
            Level("digits", "dates of birth differ by two digits", 0.006, 0.01, 0.01),
            Level("days year", "dates of birth at most a year apart", 0.004, 0.02, 0.02),
            Level("days ten", "dates of birth at most ten years apart", 0.006, 0.22, 0.22),
            Level("days other", "dates of birth more than ten years apart", 0.004, 0.74795, 0.742),
            Level("year", "what is known of the births can be the same", 0.83, 0.025, 0.03, kind=1),
            Level("one", "births at most a year apart", 0.08, 0.03, 0.03, kind=1),
            Level("three", "births at most three years apart", 0.05, 0.05, 0.06, kind=1),
            Level("turned", "years of birth with two digits exchanged", 0.02, 0.02, 0.02, kind=1),
            Level("seven", "births at most seven years apart", 0.015, 0.08, 0.09, kind=1),
            Level("other", "births more than seven years apart", 0.005, 0.795, 0.77, kind=1),
        ),
        own=True,
    ),
    Field(
        "place of stay",
        (
            Level("same", "same place of stay", 0.845, 0.06, 0.847),
            Level("near", "nearly the same place of stay", 0.005, 0.001, 0.003),
            Level("crossed", "stays where the other was born", 0.05, 0.02, 0.04),
            Level("close", f"places of stay at most {CLOSE_PLACES_KM} km apart",
                  0.03, 0.15, 0.03),
            Level("other", "different places of stay", 0.07, 0.769, 0.08),
        ),
        kin=True, term="stay", term_levels=("same",),
    ),
    Field(
        "place of birth",
        (
            Level("same", "same place of birth", 0.895, 0.08, 0.498),
            Level("near", "nearly the same place of birth", 0.005, 0.001, 0.002),
            Level("close", f"places of birth at most {CLOSE_PLACES_KM} km apart",
                  0.03, 0.12, 0.12),
            Level("other", "different places of birth", 0.07, 0.799, 0.38),
        ),
        kin=True, term="birth_place", term_levels=("same",),
    ),
    Field(
        "address",
        (
            Level("same", "same street and house", 0.60, 0.0005, 0.60),
            Level("near", "nearly the same street and house", 0.20, 0.001, 0.10),
            Level("far", "street and house somewhat alike", 0.05, 0.005, 0.05),
            Level("other", "another street or house", 0.15, 0.9935, 0.25),
        ),
        kin=True,
    ),
    Field(
        "phone",
        (
            Level("same", "same phone", 0.60, 0.0001, 0.45),
            Level("near", "phones differ in one digit", 0.03, 0.0001, 0.01),
            Level("other", "different phones", 0.37, 0.9998, 0.54),
        ),
        kin=True,
    ),
    Field(
        "e-mail",
        (
            Level("same", "same e-mail address", 0.70, 0.0001, 0.10),
            Level("user", "same e-mail name at another provider", 0.10, 0.0002, 0.01),
            Level("near", "e-mail addresses nearly the same", 0.10, 0.0005, 0.02),
            Level("other", "different e-mail addresses", 0.10, 0.9992, 0.87),
        ),
        kin=True,
    ),
    Field(
        "document",
        (
            Level("same", "same document", 0.70, 0.000001, 0.0001),
            Level("other", "different documents", 0.30, 0.999999, 0.9999),
        ),
        own=True,
    ),
    Field(
        "household",
        (
            Level("alone", "both live alone by their lists", 0.38, 0.30, 0.30),
            Level("several", "both live with others by their lists", 0.52, 0.30, 0.30),
            Level("other", "one lives alone, the other does not, by their lists", 0.10, 0.40, 0.40),
        ),
    ),
    Field(
        "relatives",
        (
            Level("same", "a relative named is with the other", 0.60, 0.001, 0.55),
            Level("other", "none of the relatives named is with the other", 0.40, 0.999, 0.45),
        ),
        kin=True,
    ),
)  # fmt: skip
"""Starting values: set by hand from how such lists are kept, before any list was seen; replaced by
what the lists teach as far as they teach it (``train.py``)."""

MISSING = -1
"""Level of a field that is empty in either record: it says nothing."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """What was learned: one row per field, one value per level.

    Parameters
    ----------
    m, u, family
        Probabilities per field and level, as in :class:`Level`.
    match_rate, family_rate
        Share of each kind of pair among all pairs, per group of pairs (:data:`GROUPS`).
    learned_from
        Number of compared pairs that the learning saw; 0 means starting values.
    """

    m: tuple[tuple[float, ...], ...]
    u: tuple[tuple[float, ...], ...]
    family: tuple[tuple[float, ...], ...]
    match_rate: tuple[float, ...]
    family_rate: tuple[float, ...]
    learned_from: int = 0


GROUPS = ("two lists", "one list", "one household of one list")
"""Groups of pairs with rates of their own: a list seldom names a person twice, and a household of a
list hardly ever."""

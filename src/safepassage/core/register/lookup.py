"""What one word of a query may mean among the words that a register's names hold.

A word plays one of three roles in a name: surname, given name, father's name. A
:class:`Vocabulary` holds, for one role, every word (*token*) in use and the records that use it;
:func:`look_up` weighs, in bits, each record that a query's word may mean in that role.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA

from safepassage.core.register.normalise import (
    CanonicalName,
    father_names,
    first_sounds,
    given_names,
    is_given_name,
    looks_like_patronymic,
    surname_stems,
)
from safepassage.core.register.scripts import sound_keys

MAX_BITS = 16.0
"""What a word weighs that one person in 65,000 or fewer holds."""
SURNAME_AGREES = "surname agrees"
_TYPING_ERROR_BITS = 3.5
_OTHER_READING_BITS = 0.5
_EVERYDAY_FORM_BITS = 0.5
_INITIAL_BITS = 3.0
_PREFIX_BITS = 2.0
UNEXPLAINED_BITS = -6.0
"""What a word weighs that a record contradicts in the role it is read in."""
_SWAPPED_BITS = 2.0
_MIN_PREFIX = 2


class Role(IntEnum):
    """The part that a word plays in a name."""

    SURNAME = 0
    GIVEN = 1
    FATHER = 2


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words that records hold in one role.

    Parameters
    ----------
    postings
        Token to the positions of its records, sorted. Tokens begin with ``=`` (a full name of the
        dictionary), ``~`` (a sound) or ``.`` (an initial only).
    sounds
        The sounds among the tokens, sorted, without their ``~``.
    silent
        Whether the record holds no word in this role.
    records
        Number of records.
    """

    postings: dict[str, NDArray[np.int32]]
    sounds: tuple[str, ...]
    silent: NDArray[np.bool_]
    records: int

    def bits(self, token: str) -> float:
        """Return how rare `token` is, as bits; a token that nobody holds weighs the most."""
        return self.bits_of(len(self.postings.get(token, ())))

    def bits_of(self, holders: int) -> float:
        """Return the bits of a word that so many records hold."""
        return min(MAX_BITS, float(np.log2((self.records + 1000.0) / (holders + 0.5))))


@dataclass(frozen=True, slots=True)
class Meaning:
    """A word of a query read in one role: its weight and reason for each record.

    Parameters
    ----------
    bits
        By position of the record; negative where the record speaks against it.
    reason
        By position: index into `reasons`, -1 for none.
    best
        What the word itself would weigh in this role.
    """

    bits: NDArray[np.float64]
    reason: NDArray[np.int32]
    reasons: tuple[str, ...]
    best: float


@dataclass(frozen=True, slots=True)
class _Match:
    token: str
    bits: float
    reason: str


def vocabulary(role: Role, names: Sequence[CanonicalName]) -> Vocabulary:
    """Return the vocabulary of one role over the names of a register, by position."""
    holders: dict[str, list[int]] = {}
    silent = np.zeros(len(names), dtype=np.bool_)
    for at, name in enumerate(names):
        tokens = dict.fromkeys(_TOKENS[role](name))
        silent[at] = not tokens
        for token in tokens:
            holders.setdefault(token, []).append(at)
    postings = {token: np.array(held, dtype=np.int32) for token, held in holders.items()}
    sounds = sorted(token[1:] for token in postings if token[0] == "~")
    return Vocabulary(postings, tuple(sounds), silent, len(names))


def look_up(word: str, role: Role, known: Vocabulary) -> Meaning:
    """Return what `word` weighs for each record if it plays `role`."""
    bits = np.full(known.records, UNEXPLAINED_BITS)
    bits[known.silent] = _bits_where_silent(word, role)
    reason = np.full(known.records, -1, dtype=np.int32)
    reasons: dict[str, int] = {}
    matches = list(_MATCHES[role](word, known))
    for match in matches:
        at = known.postings.get(match.token)
        if at is not None:
            better = at[bits[at] < match.bits]
            bits[better] = match.bits
            reason[better] = reasons.setdefault(match.reason, len(reasons))
    return Meaning(bits, reason, tuple(reasons), matches[0].bits if matches else 0.0)


def usual_role(word: str) -> Role:
    """Return the role that a word plays if nothing else is known."""
    if len(word) > 1 and looks_like_patronymic(word):
        return Role.FATHER
    return Role.GIVEN if len(word) == 1 or is_given_name(word) else Role.SURNAME


# ----------------------------------------------------------------------------------- of records


def _surname_tokens(name: CanonicalName) -> Iterator[str]:
    yield from (f"~{key}" for key in name.surname_keys)


def _given_tokens(name: CanonicalName) -> Iterator[str]:
    yield from (f"={full}" for full in name.given_set)
    if name.given:
        yield f"~{name.given}"
    else:
        yield from (f".{first}" for first in name.given_initial)


def _father_tokens(name: CanonicalName) -> Iterator[str]:
    yield from (f"={father}" for father in name.father)
    if not name.father:
        yield from (f".{first}" for first in name.patronymic_initial)


_TOKENS = (_surname_tokens, _given_tokens, _father_tokens)


# ----------------------------------------------------------------------------------- of queries


def _bits_where_silent(word: str, role: Role) -> float:
    """Return what a word weighs for a record without any word in this role."""
    if len(word) == 1:
        return -0.5
    if role is Role.FATHER:
        return -0.5 if looks_like_patronymic(word) else UNEXPLAINED_BITS
    fits = is_given_name(word) is (role is Role.GIVEN)
    return -1.0 if fits else -3.0


def _surname_matches(word: str, known: Vocabulary) -> Iterator[_Match]:
    if len(word) == 1:
        return
    stems = surname_stems(word)
    for at, stem in enumerate(stems):
        token = f"~{stem}"
        yield _Match(token, known.bits(token) - _OTHER_READING_BITS * (at > 0), SURNAME_AGREES)
    yield from _near(stems[0], known, "surname")
    yield from _beginnings(stems[0], known, "surname")


def _given_matches(word: str, known: Vocabulary) -> Iterator[_Match]:
    if len(word) == 1:
        yield from _initial_matches(word, known, "given name")
        return
    names, sounds = given_names(word), sound_keys(word)
    less = _EVERYDAY_FORM_BITS * (len(names) - 1)
    for name in names:
        token = f"={name}"
        yield _Match(token, known.bits(token) - less, f"given name agrees{_in_full(name)}")
    for at, sound in enumerate(sounds):
        bits = known.bits(f"~{sound}") - _OTHER_READING_BITS * (at > 0)
        yield _Match(f"~{sound}", bits, "given name sounds the same")
    yield from (_Match(f".{first}", _INITIAL_BITS, "initial of the given name fits")
                for first in first_sounds(word))  # fmt: skip
    yield from _near(sounds[0], known, "given name")
    yield from _beginnings(sounds[0], known, "given name")


def _father_matches(word: str, known: Vocabulary) -> Iterator[_Match]:
    if len(word) == 1:
        yield from _initial_matches(word, known, "patronymic")
        return
    is_patronymic = looks_like_patronymic(word)
    for name in father_names(word) if is_patronymic else given_names(word):
        token = f"={name}"
        less = 0.0 if is_patronymic else _SWAPPED_BITS
        yield _Match(token, known.bits(token) - less, f"father's name agrees{_in_full(name)}")
    if is_patronymic:
        yield from (_Match(f".{first}", _INITIAL_BITS, "initial of the patronymic fits")
                    for first in first_sounds(word))  # fmt: skip


def _in_full(name: str) -> str:
    """Return a full name of the dictionary in brackets; sounds are no names to show."""
    return "" if name.isascii() else f" ({name})"


_MATCHES = (_surname_matches, _given_matches, _father_matches)


def _initial_matches(letter: str, known: Vocabulary, what: str) -> Iterator[_Match]:
    """Yield every word that the letter may begin, and the same letter alone."""
    for first in first_sounds(letter):
        yield _Match(f".{first}", _INITIAL_BITS, f"initial of the {what} agrees")
        for token in known.postings:
            if token[0] == "~" and token.startswith(first, 1):
                yield _Match(token, _INITIAL_BITS, f"initial of the {what} fits")
        for token in known.postings:
            if token[0] == "=" and first in first_sounds(token[1:]):
                yield _Match(token, _INITIAL_BITS, f"initial of the {what} fits")


def _near(key: str, known: Vocabulary, what: str) -> Iterator[_Match]:
    """Yield the words one typing error away, in words of eight sounds and more also two."""
    allowed = 0 if len(key) < 3 else 1 if len(key) < 7 else 2
    hits = process.extract(
        key, known.sounds, scorer=OSA.distance, score_cutoff=allowed, limit=200
    )  # fmt: skip
    for sound, errors, _ in hits:
        if errors:
            bits = known.bits(f"~{sound}") - errors * _TYPING_ERROR_BITS - 3.0 * (len(key) < 5)
            count = "one typing error" if errors == 1 else "two typing errors"
            yield _Match(f"~{sound}", bits, f"{what} {count} away")


def _beginnings(key: str, known: Vocabulary, what: str) -> Iterator[_Match]:
    """Yield the words that begin so, weighed by how many records hold such a word."""
    if len(key) < _MIN_PREFIX:
        return
    start = bisect_left(known.sounds, key)
    end = bisect_left(known.sounds, key + "\U0010ffff")
    found = known.sounds[start:end]
    bits = known.bits_of(sum(len(known.postings[f"~{each}"]) for each in found)) - _PREFIX_BITS
    yield from (_Match(f"~{each}", bits, f"{what} begins so") for each in found if each != key)

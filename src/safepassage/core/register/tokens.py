"""Tokens of persons and households that still find them after merges, splits and new lists.

Every claim has a token of its own, for ever. A person is called by the token of the earliest of
their claims, so a token that was printed on Monday stands for one claim, and on Friday it finds
whoever holds this claim then (``docs/spec/01e-decide.md`` §1 to §4).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from safepassage.core.register.types import Person, RegisterHousehold
from safepassage.ids import TOKEN_LENGTH, stable_token

PERSON, HOUSEHOLD = "P", "H"
_LONG_TOKEN = 2 * TOKEN_LENGTH
"""Length that tells apart two persons whose short tokens happen to be the same."""

ClaimOrder = Callable[[str], tuple[int, int, int, int, str]]
_ROW = re.compile(r"(?:s(\d+)\.)?(\d+)(?:\.(\d+))?", re.ASCII)
"""``12``; ``s2.12``, the second sheet; ``12.1``, the first person of a row that held a family."""


class _HasListId(Protocol):
    @property
    def list_id(self) -> str:
        """Id of the list."""


def claim_order(lists: Sequence[_HasListId]) -> ClaimOrder:
    """Return the order of claims by record id: lists as received, then sheet and row."""
    received = {each.list_id: at for at, each in enumerate(lists)}

    def key(record_id: str) -> tuple[int, int, int, int, str]:
        list_id, _, place = record_id.rpartition(":")
        found = _ROW.fullmatch(place)
        sheet, row, part = (int(each or 0) for each in found.groups()) if found else (0, 0, 0)
        return received.get(list_id, len(received)), sheet, row, part, record_id

    return key


@dataclass(frozen=True, slots=True)
class Naming:
    """How persons and households of one store get their tokens.

    Parameters
    ----------
    key
        Secret of the store, the same on all its copies.
    order
        From :func:`claim_order`.
    """

    key: bytes = field(repr=False)
    order: ClaimOrder

    def token(self, prefix: str, record_id: str, length: int = TOKEN_LENGTH) -> str:
        """Return the token of one claim."""
        return stable_token(prefix, [record_id], length, key=self.key)

    def earliest(self, record_ids: Iterable[str]) -> str:
        """Return the claim by whose token all of them are called."""
        return min(record_ids, key=self.order)

    def persons(self, found: Sequence[Person]) -> tuple[Person, ...]:
        """Return the persons under the token of their earliest claim, sorted by it."""
        claims = [self.earliest(person.record_ids) for person in found]
        tokens = self._distinct(PERSON, claims)
        named = (replace(p, person_id=t) for p, t in zip(found, tokens, strict=True))
        return tuple(sorted(named, key=lambda person: person.person_id))

    def households(
        self, found: Sequence[RegisterHousehold], before: Sequence[Person], after: Sequence[Person]
    ) -> tuple[RegisterHousehold, ...]:
        """Return the households under the token of their earliest claim, members renamed.

        Parameters
        ----------
        before, after
            The persons as `found` names them, and as :meth:`persons` does.
        """
        held = {person.person_id: person.record_ids for person in before}
        token_of = {person.record_ids: person.person_id for person in after}
        claims = [self.earliest(r for p in each.person_ids for r in held[p]) for each in found]
        tokens = self._distinct(HOUSEHOLD, claims)
        named = (
            replace(
                each,
                household_id=token,
                person_ids=tuple(sorted(token_of[held[p]] for p in each.person_ids)),
            )
            for each, token in zip(found, tokens, strict=True)
        )
        return tuple(sorted(named, key=lambda household: household.household_id))

    def _distinct(self, prefix: str, claims: Sequence[str]) -> list[str]:
        """Return a token for each claim; those that happen to be the same are written longer."""
        short = [self.token(prefix, claim) for claim in claims]
        times = Counter(short)
        return [
            token if times[token] == 1 else self.token(prefix, claim, _LONG_TOKEN)
            for token, claim in zip(short, claims, strict=True)
        ]


@dataclass(frozen=True, slots=True)
class TokenBook:
    """Every token that was ever printed, and the claims that it may stand for.

    Parameters
    ----------
    claims
        Token (short or long, of a person or a household) to record ids: one, but for a collision.
    """

    claims: Mapping[str, tuple[str, ...]] = field(repr=False)

    def of(self, token: str) -> tuple[str, ...]:
        """Return the claims of a token as typed: case, spaces and look-alikes do not matter."""
        return self.claims.get(tidy_token(token), ())


def token_book(naming: Naming, record_ids: Iterable[str]) -> TokenBook:
    """Return the book of all claims, those of erased records included."""
    found: dict[str, list[str]] = defaultdict(list)
    for record_id in record_ids:
        for prefix in (PERSON, HOUSEHOLD):
            for length in (TOKEN_LENGTH, _LONG_TOKEN):
                found[naming.token(prefix, record_id, length)].append(record_id)
    return TokenBook({token: tuple(ids) for token, ids in found.items()})


def tidy_token(written: str) -> str:
    """Return a token as it is printed; Crockford's look-alikes (O, I, L) are read as digits.

    Examples
    --------
    >>> tidy_token(" p-o1l2xxxx ")
    'P-0112XXXX'
    """
    prefix, _, body = "".join(written.upper().split()).partition("-")
    return f"{prefix}-{body.translate(str.maketrans('OIL', '011'))}"


def looks_like_token(written: str) -> bool:
    """Return whether what was typed is a person's or household's token.

    Examples
    --------
    >>> looks_like_token("P-0112XXXX"), looks_like_token("П-Іваненко")
    (True, False)
    """
    prefix, _, body = tidy_token(written).partition("-")
    return prefix in (PERSON, HOUSEHOLD) and len(body) in (TOKEN_LENGTH, _LONG_TOKEN)

"""The last linkage of a store, kept beside it so that a search need not link again.

It holds record ids, tokens of the model, probabilities and reasons, and no name, place or date; it
is encrypted all the same, because who is whom is worth hiding. It can be deleted at any time: the
next command links again (``docs/spec/01e-decide.md`` §34, §35).
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from safepassage import __version__
from safepassage.core.register.entries import RegisterState
from safepassage.core.register.types import (
    Choice,
    Consent,
    Evidence,
    LifeStatus,
    Link,
    ListRecord,
    Person,
    RegisterHousehold,
)

SUFFIX = ".linked"
"""Added to the store's file name."""
PURPOSE = "linked-view"
"""What the store derives the cache's key for."""
_MAGIC = b"safepassage linked 3\n"
TOKENS_SUFFIX = ".tokens"
"""Of the file that remembers which records were shown under which token."""
_TOKENS_MAGIC = b"safepassage tokens 1\n"
_NONCE_BYTES = 12
_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Linkage:
    """What linking a store's records gave, without what can be recomputed at once.

    Parameters
    ----------
    refused
        Pairs decided to be one person against another decision.
    outdated
        The stored model could not be used; one was learned for this once.
    """

    links: tuple[Link, ...] = ()
    persons: tuple[Person, ...] = ()
    households: tuple[RegisterHousehold, ...] = ()
    review: tuple[int, ...] = ()
    model: dict[str, Any] = field(default_factory=dict)
    dropped_keys: int = 0
    refused: tuple[tuple[str, str], ...] = ()
    outdated: bool = False


def forget(store: Path) -> None:
    """Delete the cache of a store; to be called wherever keys of records are destroyed."""
    cache_path(store).unlink(missing_ok=True)


def cache_path(store: Path) -> Path:
    """Return where the cache of a store lies."""
    return store.with_name(store.name + SUFFIX)


@dataclass(frozen=True, slots=True)
class LinkageCache:
    """One encrypted file.

    Parameters
    ----------
    key
        From the store, for :data:`PURPOSE`; at least 32 bytes.
    """

    path: Path
    key: bytes = field(repr=False)

    def read(self) -> tuple[str, Linkage] | None:
        """Return the digest that the cache was made for and the linkage; None if there is none.

        A file that is torn, of another version or under another key is as good as none.
        """
        document = self._read(self.path, _MAGIC)
        return None if document is None else (document["digest"], _linkage(document))

    def write(self, digest: str, linkage: Linkage) -> None:
        """Replace the cache, whole or not at all; readable by its owner only."""
        self._write(self.path, _MAGIC, {"digest": digest, **_document(linkage)})

    def tokens(self) -> dict[str, tuple[str, ...]]:
        """Return the records last shown under each token; empty if nothing is remembered.

        Ids only. It outlives :func:`forget`, so a token on paper still finds the others after the
        record that it was made from is erased.
        """
        document = self._read(self._tokens_path, _TOKENS_MAGIC) or {}
        return {token: tuple(record_ids) for token, record_ids in document.items()}

    def remember(self, linkage: Linkage) -> None:
        """Note the records under each token of a linkage, beside those of earlier ones."""
        held = {person.person_id: person.record_ids for person in linkage.persons}
        now = dict(held)
        for house in linkage.households:
            now[house.household_id] = tuple(r for p in house.person_ids for r in held[p])
        known = self.tokens()
        if any(known.get(token) != records for token, records in now.items()):
            self._write(self._tokens_path, _TOKENS_MAGIC, known | now)

    @property
    def _tokens_path(self) -> Path:
        return self.path.with_suffix(TOKENS_SUFFIX)

    def _read(self, path: Path, magic: bytes) -> dict[str, Any] | None:
        try:
            content = path.read_bytes()
            if not content.startswith(magic):
                return None
            body = content[len(magic) :]
            text = self._cipher().decrypt(body[:_NONCE_BYTES], body[_NONCE_BYTES:], magic)
            document: dict[str, Any] = json.loads(zlib.decompress(text))
        except (OSError, InvalidTag, ValueError, zlib.error):
            return None
        return document

    def _write(self, path: Path, magic: bytes, document: dict[str, Any]) -> None:
        text = json.dumps(document, separators=(",", ":"))
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = self._cipher().encrypt(nonce, zlib.compress(text.encode(), 1), magic)
        beside = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        try:
            with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as f:
                f.write(magic + nonce + sealed)
            beside.replace(path)
        except OSError:
            beside.unlink(missing_ok=True)  # on a medium that cannot be written it links each time

    def _cipher(self) -> AESGCM:
        return AESGCM(self.key[:_KEY_BYTES])


def digest_of(state: RegisterState) -> str:
    """Return a digest of everything that a linkage depends on.

    Choices, consents, needs and the like do not change who is whom.
    """
    digest = hashlib.sha256(f"{__version__}\x1f{state.model}".encode())
    for part in (state.same, state.different, state.places, tuple(e.list_id for e in state.lists)):
        digest.update(repr(part).encode())
    for record in state.records:
        digest.update(repr(_compared(record)).encode())
    return digest.hexdigest()


def _compared(record: ListRecord) -> ListRecord:
    return replace(
        record, needs=frozenset(), choice=Choice.NOT_ASKED, consent=Consent.NOT_ASKED,
        consent_form="", asked_on="", destinations=(), status=LifeStatus.UNKNOWN, extra=(),
        apart_from=(), consents=(), asked_by="",
    )  # fmt: skip


# ---------------------------------------------------------------------------------- documents


def _document(linkage: Linkage) -> dict[str, Any]:
    records = [record_id for person in linkage.persons for record_id in person.record_ids]
    at = {record_id: index for index, record_id in enumerate(records)}
    person_at = {person.person_id: index for index, person in enumerate(linkage.persons)}
    told = _distinct((e.field, e.finding) for link in linkage.links for e in link.evidence)
    return {
        "records": records,
        "findings": list(told),
        "links": [
            [
                at[link.left],
                at[link.right],
                link.probability,
                int(link.accepted),
                link.cost,
                [[told[e.field, e.finding], e.weight_bits] for e in link.evidence],
            ]
            for link in linkage.links
        ],
        "persons": [
            [each.person_id, each.probability, len(each.record_ids)] for each in linkage.persons
        ],
        "households": [
            [h.household_id, h.place_id, h.probability, [person_at[p] for p in h.person_ids]]
            for h in linkage.households
        ],
        "review": linkage.review,
        "model": linkage.model,
        "dropped_keys": linkage.dropped_keys,
        "refused": linkage.refused,
        "outdated": linkage.outdated,
    }


def _distinct(pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
    return {pair: at for at, pair in enumerate(dict.fromkeys(pairs))}


def _linkage(document: dict[str, Any]) -> Linkage:
    records: list[str] = document["records"]
    persons = tuple(_persons(document["persons"], records))
    return Linkage(
        links=tuple(_link(row, records, document["findings"]) for row in document["links"]),
        persons=persons,
        households=tuple(
            RegisterHousehold(token, tuple(persons[at].person_id for at in members), place, chance)
            for token, place, chance, members in document["households"]
        ),
        review=tuple(document["review"]),
        model=document["model"],
        dropped_keys=document["dropped_keys"],
        refused=tuple((left, right) for left, right in document["refused"]),
        outdated=document["outdated"],
    )


def _persons(rows: Sequence[Sequence[Any]], records: Sequence[str]) -> Iterable[Person]:
    first = 0
    for token, chance, number in rows:
        yield Person(token, tuple(records[first : first + number]), chance)
        first += number


def _link(row: Sequence[Any], records: Sequence[str], told: Sequence[Sequence[str]]) -> Link:
    left, right, chance, accepted, cost, reasons = row
    evidence = tuple(Evidence(told[at][0], told[at][1], bits) for at, bits in reasons)
    return Link(records[left], records[right], chance, evidence, bool(accepted), cost)

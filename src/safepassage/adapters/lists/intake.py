"""What a list that was read adds to a register, as entries of its log (01b-import §20 to §25)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from safepassage.adapters.lists.types import ListReadResult
from safepassage.adapters.lists.versions import Revision, carried
from safepassage.core.register.effective import CORRECTABLE_TEXT
from safepassage.core.register.entries import (
    Answered,
    Body,
    ClaimMade,
    Corrected,
    Decided,
    ListReceived,
    RegisterState,
    RowRejected,
    Verdict,
)
from safepassage.core.register.types import (
    ApproximateDate,
    Choice,
    Consent,
    ConsentQuestion,
    LifeStatus,
    ListRecord,
    Sex,
)

_ANSWERS = frozenset({"choice", "consent", "consents", "destinations", "needs", "asked_on",
                      "asked_by", "consent_form"})  # fmt: skip
_CORRECTED = CORRECTABLE_TEXT | {"birth", "sex", "status"}
_PROVENANCE = frozenset({"record_id", "list_id", "row"})
_NO_SLUG = re.compile(r"[^\w.]+")
_LONGEST_SLUG = 40


@dataclass(frozen=True, slots=True)
class Intake:
    """A list as it goes into a register.

    Parameters
    ----------
    revision
        What it changes of an earlier version; None for a list of its own.
    earlier
        Id of that version.
    same_file
        Whether it is the same file, read in another way: its cells are all there already.
    """

    received: ListReceived
    read: ListReadResult
    revision: Revision | None = None
    earlier: str = ""
    same_file: bool = False

    def bodies(self) -> Iterator[Body]:
        """Yield the entries: the list, its rows or what they change, the rows set aside."""
        if not self.same_file:
            yield self.received
        if self.revision is None:
            yield from map(ClaimMade, self.read.records)
        else:
            yield from self._revised(self.revision)
        yield from rejected(self.read, self.received.list_id)

    def _revised(self, found: Revision) -> Iterator[Body]:
        gone = {_row_of(record): record.record_id for record in found.gone}
        for record in found.new:
            claim = self._of_earlier(record)
            yield ClaimMade(claim)
            whole, _, part = _row_of(record).rpartition(".")
            if self.same_file and part == "1" and whole in gone:
                reason = "the row held a family and was split"
                yield Decided(Verdict.SAME, (gone[whole],), (claim.record_id,), reason)
        for earlier, newer in found.changed:
            yield from self._changed(earlier, newer)

    def _changed(self, earlier: ListRecord, newer: ListRecord) -> Iterator[Body]:
        """Yield corrections and answers where they can say it, else the row as one more claim."""
        differing = {
            name
            for name in ListRecord.__dataclass_fields__
            if name not in _PROVENANCE and getattr(earlier, name) != getattr(newer, name)
        }
        if self.same_file or carried(newer) <= carried(earlier):
            differing.discard("extra")
        how = "read in another way" if self.same_file else "newer version of the list"
        reason = f"{how} ({self.received.list_id})"
        corrected = _CORRECTED - _unsayable(newer)
        for name in sorted(differing & corrected):
            value = corrected_text(getattr(newer, name))
            yield Corrected(earlier.record_id, name, value, "source", reason)
        on = newer.asked_on or self.received.as_of or self.received.received_on
        if differing & _ANSWERS and on:
            yield _answer(earlier, newer, on)
            differing -= _ANSWERS
        if differing - corrected:
            again = self._of_earlier(newer)
            yield ClaimMade(again)
            yield Decided(
                Verdict.SAME, (earlier.record_id,), (again.record_id,), f"same row, {reason}"
            )

    def _of_earlier(self, record: ListRecord) -> ListRecord:
        """Return a row as one of the earlier list: a list is one source, in all its versions."""
        version = self.received.list_id.rpartition("-")[2]
        record_id = f"{self.earlier}:{version}.{_row_of(record)}"
        return replace(record, list_id=self.earlier, record_id=record_id)


def rejected(read: ListReadResult, list_id: str) -> Iterator[RowRejected]:
    """Yield the rows set aside, as the register keeps them."""
    prefixes = dict(read.prefixes)
    for reject in read.rejects:
        width = max(len(reject.header), len(reject.cells))
        header = [*reject.header, *[""] * (width - len(reject.header))]
        cells = tuple(
            (name or f"column {at}", cell)
            for at, (name, cell) in enumerate(zip(header, reject.cells, strict=False), 1)
            if cell.strip()
        )
        where = (("(file)", reject.file),) if "[" in reject.file else ()
        row_id = f"{list_id}:{prefixes.get(reject.file, '')}{reject.row}"
        yield RowRejected(list_id, reject.row, (*cells, *where), reject.reasons, row_id)


def slug_of(name: str) -> str:
    """Return the short name of a list from the name of its file.

    Examples
    --------
    >>> slug_of("Список сельсовета (2).xlsx")
    'список-сельсовета-2'
    """
    stem = name.rpartition(".")[0] or name
    return _NO_SLUG.sub("-", stem).strip("-._").lower()[:_LONGEST_SLUG].rstrip("-._") or "list"


def corrected_text(value: object) -> str:
    """Return a field's value as a correction writes it."""
    if isinstance(value, ApproximateDate):
        return f"{value.earliest}/{value.latest}"
    if isinstance(value, Sex | LifeStatus):
        return value.value
    return str(value or "")


def earlier_version(
    state: RegisterState, slug: str, title: str, compiled_by: str, candidates: Sequence[str]
) -> str:
    """Return the list of which a new file is by its name a newer version, empty if of none.

    Parameters
    ----------
    candidates
        Lists on which at least half of the rows stand, the best first.
    """
    received = {each.list_id: each for each in state.lists}
    for list_id in candidates:
        known = received.get(list_id)
        if known and (
            list_id.rpartition("-")[0] == slug
            or (title and known.title == title)
            or (compiled_by and known.compiled_by == compiled_by)
        ):
            return list_id
    return ""


def _row_of(record: ListRecord) -> str:
    return record.record_id.rpartition(":")[2]


def _unsayable(record: ListRecord) -> frozenset[str]:
    """Return fields of which a correction cannot say that they are unknown now."""
    return frozenset({"status"} if record.status is LifeStatus.UNKNOWN else ())


def _answer(earlier: ListRecord, newer: ListRecord, on: str) -> Answered:
    consents = dict(newer.consents)
    if newer.consent is not Consent.NOT_ASKED:
        consents.setdefault(ConsentQuestion.REGISTERED, newer.consent)
    return Answered(
        record_id=earlier.record_id,
        asked_on=on,
        asked_by=newer.asked_by,
        form=newer.consent_form,
        choice=newer.choice if newer.choice is not earlier.choice else Choice.NOT_ASKED,
        destinations=newer.destinations if newer.destinations != earlier.destinations else None,
        needs=newer.needs if newer.needs != earlier.needs else None,
        consents=tuple(consents.items())
        if (newer.consent, newer.consents) != (earlier.consent, earlier.consents)
        else (),
    )

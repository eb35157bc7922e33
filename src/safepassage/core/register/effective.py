"""A record as it is to be read: what its source wrote, with corrections and answers applied."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from safepassage.core.register.entries import Answered, Corrected
from safepassage.core.register.types import (
    ApproximateDate,
    Choice,
    Consent,
    ConsentQuestion,
    LifeStatus,
    ListRecord,
    Need,
    Sex,
)

CORRECTABLE_TEXT = frozenset({
    "full_name", "surname", "given_name", "patronymic", "maiden_name", "stay_place", "birth_place",
    "address", "household_key", "phone", "email",
})  # fmt: skip
"""Fields of text that a correction may name, beside ``birth``, ``sex`` and ``status``."""

CAUTION: tuple[StrEnum, ...] = (
    *(Choice.UNDECIDED, Choice.STAY, Choice.GO),
    *(Consent.NO, Consent.YES),
    *(LifeStatus.PRESENT, LifeStatus.ALREADY_OUT, LifeStatus.DECEASED),
)
"""Of answers given on one day the first in this order counts (01-register §35)."""

Answer = TypeVar("Answer", Choice, Consent, LifeStatus)


# ---------------------------------------------------------------------------------- corrections


def corrected(
    record: ListRecord, corrections: Iterable[Corrected], findings: list[str]
) -> ListRecord:
    """Return `record` with corrections applied, in their order; what cannot be is said.

    Parameters
    ----------
    findings
        Receives a sentence for each correction that names no field or no value of it.
    """
    changes: dict[str, Any] = {}
    for correction in corrections:
        try:
            changes[correction.field_name] = corrected_value(correction)
        except ValueError as error:
            findings.append(f"A correction of record {record.record_id} has no effect: {error}.")
    return replace(record, **changes)


def corrected_value(correction: Corrected) -> str | ApproximateDate | Sex | LifeStatus | None:
    """Return the value that a correction sets.

    Raises
    ------
    ValueError
        If the field cannot be corrected or the value is none of it; the text names no value.
    """
    name, value = correction.field_name, correction.value
    if name in CORRECTABLE_TEXT:
        return value
    if name == "birth":
        return _birth(value) if value else None
    if name == "sex":
        return _member(Sex, name, value)
    if name == "status":
        return _member(LifeStatus, name, value)
    raise ValueError(f"'{name}' is no field that can be corrected")


Member = TypeVar("Member", Sex, LifeStatus)


def _member(kind: type[Member], name: str, value: str) -> Member:
    if value not in list(kind):
        raise ValueError(f"{name} accepts {', '.join(kind)}")
    return kind(value)


def _birth(value: str) -> ApproximateDate:
    earliest, _, latest = value.partition("/")
    try:
        days = date.fromisoformat(earliest), date.fromisoformat(latest or earliest)
    except ValueError:
        days = date.max, date.min
    if days[0] > days[1]:
        raise ValueError(
            "birth accepts a day (YYYY-MM-DD), or two with / between, the earlier first"
        )
    return ApproximateDate(days[0].isoformat(), days[1].isoformat())


# -------------------------------------------------------------------------------------- answers


def answered(record: ListRecord, answers: Sequence[Answered], claimed_on: str) -> ListRecord:
    """Return `record` with the latest answer to each question.

    An answer counts from its day on; what it did not ask stays as it was. On one day the more
    cautious answer counts, of needs all, of destinations the wish recorded last.

    Parameters
    ----------
    answers
        In the order of the log.
    claimed_on
        ISO date to which the record's own answers refer; empty where unknown, then any later one
        counts.
    """
    claim = _claimed(record, claimed_on)
    given = sorted([claim, *map(_Given.of, answers)], key=lambda each: each.on)
    consents = _consents(given)
    asked = [each for each in given if each.choice is not Choice.NOT_ASKED or each.consents]
    last = asked[-1] if asked and asked[-1] is not claim else None
    return replace(
        record,
        choice=_latest(given, [each.choice for each in given], Choice.NOT_ASKED),
        consent=dict(consents).get(ConsentQuestion.REGISTERED, record.consent),
        consents=consents,
        status=_latest(given, [each.status for each in given], LifeStatus.UNKNOWN),
        needs=_needs(given, record.needs),
        destinations=next(
            (each.destinations for each in reversed(given) if each.destinations is not None), ()
        ),
        asked_on=last.on if last else record.asked_on,
        asked_by=last.by if last else record.asked_by,
        consent_form=last.form if last else record.consent_form,
    )


@dataclass(frozen=True, slots=True)
class _Given:
    """One answer, or what the list itself says, in one shape."""

    on: str
    by: str
    form: str
    choice: Choice
    status: LifeStatus
    consents: tuple[tuple[ConsentQuestion, Consent], ...]
    needs: frozenset[Need] | None
    destinations: tuple[str, ...] | None

    @classmethod
    def of(cls, answer: Answered) -> _Given:
        return cls(
            on=answer.asked_on,
            by=answer.asked_by,
            form=answer.form,
            choice=answer.choice,
            status=answer.status or LifeStatus.UNKNOWN,
            consents=tuple(pair for pair in answer.consents if pair[1] is not Consent.NOT_ASKED),
            needs=answer.needs,
            destinations=answer.destinations,
        )


def _claimed(record: ListRecord, on: str) -> _Given:
    consents = dict(record.consents)
    if record.consent is not Consent.NOT_ASKED:
        consents.setdefault(ConsentQuestion.REGISTERED, record.consent)
    return _Given(
        on=on,
        by=record.asked_by,
        form=record.consent_form,
        choice=record.choice,
        status=record.status,
        consents=tuple(pair for pair in consents.items() if pair[1] is not Consent.NOT_ASKED),
        needs=record.needs or None,
        destinations=record.destinations or None,
    )


def _latest(given: Sequence[_Given], answers: Sequence[Answer], absent: Answer) -> Answer:
    said = [(each.on, answer) for each, answer in zip(given, answers, strict=True)]
    said = [(on, answer) for on, answer in said if answer is not absent]
    if not said:
        return absent
    of_that_day = {answer for on, answer in said if on == said[-1][0]}
    if of_that_day == {Choice.GO, Choice.STAY}:
        return next(each for each in type(absent) if each is Choice.UNDECIDED)
    return min(of_that_day, key=CAUTION.index)


def _consents(given: Sequence[_Given]) -> tuple[tuple[ConsentQuestion, Consent], ...]:
    answers = [dict(each.consents) for each in given]
    latest = {
        question: _latest(
            given, [said.get(question, Consent.NOT_ASKED) for said in answers], Consent.NOT_ASKED
        )
        for question in ConsentQuestion
    }
    return tuple(pair for pair in latest.items() if pair[1] is not Consent.NOT_ASKED)


def _needs(given: Sequence[_Given], absent: frozenset[Need]) -> frozenset[Need]:
    asked = [(each.on, each.needs) for each in given if each.needs is not None]
    if not asked:
        return absent
    return frozenset(need for on, needs in asked if on == asked[-1][0] for need in needs or ())

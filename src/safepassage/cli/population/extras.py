"""Further questions to an estimate: parts, a date, linkage errors; asked for by options."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from safepassage.cli.population.numbers import band_ends
from safepassage.errors import UsageError

if TYPE_CHECKING:
    from safepassage.cli.population.estimate import Read
    from safepassage.core.population.departed import Unreported
    from safepassage.core.population.open import Departures
    from safepassage.core.population.types import Recommendation


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked besides the estimate.

    Parameters
    ----------
    missed, false
        (counted, of) pairs of a clerical sample; None where none was taken.
    """

    by: str | None
    on: date | None
    departures: tuple[Departures, ...]
    places: tuple[str, ...]
    missed: tuple[int, int] | None
    false: tuple[int, int] | None
    level: float
    seed: int

    @classmethod
    def of(
        cls,
        by: str | None,
        on: datetime | None,
        departures: list[str] | None,
        places: str | None,
        missed: str | None,
        false: str | None,
        level: float,
        seed: int,
    ) -> Question:
        """Read the options.

        Raises
        ------
        UsageError
            If one cannot be understood, or needs another.
        """
        if (departures or places) and on is None:
            raise UsageError("--departures and --places say who is there on a date: give --on.")
        return cls(
            by,
            on.date() if on else None,
            tuple(_departure(text) for text in departures or ()),
            tuple(filter(None, (places or "").split(","))),
            _share(missed, "--missed"),
            _share(false, "--false"),
            level,
            seed,
        )

    @property
    def needs_people(self) -> bool:
        """Whether counts alone do not answer it."""
        return bool(self.by or self.on or self.missed or self.false)


@dataclass(slots=True)
class Further:
    """Answers as parts of the JSON document and as lines."""

    document: dict[str, Any] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)


def further_answers(question: Question, read: Read, band: Recommendation) -> Further:
    """Answer what was asked besides the estimate, whose band the parts add up to."""
    further = Further()
    if question.by:
        _parts(question, read, band, further)
    if question.on:
        _as_of(question, question.on, read, further)
    if question.missed or question.false:
        _linkage(question, read, further)
    return further


def _departure(text: str) -> Departures:
    from safepassage.core.population.open import Departures

    day, _, rest = text.partition(":")
    count, _, source = rest.partition(":")
    try:
        return Departures(date.fromisoformat(day).isoformat(), int(count), source or "a count")
    except ValueError as error:
        raise UsageError(
            f"--departures is '{text}'; accepted: DATE:COUNT:SOURCE, as 2025-02-01:300:checkpoint."
        ) from error


def unreported_of(text: str | None) -> Unreported | None:
    """Return what ``--unreported`` says: a sample that was looked for, or a stated share.

    Raises
    ------
    UsageError
        If it cannot be understood.
    """
    from safepassage.core.population.departed import Unreported

    if text is None:
        return None
    given, _, who = text.partition(":")
    who = who.strip()
    if who and (found := _SAMPLE.fullmatch(given.strip())):
        once, several = (int(found[1]), int(found[2])), (int(found[3] or 0), int(found[4] or 0))
        return Unreported(who, sample=once, several=several if found[3] else None)
    if who and (found := _STATED.fullmatch(given.strip())):
        low, high = float(found[1]), float(found[2] or found[1])
        return Unreported(who, between=(low / 100, high / 100))
    raise UsageError(
        f"--unreported is '{text}'; accepted: LEFT/LOOKED-FOR:WHO, as '7/150:call-backs of 14 "
        "February'; the same for people on one list and on several, as '6/80,1/70:call-backs'; or "
        "a stated share with its source, as '2-5%:village heads'."
    )


_SAMPLE = re.compile(r"(\d+)\s*/\s*(\d+)(?:\s*,\s*(\d+)\s*/\s*(\d+))?")
_STATED = re.compile(r"(\d+(?:\.\d+)?)(?:\s*-\s*(\d+(?:\.\d+)?))?\s*%")


def _share(text: str | None, option: str) -> tuple[int, int] | None:
    if text is None:
        return None
    counted, _, of = text.partition("/")
    if not (counted.isdecimal() and of.isdecimal() and int(counted) <= int(of) > 0):
        raise UsageError(f"{option} is '{text}'; accepted: N/OF, e.g. 9/150.")
    return int(counted), int(of)


def _parts(question: Question, read: Read, band: Recommendation, further: Further) -> None:
    from safepassage.adapters.population_people import tables_by
    from safepassage.core.population.strata import stratify

    lists = [name for name, _ in read.list_dates]
    tables = tables_by(read.facts, lists, question.by or "")
    published = band if read.draws else None
    found = stratify(tables, question.level, question.seed, published)
    further.document["parts"] = [
        {
            "name": part.name, "listed": part.listed, "estimate": part.estimate,
            "low": round(part.low, 1), "high": round(part.high, 1), "holds": list(part.holds),
        }
        for part in found.parts
    ]  # fmt: skip
    further.document["parts_notices"] = list(found.notices)
    further.lines.append(f"\nBy {question.by} (the parts add up to the centre of the band):")
    for part in found.parts:
        ends = f"{part.low:,.0f} to {part.high:,.0f}"
        further.lines.append(
            f"  {part.name:<28} {part.listed:>6,} listed {part.estimate:>7,} ({ends})"
        )
    further.lines += [f"  Note: {notice}" for notice in found.notices]


def _as_of(question: Question, on: date, read: Read, further: Further) -> None:
    from safepassage.adapters.population_people import presences
    from safepassage.core.population.open import Area, estimate_as_of

    places = frozenset(question.places)
    found = estimate_as_of(
        presences(read.facts),
        dict(read.list_dates),
        on,
        departures=question.departures,
        area=Area(places, ", ".join(sorted(places))) if places else None,
        level=question.level,
        seed=question.seed,
    )
    further.document["as_of"] = {
        "on": on.isoformat(), "listed": found.listed, "at_least": found.band.at_least,
        **_band(found.band), "notices": [*found.notices, AS_LINKED],
    }  # fmt: skip
    at_least = f"At least {found.band.at_least:,} of the listed are there."
    further.lines.append(f"\nThere on {on.isoformat()}: {_words(found.band)} {at_least}")
    further.lines += [f"  {notice}" for notice in (*found.notices, AS_LINKED)]


AS_LINKED = "People are taken as linked; the doubt of the linkage is in the recommended band only."


def _linkage(question: Question, read: Read, further: Further) -> None:
    from safepassage.core.population.simex import errors_counted, without_linkage_errors

    column = {name: at for at, (name, _) in enumerate(read.list_dates)}
    persons = [
        tuple(column[name] for name in each.lists) for each in read.facts if not each.left_on
    ]
    errors = errors_counted(*(question.missed or (0, 0)), *(question.false or (0, 0)))
    found = without_linkage_errors(tuple(column), persons, errors, question.level, question.seed)
    further.document["without_linkage_errors"] = {
        **_band(found.band),
        "shift": round(found.shift, 4),
        "centres": [[step, round(value, 1)] for step, value in found.centres],
    }
    further.lines.append(f"\nWithout linkage errors: {_words(found.band)}")
    further.lines.append(f"  {found.band.reasons[-1]}")


def _band(band: Recommendation) -> dict[str, Any]:
    return {**band_ends(band), "rule": band.rule, "reasons": list(band.reasons)}


def _words(band: Recommendation) -> str:
    if band.estimate is None or band.low is None or band.high is None:
        return f"no band: {band.reasons[0]}"
    return f"{band.estimate:,.0f} ({band.low:,.0f} to {band.high:,.0f})."

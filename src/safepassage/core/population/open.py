"""Who is there on a date, in an area, when people have been leaving between the lists.

Capture histories count a closed population. People who leave between two lists cannot be on the
later one; the overlap then looks too small and the total too large. So people known to have left
are taken out first, from every list; those who are counted as having left but not by name are
taken out by draws, from whoever can be among them; and a place that has changed hands takes its
people out of the question without anybody moving.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from safepassage.core.population.capture import prepare, table_of
from safepassage.core.population.poisson import Floats
from safepassage.core.population.pooled import pooled_band
from safepassage.core.population.recommend import recommend
from safepassage.core.population.types import CaptureTable, Recommendation
from safepassage.errors import RefusedError, UsageError

DRAWS = 40
LEVEL = 0.95
ROUNDS = 3
RULE_OPEN = "02-population §35: as of a date, after stated departures"


@dataclass(frozen=True, slots=True)
class Presence:
    """What is known of one linked person.

    Parameters
    ----------
    lists
        Ids of the lists that name it.
    place_id
        Where it stays; empty if unknown.
    left_on
        ISO date on which it is known to have left or died; empty if not known to have.
    """

    lists: tuple[str, ...]
    place_id: str = ""
    left_on: str = ""


@dataclass(frozen=True, slots=True)
class Departures:
    """People counted as having left, as somebody stated it.

    Parameters
    ----------
    on
        ISO date by which they had left.
    count
        Those who left since the statement before, those known by name included: statements are
        added up, so one departure must not be stated twice.
    source
        Who counted them.
    """

    on: str
    count: int
    source: str


@dataclass(frozen=True, slots=True)
class Area:
    """Where the question is asked.

    Parameters
    ----------
    places
        Ids of the places in question on that date (those still held by the other party, say).
    name
        For the reasons.
    """

    places: frozenset[str]
    name: str


@dataclass(frozen=True, slots=True)
class AsOf:
    """The answer as of a date.

    Parameters
    ----------
    band
        Of the people there on the date.
    listed
        Persons on a list who are there as far as is known.
    notices
        Sentences on who was taken out and why.
    """

    band: Recommendation
    listed: int
    notices: tuple[str, ...]


def estimate_as_of(
    people: Sequence[Presence],
    list_dates: Mapping[str, str],
    on: date,
    *,
    departures: Sequence[Departures] = (),
    area: Area | None = None,
    level: float = 0.95,
    seed: int = 0,
) -> AsOf:
    """Estimate how many people are there on a date.

    Parameters
    ----------
    people
        Everybody in the register.
    list_dates
        ISO date to which each list refers; in the order of the columns.
    on
        The date; lists of later dates are not used.
    departures
        Counts of people who left, with those whom the lists know by name among them.
    area
        None for everywhere.

    Raises
    ------
    UsageError
        If a list has no date, more are known by name to have left than were counted, or two
        statements are of one day.
    RefusedError
        If the stated departures are more than the lists allow.
    """
    lists = _in_time(list_dates, on)
    inside, notices = _inside(people, lists, on, area)
    there = [person for person in inside if not _gone(person, on)]
    waves = _waves(departures, inside, on)
    table = _table(there, lists)
    if waves and area is not None:
        words = f"The stated departures are taken to be all from '{area.name}'."
        notices = (*notices, words)
    unnamed = sum(wave.count - wave.named for wave in waves)
    if not unnamed:
        usable, oddities = prepare(table)
        return AsOf(recommend(table, usable, level), len(there), (*notices, *oddities))
    sentence = (
        f"{unnamed:,} people are counted as having left but not known by name; they were drawn, "
        "time and again, from those who can be among them."
    )
    tables = _draws(there, lists, list_dates, waves, np.random.default_rng(seed))
    band = pooled_band(tables, level, "who has left")
    band = replace(
        band, at_least=_surely_there(there, list_dates, waves), rule=f"{band.rule}; {RULE_OPEN}"
    )
    listed = round(float(np.mean([one.observed for one in tables])))
    return AsOf(band, listed, (*notices, sentence))


def _in_time(list_dates: Mapping[str, str], on: date) -> tuple[str, ...]:
    undated = [name for name, day in list_dates.items() if not day]
    if undated:
        raise UsageError(f"List '{undated[0]}' has no date; an estimate as of a date needs one.")
    return tuple(name for name, day in list_dates.items() if date.fromisoformat(day) <= on)


def _inside(
    people: Sequence[Presence], lists: Sequence[str], on: date, area: Area | None
) -> tuple[list[Presence], tuple[str, ...]]:
    """Return those whom lists in time name in the area, and what to say of the others."""
    known = [
        replace(person, lists=tuple(name for name in person.lists if name in lists))
        for person in people
    ]
    listed = [person for person in known if person.lists]
    notices = []
    if later := len(known) - len(listed):
        notices.append(f"Only on lists of dates after {on.isoformat()}, and left out: {later:,}.")
    gone = sum(_gone(person, on) for person in listed)
    if gone:
        notices.append(f"Known by name to have left or died, and taken out first: {gone:,}.")
    if area is None:
        return listed, tuple(notices)
    unknown = sum(not person.place_id for person in listed)
    if unknown:
        notices.append(f"Of unknown place, and left out of '{area.name}': {unknown:,}.")
    return [person for person in listed if person.place_id in area.places], tuple(notices)


def _gone(person: Presence, on: date) -> bool:
    return bool(person.left_on) and date.fromisoformat(person.left_on) <= on


@dataclass(frozen=True, slots=True)
class _Wave:
    """Stated departures by a day, and how many of them are known by name."""

    day: str
    count: int
    named: int


def _waves(
    departures: Sequence[Departures], inside: Sequence[Presence], on: date
) -> tuple[_Wave, ...]:
    stated = sorted((each for each in departures if date.fromisoformat(each.on) <= on), key=_when)
    for one, other in pairwise(stated):
        if one.on == other.on:
            raise UsageError(
                f"{one.source} and {other.source} both count departures by {one.on}; counts are "
                "added up, so give one for each day."
            )
    named = sorted(person.left_on for person in inside if _gone(person, on))
    waves = []
    for each in stated:
        mine = sum(day <= each.on for day in named)
        named = named[mine:]
        if mine > each.count:
            raise UsageError(
                f"{each.source} counts {each.count} who left by {each.on}, but {mine} are "
                "known by name to have left by then."
            )
        waves.append(_Wave(each.on, each.count, mine))
    return tuple(waves)


def _when(departure: Departures) -> str:
    return departure.on


def _surely_there(
    there: Sequence[Presence], list_dates: Mapping[str, str], waves: Sequence[_Wave]
) -> int:
    """Return how many listed people have stayed, whoever the uncounted leavers were.

    All those who left may have been listed; people on a list of after the last count are not among
    them. The smallest draw would be neither: it falls with the number of draws.
    """
    unnamed = sum(wave.count - wave.named for wave in waves)
    last_day = max(wave.day for wave in waves)
    later = sum(any(list_dates[name] > last_day for name in person.lists) for person in there)
    return max(len(there) - unnamed, later)


def _draws(
    there: Sequence[Presence],
    lists: Sequence[str],
    list_dates: Mapping[str, str],
    waves: Sequence[_Wave],
    random: np.random.Generator,
) -> list[CaptureTable]:
    """Return tables without the unnamed leavers, one per draw.

    Leaving is taken to have nothing to do with being listed. Then the leavers of a day were on the
    lists of before that day as often as those who stayed are, which depends on how many stayed,
    which is what is sought: a few rounds of estimating and drawing settle it.
    """
    last = np.array([max(list_dates[name] for name in person.lists) for person in there])
    first = np.array([min(list_dates[name] for name in person.lists) for person in there])
    stays = np.ones(len(there), dtype=bool)
    for _ in range(ROUNDS):
        before, totals = _listed_before(there, lists, first, stays, waves, random)
        stays = _stayers(last, waves, before / np.median(totals), random)
    before, totals = _listed_before(there, lists, first, stays, waves, random)
    return [_kept(there, lists, _stayers(last, waves, before / total, random)) for total in totals]


def _listed_before(
    there: Sequence[Presence],
    lists: Sequence[str],
    first: NDArray[np.str_],
    stays: NDArray[np.bool_],
    waves: Sequence[_Wave],
    random: np.random.Generator,
) -> tuple[Floats, Floats]:
    """Return how many of those who stay a list named before each wave, and draws of who stay.

    The draws of the total, one for each draw of leavers, follow the band on the logarithm.
    """
    table = _kept(there, lists, stays)
    band = recommend(table, prepare(table)[0], LEVEL)
    if band.estimate is None or band.low is None or band.high is None:
        raise RefusedError(" ".join(band.reasons))
    spread = np.log(band.high / band.low) / (2.0 * ndtri(0.5 + LEVEL / 2))
    totals = band.estimate * np.exp(spread * random.standard_normal(DRAWS))
    before = np.array([float((stays & (first <= wave.day)).sum()) for wave in waves])
    return before, np.maximum(totals, table.observed)


def _stayers(
    last: NDArray[np.str_],
    waves: Sequence[_Wave],
    listed: Floats,
    random: np.random.Generator,
) -> NDArray[np.bool_]:
    """Return one draw of who stays: leavers are people whom no list names after they left."""
    stays = np.ones(len(last), dtype=bool)
    for wave, share in zip(waves, listed.tolist(), strict=True):
        can_leave = np.flatnonzero(stays & (last <= wave.day))
        on_lists = int(random.binomial(wave.count, min(share, 1.0))) - wave.named
        number = max(on_lists, 0)
        if number > len(can_leave):
            raise RefusedError(
                f"{wave.count:,} are counted as having left by {wave.day}; about {number:,} of "
                f"them would be on lists, but only {len(can_leave):,} are on no list of a later "
                "day: the count and the lists contradict each other."
            )
        stays[random.choice(can_leave, number, replace=False)] = False
    return stays


def _kept(
    there: Sequence[Presence], lists: Sequence[str], stays: NDArray[np.bool_]
) -> CaptureTable:
    return _table([person for person, stay in zip(there, stays, strict=True) if stay], lists)


def _table(people: Sequence[Presence], lists: Sequence[str]) -> CaptureTable:
    counts = Counter(tuple(int(name in person.lists) for name in lists) for person in people)
    return table_of(tuple(lists), counts)

"""What plans are told in: reasons, states and helps, as messages for the reader's language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from safepassage.core.agreement.wording import msg
from safepassage.core.convoy.types import ConvoyProblem, Left, LeftReason, Trip, Window
from safepassage.core.convoy.would_help import (
    ACCESSIBLE,
    HOUR,
    LANE,
    MORE_PLACES,
    ONWARD,
    PLACES,
    VEHICLE,
    Help,
)
from safepassage.units import format_clock, moment_at

Translate = Callable[[str], str]

LEFT_WORDS: Final = {
    LeftReason.CHOSE_TO_STAY: msg("chose to stay"),
    LeftReason.UNDECIDED: msg("undecided"),
    LeftReason.NOT_ASKED: msg("not asked yet"),
    LeftReason.NO_CONSENT: msg("no consent to be carried on a manifest"),
    LeftReason.CHILD_WITHOUT_ADULT: msg("child without an adult who travels"),
    LeftReason.GROUP_INCOMPLETE: msg("somebody of the group cannot travel"),
    LeftReason.NO_SEAT_OF_KIND: msg("no vehicle has the kind of place needed"),
    LeftReason.NO_ROAD: msg("no open road"),
    LeftReason.NO_PLACE_AT_CENTRE: msg("no place at an accepted centre"),
    LeftReason.TIME_ABOARD: msg("too long aboard"),
    LeftReason.WINDOW: msg("no window is long enough"),
    LeftReason.THROUGHPUT: msg("the crossing is full"),
    LeftReason.FLEET: msg("too few vehicles or hours of crew"),
}
"""Each reason in a few words."""

LEFT_SENTENCES: Final = {
    LeftReason.CHOSE_TO_STAY: msg(
        "Their choice; it is kept, and they are asked again if they wish."
    ),
    LeftReason.UNDECIDED: msg("Not planned until they say that they go."),
    LeftReason.NOT_ASKED: msg("Nobody knows yet what they want: ask them."),
    LeftReason.NO_CONSENT: msg(
        "They may go, but have not agreed to stand on a manifest: ask them."
    ),
    LeftReason.CHILD_WITHOUT_ADULT: msg("Children travel with the adult named for them, or wait."),
    LeftReason.GROUP_INCOMPLETE: msg("Groups stay whole: somebody they travel with cannot go."),
    LeftReason.NO_SEAT_OF_KIND: msg(
        "No vehicle has wheelchair or stretcher places enough for them."
    ),
    LeftReason.NO_ROAD: msg("No vehicle that seats them has an open way to them and on."),
    LeftReason.NO_PLACE_AT_CENTRE: msg(
        "The centres that they accept are full: find places or ask anew."
    ),
    LeftReason.TIME_ABOARD: msg("Even the direct way would keep them aboard too long."),
    LeftReason.WINDOW: msg(
        "Even alone on the road they would come too late: a longer window is needed."
    ),
    LeftReason.THROUGHPUT: msg(
        "Screening is in use all the time: lanes or hours at the crossing decide."
    ),
    LeftReason.FLEET: msg(
        "Every fitting vehicle is on its way with others: vehicles or crews decide."
    ),
}
"""What each reason means and who can change it."""

OWN_CHOICE: Final = frozenset({
    LeftReason.CHOSE_TO_STAY, LeftReason.UNDECIDED, LeftReason.NOT_ASKED, LeftReason.NO_CONSENT,
})  # fmt: skip
"""Reasons that lie with the people themselves, not with the plan."""

WINDOW_STATES: Final = {
    "accepted": msg("accepted by the parties"),
    "proposed": msg("proposed, not accepted"),
    "exercise": msg("exercise"),
}

HELP_WORDS: Final = {
    LANE: msg("one more lane at {subject}"),
    HOUR: msg("an hour more of every window at {subject}"),
    VEHICLE: msg("one more vehicle to the crossing: {subject}"),
    ONWARD: msg("one more vehicle from the crossing on: {subject}"),
    PLACES: msg("{count} places more at every reception centre"),
    ACCESSIBLE: msg("{count} accessible places more at every reception centre"),
}

HELP_KINDS: Final = {
    LANE: "more lanes",
    HOUR: "more hours",
    VEHICLE: "more vehicles to the crossing",
    ONWARD: "more vehicles from the crossing on",
    PLACES: "more places at the centres",
    ACCESSIBLE: "more accessible places at the centres",
}
"""Kinds of change in the words of the terminal."""


@dataclass(frozen=True, slots=True)
class LeftCount:
    """How many are left for one reason."""

    reason: LeftReason
    households: int
    persons: int


def left_counts(left: Iterable[Left]) -> tuple[LeftCount, ...]:
    """Return the counts by reason, in the order of :class:`LeftReason`."""
    households: Counter[LeftReason] = Counter()
    persons: Counter[LeftReason] = Counter()
    for one in left:
        households[one.reason] += 1
        persons[one.reason] += one.persons
    return tuple(
        LeftCount(reason, households[reason], persons[reason])
        for reason in LeftReason
        if households[reason]
    )


def help_words(one: Help, names: Mapping[str, str], translate: Translate) -> str:
    """Return a change in words; crossings by the names of their places."""
    subject = names.get(one.subject, one.subject)
    return translate(HELP_WORDS[one.kind]).format(subject=subject, count=MORE_PLACES)


def crossing_names(problem: ConvoyProblem, places: Mapping[str, str]) -> dict[str, str]:
    """Return the name of each crossing's place by crossing id."""
    return {one.crossing_id: places.get(one.place_id, one.place_id) for one in problem.crossings}


def waits_from_s(trip: Trip) -> int:
    """Return when a trip is at the crossing: at its muster point or in the queue."""
    return trip.queue_arrive_s if trip.muster_arrive_s is None else trip.muster_arrive_s


def clock(problem: ConvoyProblem, at_s: int) -> str:
    """Return local wall-clock time of a moment, e.g. ``08:30``."""
    return format_clock(moment_at(problem.epoch, at_s), problem.timezone)


def day(problem: ConvoyProblem, window: Window) -> str:
    """Return the local date on which a window opens."""
    opens = moment_at(problem.epoch, window.opens_s).astimezone(ZoneInfo(problem.timezone))
    return f"{opens:%Y-%m-%d}"


def zone_words(problem: ConvoyProblem) -> str:
    """Return the zone of all clocks and how far it lies from UTC in each window."""
    zone = ZoneInfo(problem.timezone)
    opens = sorted(window.opens_s for window in problem.windows)
    local = [moment_at(problem.epoch, at_s).astimezone(zone) for at_s in opens]
    offsets = dict.fromkeys(f"{at:%Z} = UTC{at.isoformat()[-6:]}" for at in local)
    return f"{problem.timezone}, {', '.join(offsets)}" if offsets else problem.timezone

"""Closures: which stretches may be used when, and for whom.

Rules: docs/spec/03-corridor.md §58 to §61. The times T of a rule lie between `valid_from` and
`valid_to`, in one of its windows if it has any, and between its daily hours if it has them. A rule
of kind ``closed`` shuts during T; one of kind ``open_only`` shuts outside T.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from safepassage.core.corridor.ground import Ground, arcs_on, arcs_on_ways, lay_out
from safepassage.core.corridor.types import (
    Closure,
    ClosureKind,
    Hazard,
    RoadNetwork,
    VehicleClass,
)

Ints = NDArray[np.int64]
Span = tuple[datetime, datetime]

_A_DAY = timedelta(days=1)
_WHOLE_DAY = (0, 1440)


def arcs_of(network: RoadNetwork, closure: Closure) -> Ints:
    """Return the arcs that a closure shuts when it holds, sorted.

    Every arc of its ways, or of which any length lies on its ground. A closure of a place shuts
    no arc: the place itself cannot be reached or left.
    """
    if closure.way_ids:
        return arcs_on_ways(network, closure.way_ids)
    return np.sort(arcs_on(lay_out(network), ground_of(closure))[0])


def ground_of(closure: Closure) -> Ground:
    """Return the ground of a closure; one of ways or of a place has none of its own."""
    return Ground(closure.polygons, closure.line, closure.reach_m)


def closures_at(
    closures: Iterable[Closure], at: datetime, what_if: str = ""
) -> tuple[Closure, ...]:
    """Return the closures that shut something at a moment.

    Parameters
    ----------
    at
        Aware moment.
    what_if
        Name of a what-if whose closures count beside the facts; those of others never do.
    """
    return tuple(
        closure for closure in closures if closure.what_if in {"", what_if} and is_shut(closure, at)
    )


def is_shut(closure: Closure, at: datetime) -> bool:
    """Return whether a closure shuts what it names at a moment."""
    return bool(closed_intervals(closure, at, at + timedelta(microseconds=1)))


def closed_intervals(closure: Closure, start: datetime, end: datetime) -> tuple[Span, ...]:
    """Return when a closure shuts what it names between two aware moments.

    Returns
    -------
    Aware (from, to) pairs in UTC, in order, apart from each other; the end is not included. An hour
    that a change of clocks makes doubtful counts as shut.
    """
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    if start >= end:
        return ()
    times = _times(closure, (start, end))
    if closure.kind is ClosureKind.CLOSED:
        return tuple(times)
    return tuple(_between(times, (start, end)))


def shut_during(closures: Iterable[Closure], spans: Iterable[Span]) -> tuple[Closure, ...]:
    """Return the closures that shut anything at any time within some spans, as if they always did.

    For plans whose movements are known to lie in windows only: the safe side of a rule that holds
    for a part of a window.
    """
    spans = tuple(spans)
    return tuple(
        _always(closure)
        for closure in closures
        if any(closed_intervals(closure, start, end) for start, end in spans)
    )


def shut_throughout(closures: Iterable[Closure], span: Span) -> tuple[Closure, ...]:
    """Return the closures that shut what they name during the whole of a span, as if always."""
    return tuple(_always(closure) for closure in closures if _is_whole(closure, span))


def part_time(closures: Iterable[Closure], span: Span) -> tuple[Closure, ...]:
    """Return the closures that shut what they name during a part of a span only."""
    return tuple(
        closure
        for closure in closures
        if closed_intervals(closure, *span) and not _is_whole(closure, span)
    )


def _is_whole(closure: Closure, span: Span) -> bool:
    start, end = _utc(span[0]), _utc(span[1])
    return closed_intervals(closure, start, end) == ((start, end),)


def _always(closure: Closure) -> Closure:
    return replace(
        closure, kind=ClosureKind.CLOSED, windows=(), daily=None, weekdays=frozenset(),
        valid_from=None, valid_to=None,
    )  # fmt: skip


def unknown_ways(
    network: RoadNetwork, closures: Iterable[Closure] = (), hazards: Iterable[Hazard] = ()
) -> tuple[str, ...]:
    """Return a sentence for each rule or hazard that names ways which the network has not."""
    known = frozenset(network.way_id.tolist())
    named = [(closure_words(item), item.way_ids) for item in closures]
    named += [(f"hazard '{item.hazard_id}'", item.way_ids) for item in hazards]
    sentences = []
    for what, ways in named:
        missing = [way for way in ways if way not in known]
        if missing:
            listed = ", ".join(map(str, missing))
            sentences.append(f"{what} names ways that the roads do not have: {listed}.")
    return tuple(sentences)


def binds(closure: Closure, vehicle_class: VehicleClass) -> bool:
    """Return whether a closure holds for a vehicle class."""
    return not closure.classes or vehicle_class in closure.classes


def class_bits(closure: Closure) -> int:
    """Return the bits of the vehicle classes that a closure binds."""
    return sum(1 << bit for bit, item in enumerate(VehicleClass) if binds(closure, item))


def closure_words(closure: Closure) -> str:
    """Return what a closure is, for a sentence: its id, and the what-if it belongs to."""
    kind = "opening hours" if closure.kind is ClosureKind.OPEN_ONLY else "closure"
    what_if = f" of the what-if '{closure.what_if}'" if closure.what_if else ""
    return f"{kind} '{closure.closure_id}'{what_if}"


def place_sentence(closure: Closure) -> str:
    """Return why the place of a closure has no way to it."""
    return f"'{closure.place_id}' cannot be reached or left: {closure_words(closure)}."


def _times(closure: Closure, span: Span) -> list[Span]:
    """Return the closure's times within a span, merged."""
    first, last = closure.valid_from, closure.valid_to
    span = (max(span[0], _utc(first or span[0])), min(span[1], _utc(last or span[1])))
    spans = [span] if span[0] < span[1] else []
    if closure.windows:
        spans = _common(spans, _merged((_utc(one), _utc(other)) for one, other in closure.windows))
    if spans and (closure.daily is not None or closure.weekdays):
        spans = _common(spans, _merged(_daily(closure, closure.daily or _WHOLE_DAY, spans)))
    return spans


def _daily(closure: Closure, hours: tuple[int, int], spans: list[Span]) -> Iterable[Span]:
    """Yield the daily hours of every local day that the spans touch and the closure is for."""
    zone = ZoneInfo(closure.timezone or "UTC")
    day = (spans[0][0].astimezone(zone) - _A_DAY).date()
    last = spans[-1][1].astimezone(zone).date()
    wide = closure.kind is ClosureKind.CLOSED
    while day <= last:
        end_day = day if hours[0] < hours[1] else day + _A_DAY
        begin = _clock(day, hours[0], zone, earliest=wide)
        end = _clock(end_day, hours[1], zone, earliest=not wide)
        if begin < end and (not closure.weekdays or day.weekday() in closure.weekdays):
            yield begin, end
        day += _A_DAY


def _clock(day: date, minutes: int, zone: ZoneInfo, *, earliest: bool) -> datetime:
    """Return a local time of day in UTC; of two that a change of clocks makes, one is chosen."""
    local = datetime(day.year, day.month, day.day) + timedelta(minutes=minutes)  # noqa: DTZ001 - the zone is set in the next line, with either fold
    both = [local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
    return min(both) if earliest else max(both)


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


def _merged(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        elif start < end:
            merged.append((start, end))
    return merged


def _common(some: list[Span], others: list[Span]) -> list[Span]:
    return _merged(
        (max(one[0], other[0]), min(one[1], other[1]))
        for one in some
        for other in others
        if max(one[0], other[0]) < min(one[1], other[1])
    )


def _between(times: list[Span], span: Span) -> Iterable[Span]:
    """Yield what is left of a span between some times."""
    start = span[0]
    for begin, end in times:
        if start < begin:
            yield start, begin
        start = end
    if start < span[1]:
        yield start, span[1]

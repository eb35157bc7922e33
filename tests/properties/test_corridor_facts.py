"""Closures and holders under any times, drawn at random."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from safepassage.core.corridor.closures import closed_intervals, is_shut
from safepassage.core.corridor.control import areas_from_settlements, settlements_at
from safepassage.core.corridor.ground import Ground, shape_of
from safepassage.core.corridor.types import Closure, ClosureKind, DateMeaning, SettlementFact

START = datetime(2025, 3, 28, tzinfo=UTC)
"""Two days before clocks go forward in Europe."""
END = START + timedelta(days=5)

moments = st.integers(-24, 144).map(lambda hour: START + timedelta(hours=hour))
spans = st.tuples(moments, st.integers(1, 60)).map(
    lambda pair: (pair[0], pair[0] + timedelta(hours=pair[1]))
)
closures = st.builds(
    Closure,
    closure_id=st.just("c"),
    source=st.just("drawn"),
    kind=st.sampled_from(ClosureKind),
    valid_from=st.none() | moments,
    valid_to=st.none() | moments,
    daily=st.none() | st.tuples(st.integers(0, 1440), st.integers(0, 1440)),
    timezone=st.sampled_from(["UTC", "Europe/Kyiv", "Asia/Kathmandu"]),
    weekdays=st.frozensets(st.integers(0, 6)),
    windows=st.lists(spans, max_size=3).map(tuple),
)


@given(closures, st.integers(0, 119 * 60))
def test_intervals_and_moments_agree(closure, minute):
    at = START + timedelta(minutes=minute)
    inside = any(
        start <= at < end for start, end in closed_intervals(closure, START, END)
    )  # fmt: skip
    assert inside == is_shut(closure, at)


@given(closures)
def test_intervals_are_in_order_apart_and_within_what_was_asked(closure):
    found = closed_intervals(closure, START, END)
    edges = [moment for span in found for moment in span]
    assert edges == sorted(set(edges))
    assert all(START <= moment <= END for moment in edges)


@given(closures.filter(lambda closure: closure.daily is None))
def test_without_daily_hours_open_and_closed_share_the_time_between_them(closure):
    total = timedelta(0)
    for kind in ClosureKind:
        turned = Closure("c", "drawn", kind, valid_from=closure.valid_from,
                         valid_to=closure.valid_to, windows=closure.windows)  # fmt: skip
        total += sum((end - start for start, end in closed_intervals(turned, START, END)),
                     timedelta(0))  # fmt: skip
    assert total == END - START


facts = st.lists(
    st.builds(
        SettlementFact,
        settlement=st.sampled_from("abcd"),
        lat=st.just(50.0),
        lon=st.sampled_from([30.0, 30.03, 30.5, 179.99]),
        dated=st.integers(-10, 10).map(lambda day: START + timedelta(days=day)),
        holder=st.sampled_from(["A", "B", "(contested)", ""]),
        held_by=st.just("word"),
        source=st.just("drawn"),
        meaning=st.sampled_from(DateMeaning),
    ),
    max_size=12,
)


@settings(max_examples=60)
@given(facts)
def test_derived_ground_never_overlaps_another_settlement_and_is_never_without_a_past_fact(drawn):
    areas = areas_from_settlements(drawn, START)
    states = settlements_at(drawn, START)
    assert all(state.dated <= START for state in states)
    assert {area.holder for area in areas} <= {fact.holder for fact in drawn}
    by_ground = {area.polygons: shape_of(Ground(area.polygons)) for area in areas}
    shapes = list(by_ground.values())
    places = {(fact.lat, fact.lon) for fact in drawn}
    if len(places) == len({fact.settlement for fact in drawn}):
        for index, shape in enumerate(shapes):
            for other in shapes[:index]:
                assert shapely.area(shapely.intersection(shape, other)) < 1e-9

"""All methods on one table, the band and the claims."""

from __future__ import annotations

from itertools import count

import pytest

from safepassage.core.population.capture import table_of
from safepassage.core.population.claims import compare_claim
from safepassage.core.population.estimate import METHODS, estimate
from safepassage.core.population.recommend import HEDGE, recommend
from safepassage.core.population.types import Position, PublicClaim, Recommendation
from safepassage.errors import UsageError

TABLE = table_of(
    ("a", "b", "c"),
    {(1, 0, 0): 400, (0, 1, 0): 300, (0, 0, 1): 300, (1, 1, 0): 90, (1, 0, 1): 80, (0, 1, 1): 70,
     (1, 1, 1): 25},
)  # fmt: skip
QUICK = [name for name in METHODS if name != "latent_classes"]


def test_every_method_answers_or_refuses():
    result = estimate(TABLE, methods=QUICK, occasions=True)
    assert [method.name for method in result.methods] == QUICK
    refused = {method.name for method in result.methods if method.refused}
    assert refused == {"chapman"}
    for method in result.methods:
        if not method.refused:
            assert TABLE.observed <= method.low <= method.estimate <= method.high


def test_the_clock_times_each_method():
    ticks = count()
    result = estimate(TABLE, methods=["union", "chao"], clock=lambda: float(next(ticks)))
    assert [method.seconds for method in result.methods] == [1.0, 1.0]
    assert estimate(TABLE, methods=["union"]).methods[0].seconds is None


@pytest.mark.parametrize(("methods", "level"), [(["x"], 0.95), (None, 0.4), (None, 1.0)])
def test_a_wrong_call(methods, level):
    with pytest.raises(UsageError):
        estimate(TABLE, methods=methods, level=level)


def test_a_copied_list_changes_nothing():
    rows = dict(zip(TABLE.histories, TABLE.counts, strict=True))
    copied = table_of(("a", "b", "c", "d"), {(*h, h[2]): n for h, n in rows.items()})
    plain, with_copy = estimate(TABLE, methods=["chao"]), estimate(copied, methods=["chao"])
    assert with_copy.methods == plain.methods
    assert with_copy.recommended == plain.recommended
    assert "'d' is a copy of list 'c'" in with_copy.notices[0]


def test_the_band_holds_the_centre_and_starts_above_the_union():
    band = recommend(TABLE, TABLE, 0.95)
    assert TABLE.observed < band.low < band.estimate < band.high
    assert len(band.reasons) == 2


def test_weights_of_the_priors_leave_room_for_the_evidence():
    assert 0 < sum(HEDGE) < 0.5


def test_lists_that_lean_together_widen_the_band_and_warn():
    # Everybody easy to list is on nearly all lists; the others are on one by chance.
    rows = {(1, 1, 1, 1): 300, (1, 1, 1, 0): 60, (1, 1, 0, 1): 60, (1, 0, 1, 1): 60,
            (0, 1, 1, 1): 60, (1, 1, 0, 0): 12, (0, 0, 1, 1): 12, (1, 0, 0, 0): 90,
            (0, 1, 0, 0): 90, (0, 0, 1, 0): 90, (0, 0, 0, 1): 90}  # fmt: skip
    table = table_of(("a", "b", "c", "d"), rows)
    band = recommend(table, table, 0.95)
    assert "'at least'" in band.reasons[2]
    shrunk = estimate(table, methods=["shrunk"]).methods[0]
    assert band.high >= shrunk.high


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ({(1,): 5}, "one usable list"),
        ({(1, 0): 5, (0, 1): 5}, "Nobody is on both list 'a' and list 'b'"),
        ({(1, 1): 5, (1, 0): 9, (0, 1): 9}, "cannot tell dependence from size"),
        ({(1, 1, 0): 6, (1, 0, 0): 40, (0, 1, 0): 30, (0, 0, 1): 20}, "list 'c'"),
    ],
)
def test_tables_that_carry_no_band(rows, words):
    table = table_of(tuple("abc"[: len(next(iter(rows)))]), rows)
    band = estimate(table, methods=["union"]).recommended
    assert (band.estimate, band.low, band.high) == (None, None, None)
    assert words in band.reasons[0]
    assert band.at_least == table.observed


def test_a_handful_of_people_on_no_other_list_is_borne():
    rows = dict(zip(TABLE.histories, TABLE.counts, strict=True))
    apart = table_of(
        ("a", "b", "c", "d"), {**{(*h, 0): n for h, n in rows.items()}, (0, 0, 0, 1): 9}
    )
    assert recommend(apart, apart, 0.95).estimate is not None


def test_eleven_lists_are_refused():
    rows = {tuple(int(i in (p, (p + 1) % 11)) for i in range(11)): 5 for p in range(11)}
    rows |= {tuple(int(i == p) for i in range(11)): 5 for p in range(11)}
    result = estimate(table_of(tuple("abcdefghijk"), rows), methods=["union", "chao"])
    assert result.methods[0].estimate == 110
    assert "10 or fewer" in result.methods[1].refused
    assert result.recommended.estimate is None


BAND = Recommendation(2000.0, 1600.0, 2900.0, 0.95, 1200, "rule", "assumption", ())


@pytest.mark.parametrize(
    ("low", "high", "position"),
    [
        (1500, None, Position.BELOW),
        (1500, 1700, Position.INSIDE),
        (None, 1500, Position.BELOW),
        (3000, 3000, Position.ABOVE),
        (2000, None, Position.INSIDE),
        (1000, 4000, Position.INSIDE),
        (None, None, Position.NO_FIGURE),
    ],
)
def test_where_a_claim_lies(low, high, position):
    claim = PublicClaim("c", "An office", "2025-02-11", "so many", low, high, "residents", "news")
    assert compare_claim(claim, BAND).position is position


def test_a_claim_is_shown_as_claimed():
    claim = PublicClaim("c", "An office", "", "more than 1,500", 1500, None, "", "news")
    assert compare_claim(claim, BAND).sentence == (
        "An office (on an unknown date): more than 1,500, not saying who was counted; this is "
        "below the band."
    )


def test_without_a_band_no_claim_is_placed():
    claim = PublicClaim("c", "An office", "", "3,000", 3000, 3000, "", "news")
    none = Recommendation(None, None, None, 0.95, 9, "rule", "", ())
    assert compare_claim(claim, none).position is Position.NO_BAND


def test_a_band_without_single_listings_says_why_it_is_narrow():
    cells = dict.fromkeys(((1, 1, 0), (1, 0, 1), (0, 1, 1), (1, 1, 1)), 100)
    band = recommend(crowded := table_of(("a", "b", "c"), cells), crowded, 0.95)
    assert any("Hardly anybody is on one list only (0 of 400)" in why for why in band.reasons)
    assert not any("Hardly anybody" in why for why in recommend(TABLE, TABLE, 0.95).reasons)


def test_a_handful_of_people_has_no_band():
    few = table_of(("a", "b", "c"), {(1, 1, 0): 5, (0, 1, 1): 6, (1, 0, 0): 8})
    assert "fewer than 20" in recommend(few, few, 0.95).reasons[0]

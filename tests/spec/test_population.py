"""One test per numbered rule of docs/spec/02-population.md."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import product
from types import SimpleNamespace
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from safepassage.adapters.capture_table import read_capture_table
from safepassage.adapters.population_plot import population_svg
from safepassage.cli.main import run
from safepassage.core.population import latent
from safepassage.core.population.anchor import Anchor, anchor_estimate
from safepassage.core.population.bounds import chao, chapman, zelterman
from safepassage.core.population.capture import prepare, remaining_table, table_of
from safepassage.core.population.departed import Presumed, Unreported, present_band
from safepassage.core.population.doubly_robust import Listed, doubly_robust
from safepassage.core.population.estimate import METHODS, estimate, run_method
from safepassage.core.population.loglinear import (
    aic_average,
    all_two_way,
    best_by_bic,
    independence,
    search,
)
from safepassage.core.population.open import Presence, estimate_as_of
from safepassage.core.population.pooled import pooled_band
from safepassage.core.population.recommend import AVERAGE_SHARE, HEDGE, PRIORS, recommend
from safepassage.core.population.sensitivity import (
    dial_beyond,
    dial_pairs,
    leave_one_out,
    narrowing,
)
from safepassage.core.population.shrunk import LEANING, LOOSE, PLAIN, fit_shrunk
from safepassage.core.population.simex import (
    LinkageErrors,
    with_more_errors,
    without_linkage_errors,
)
from safepassage.core.population.simulate import WORLDS, coverage_study
from safepassage.core.population.strata import stratify
from safepassage.core.population.types import Position, PublicClaim
from safepassage.core.register.types import LifeStatus, ListRecord, Person, Register
from safepassage.errors import Finding, InputError, RefusedError, Severity, UsageError

ROWS = {
    (1, 0, 0): 400, (0, 1, 0): 300, (0, 0, 1): 300, (1, 1, 0): 90, (1, 0, 1): 80, (0, 1, 1): 70,
    (1, 1, 1): 25,
}  # fmt: skip
TABLE = table_of(("a", "b", "c"), ROWS)
TWO = table_of(("a", "b"), {(1, 1): 5, (1, 0): 15, (0, 1): 25})
APART = table_of(("A", "B", "C"), {(1, 1, 0): 6, (1, 0, 0): 40, (0, 1, 0): 30, (0, 0, 1): 20})
LEAN = table_of(
    ("a", "b", "c", "d"),
    {(1, 1, 1, 1): 300, (1, 1, 1, 0): 60, (1, 1, 0, 1): 60, (1, 0, 1, 1): 60, (0, 1, 1, 1): 60,
     (1, 1, 0, 0): 12, (0, 0, 1, 1): 12, (1, 0, 0, 0): 90, (0, 1, 0, 0): 90, (0, 0, 1, 0): 90,
     (0, 0, 0, 1): 90},
)  # fmt: skip


@pytest.fixture
def csv(tmp_path):
    """A table as a file."""

    def write(text):
        path = tmp_path / "t.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def _claim(low, high, definition="residents"):
    return PublicClaim("c", "An office", "2025-02-11", "words", low, high, definition, "news")


def test_1_no_history_is_empty_and_no_count_negative():
    for rows in ({(0, 0): 5}, {(1, 0): -1}):
        with pytest.raises(InputError):
            table_of(("a", "b"), rows)


def test_2_every_wrong_row_is_named_and_the_table_refused(csv):
    with pytest.raises(InputError) as error:
        read_capture_table(csv("\ufeffa;b;count\n1;1;x\n1;0;3\n0;9;1\n"))
    assert [finding.row for finding in error.value.findings] == [2, 4]
    good = read_capture_table(csv("список;b;count\n1;1;4\n".encode("cp1251")))
    assert good.table.counts == (4,)


def test_3_repeated_histories_are_added_with_a_warning(csv):
    read = read_capture_table(csv("a,b,count\n1,1,4\n1,0,2\n0,1,2\n1,1,3\n1,0,0\n"))
    assert read.table.counts == (7, 2, 2)
    assert all(finding.severity is Severity.WARNING for finding in read.findings)


@pytest.mark.parametrize("status", [LifeStatus.ALREADY_OUT, LifeStatus.DECEASED])
def test_4_who_left_or_died_is_taken_out_and_said(status):
    records = (ListRecord("x:2", "x", 2), ListRecord("y:2", "y", 2, status=status))
    persons = (Person("P-1", ("x:2",), 1.0), Person("P-2", ("y:2",), 1.0))
    table, notices = remaining_table(Register(records, (), persons, (), (), ()), ["x", "y"])
    assert table.observed == 1
    assert notices[0].endswith("dead: 1.")


def test_5_an_empty_list_is_left_out():
    usable, notices = prepare(table_of(("a", "b", "c"), {(1, 1, 0): 5, (1, 0, 0): 9, (0, 1, 0): 9}))
    assert usable.lists == ("a", "b")
    assert len(notices) == 1


def test_6_a_contained_list_is_left_out_unless_chance_explains_it():
    rows = {(*history, history[0]): count for history, count in ROWS.items()}
    assert prepare(table_of(("a", "b", "c", "copy"), rows))[0].lists == ("a", "b", "c")
    by_chance = {(*history, 0): count for history, count in ROWS.items()} | {(1, 1, 0, 1): 2}
    assert "d" in prepare(table_of(("a", "b", "c", "d"), by_chance))[0].lists


def test_6_a_near_copy_is_read_as_one_list_with_its_source():
    # 'copy' misses one in a hundred of list a and adds one in a hundred, all on no other list.
    rows = {(*history, history[0]): 10 * count for history, count in ROWS.items()}
    rows[1, 0, 0, 0] = rows[0, 0, 0, 1] = 3
    usable, notices = prepare(table_of(("a", "b", "c", "copy"), rows))
    assert len(usable.lists) == 3
    assert usable.observed == sum(rows.values())
    assert "read as one list" in notices[0]


def test_7_one_list_leaves_the_union():
    result = estimate(table_of(("a",), {(1,): 9}))
    assert [method.name for method in result.methods if not method.refused] == ["union"]


def test_8_groups_that_share_nobody_leave_the_union():
    result = estimate(APART)
    assert [method.name for method in result.methods if not method.refused] == ["union"]
    few = {(*history, 0): count for history, count in ROWS.items()} | {(0, 0, 0, 1): 9}
    assert not estimate(table_of(tuple("abcd"), few), methods=["chao"]).methods[0].refused


def test_9_a_refused_method_has_no_numbers_and_says_why():
    refused, given = estimate(TABLE, methods=["chapman", "chao"]).methods
    assert (refused.estimate, refused.low, refused.high) == (None, None, None)
    assert refused.refused
    assert given.estimate is not None


def test_10_the_union_has_no_upper_end():
    assert run_method("union", TABLE, TABLE, 0.95).high == math.inf


def test_11_bounds_follow_their_formulas():
    assert chao(TABLE, 0.95).estimate == pytest.approx(1265 + 2 / 3 * 1000**2 / 480)
    assert zelterman(TABLE, 0.95).estimate == pytest.approx(1265 / (1 - math.exp(-0.48)))
    assert chapman(TWO, 0.95).estimate == pytest.approx(21 * 31 / 6 - 1)
    with pytest.raises(RefusedError):
        chapman(table_of(("a", "b"), {(1, 0): 5, (0, 1): 5}), 0.95)


def test_12_models_are_fitted_to_the_observed_only():
    # Two lists: 15 * 25 / 5 = 75 unseen, whatever the constant of the data.
    assert independence(TWO, 0.95).estimate == pytest.approx(45 + 75)
    assert all(7 not in model for model in search(TABLE).models)


def test_13_a_model_without_an_estimate_is_refused_or_left_out():
    with pytest.raises(RefusedError, match="does not exist"):
        all_two_way(APART, 0.95)
    fitted = search(APART)
    assert int((~fitted.exists).sum()) == 4
    assert any("left out" in warning for warning in aic_average(APART, 0.95).warnings)
    # [13,2] exists with its interaction at minus infinity: two cells leave the model.
    limit = fitted.models.index(frozenset({0, 1, 2, 4, 5}))
    assert fitted.exists[limit]
    assert int((~fitted.cells[limit]).sum()) == 2


def test_14_fixed_models_have_walds_interval_and_chosen_ones_say_so():
    result = independence(TWO, 0.95)
    assert (result.low - 45) * (result.high - 45) == pytest.approx(75**2)
    assert any("choice of model" in warning for warning in best_by_bic(TABLE, 0.95).warnings)


@pytest.mark.parametrize(("lists", "models"), [(3, 8), (4, 113), (5, 1024)])
def test_15_the_candidates(lists, models):
    random = np.random.default_rng(lists)
    rows: dict[tuple[int, ...], int] = {}
    for row in random.random((400, lists)) < 0.4:
        history = tuple(int(mark) for mark in row)
        if any(history):
            rows[history] = rows.get(history, 0) + 1
    assert len(search(table_of(tuple("abcde"[:lists]), rows)).models) == models


def test_16_an_average_weighs_by_the_criterion():
    fitted = search(TABLE)
    weights = np.exp(-0.5 * (fitted.aic() - fitted.aic().min()))
    strong = 1265 + np.exp(fitted.log_unseen[weights > 1e-6])
    assert strong.min() < aic_average(TABLE, 0.95).estimate < strong.max()
    assert fitted.aic()[0] - fitted.bic()[0] == pytest.approx(
        len(fitted.models[0]) * (2 - math.log(1265))
    )


def test_17_the_shrunk_models_priors():
    assert (LOOSE.pair_mean, LOOSE.pair_sd, LOOSE.triple_sd) == (0.3, 1.0, 0.5)
    assert fit_shrunk(TABLE) == fit_shrunk(TABLE, LOOSE)


def test_18_graphs_and_steps_take_the_lists_they_are_made_for():
    assert "there are 2" in run_method("decomposable", TWO, TWO, 0.95).refused
    stepwise = run_method("sparse_stepwise", TABLE, TABLE, 0.95)
    assert stepwise.low < stepwise.estimate < stepwise.high


def test_19_a_sampler_that_has_not_converged_says_so(monkeypatch):
    draws = np.tile(np.arange(100.0), (8, 1))
    draws[0] += 400
    monkeypatch.setattr(latent, "sample_unseen", lambda table, seed: draws)
    assert "must not be used" not in latent.latent_classes(TABLE, 0.95, 0).detail
    assert "Do not use this number" in latent.latent_classes(TABLE, 0.95, 0).warnings[0]


def test_20_two_lists_have_no_band(csv, capsys):
    band = recommend(TWO, TWO, 0.95)
    assert (band.estimate, band.low, band.high) == (None, None, None)
    assert "cannot tell dependence from size" in band.reasons[0]
    path = csv("a,b,count\n1,1,5\n1,0,15\n0,1,25\n")
    assert run(["population", "estimate", str(path), "-m", "union"]) == 1


def test_21_the_band_mixes_three_degrees_of_dependence_and_the_average():
    assert PRIORS == (PLAIN, LEANING, LOOSE)
    assert (HEDGE, AVERAGE_SHARE) == ((0.05, 0.2, 0.05), 0.25)
    band = recommend(TABLE, TABLE, 0.95)
    parts = [TABLE.observed + math.exp(fit_shrunk(TABLE, prior).log_unseen) for prior in PRIORS]
    parts.append(aic_average(TABLE, 0.95).estimate)
    assert min(parts) <= band.estimate <= max(parts)


def test_22_lists_that_lean_together_are_read_as_at_least():
    band = recommend(LEAN, LEAN, 0.95)
    assert "'at least'" in band.reasons[2]
    assert band.high >= run_method("shrunk", LEAN, LEAN, 0.95).high
    assert len(recommend(TABLE, TABLE, 0.95).reasons) == 2


def test_23_at_least_is_the_union():
    for table in (TABLE, TWO, LEAN, APART):
        assert estimate(table, methods=["union"]).recommended.at_least == table.observed


def test_24_the_band_names_rule_and_assumption():
    band = recommend(TABLE, TABLE, 0.95)
    assert band.rule.startswith("02-population §21")
    assert "nobody outside the reach of every list" in band.assumption
    assert len(band.reasons) == 2


def test_25_a_claim_lies_outside_only_if_all_of_it_does():
    claims = [_claim(10, None), _claim(10, 10**6), _claim(10**6, 10**6), _claim(10, 20, "")]
    compared = estimate(TABLE, methods=["union"], claims=claims).claims
    assert [one.position for one in compared] == [
        Position.BELOW, Position.INSIDE, Position.ABOVE, Position.BELOW,
    ]  # fmt: skip
    assert "counting residents" in compared[0].sentence
    assert "not saying who was counted" in compared[3].sentence


def test_26_union_claims_band_methods(csv, capsys):
    text = "a,b,c,count\n" + "".join(f"{a},{b},{c},{n}\n" for (a, b, c), n in ROWS.items())
    assert run(["population", "estimate", str(csv(text)), "-m", "chao"]) == 0
    shown = capsys.readouterr().out
    assert shown.index("1,265") < shown.index("Recommended") < shown.index("Chao")


def test_27_json_holds_no_infinity(csv, capsys):
    text = "a,b,c,count\n" + "".join(f"{a},{b},{c},{n}\n" for (a, b, c), n in ROWS.items())
    assert run(["population", "estimate", str(csv(text)), "-m", "union", "--json"]) == 0
    union = json.loads(capsys.readouterr().out)["methods"][0]
    assert union["high"] is None
    assert any("no upper limit" in warning for warning in union["warnings"])


def test_28_the_picture_speaks_without_colour():
    root = ET.fromstring(population_svg(estimate(TABLE, methods=["chao"], claims=[_claim(9, 9)])))
    names = [element.tag.split("}")[1] for element in root.iter()]
    assert {"title", "desc", "rect", "polygon", "circle", "pattern"} <= set(names)


def test_29_the_same_seed_gives_the_same_numbers():
    names = [name for name in METHODS if name != "latent_classes"]
    first, second = (estimate(TABLE, methods=names, occasions=True, seed=7) for _ in range(2))
    assert first == second


EVEN = table_of(("a", "b", "c"), {h: 125 for h in product((0, 1), repeat=3) if any(h)})
PERSONS = [tuple(at for at in range(3) if h[at]) for h in EVEN.histories for _ in range(125)]


def test_30_without_differences_the_lower_bound_is_independence():
    found = run_method("mth_chao", EVEN, EVEN, 0.95)
    assert found.estimate == pytest.approx(1000, abs=0.01)
    assert "no list can show" in run_method("mth_gamma", EVEN, EVEN, 0.95).warnings[0]


def test_31_behaviour_only_where_lists_are_occasions():
    table = table_of(("1", "2", "3"), {(1, 0, 0): 400, (0, 1, 0): 200, (0, 0, 1): 100})
    found = estimate(table, methods=["behaviour"], occasions=True).methods[0]
    assert found.estimate == pytest.approx(800, abs=0.5)
    with pytest.raises(UsageError):
        estimate(table, methods=["behaviour"])


def test_32_draws_are_mixed_and_the_smallest_union_is_kept():
    fewer = table_of(EVEN.lists, {h: 100 if sum(h) == 1 else 125 for h in EVEN.histories})
    band = pooled_band([EVEN, fewer])
    single = [recommend(table, table, 0.95) for table in (EVEN, fewer)]
    assert min(one.low for one in single) <= band.low <= band.high
    assert band.at_least == fewer.observed


def test_33_missed_matches_are_taken_back():
    spoiled = with_more_errors(PERSONS, 0.05, 0.0, np.random.default_rng(5))
    found = without_linkage_errors(EVEN.lists, spoiled, LinkageErrors(0.05, 0.0), seed=1)
    assert found.centres[0][1] > 1050 > found.band.estimate
    with pytest.raises(RefusedError):
        without_linkage_errors(EVEN.lists, PERSONS, LinkageErrors(0.51, 0.0))


def test_34_parts_add_up_and_small_ones_stand_together():
    small = table_of(EVEN.lists, {(1, 0, 0): 4})
    found = stratify({"north": EVEN, "south": EVEN, "hamlet": small})
    assert sum(part.estimate for part in found.parts) == round(found.whole.estimate)
    assert [part.holds for part in found.parts] == [(), ("hamlet", "north")]


def test_35_who_left_by_a_date_is_taken_out_first():
    dates = {"a": "2025-01-01", "b": "2025-01-10", "c": "2025-01-20"}
    people = [Presence(tuple(EVEN.lists[at] for at in person)) for person in PERSONS]
    gone = [replace(person, left_on="2025-02-01") for person in people[:100]] + people[100:]
    before, after = (estimate_as_of(gone, dates, date(2025, month, 25)) for month in (1, 2))
    assert before.listed == len(people)
    assert after.listed == len(people) - 100
    two_lists = estimate_as_of(gone, dates, date(2025, 1, 15))
    assert two_lists.band.estimate is None  # list c is of a later date


def test_36_covariates_explain_what_two_lists_share():
    random = np.random.default_rng(3)
    town = random.integers(0, 2, 2000)
    chance = 1 / (1 + np.exp(1.2 - 1.8 * town))
    marks = np.column_stack([random.random(2000) < chance for _ in range(2)]).astype(int)
    seen = marks.any(axis=1)
    found = doubly_robust(Listed(("a", "b"), marks[seen], town[seen, None].astype(float)))
    assert found.low < 2000 < found.high


def test_37_two_lists_at_an_odds_ratio():
    table = table_of(("a", "b"), {(1, 1): 60, (1, 0): 40, (0, 1): 20})
    (found,) = dial_pairs(table, [("a", "b")], odds_ratios=(3.0,))
    assert found.estimate == pytest.approx(120 + 3 * 40 * 20 / 60)
    ten = dial_pairs(EVEN, [("a", "b")])[-1]
    assert ten.words == "the overlaps speak strongly against it"


def test_38_beyond_the_lists_the_unseen_are_multiplied():
    one, five = dial_beyond(EVEN, odds_ratios=(1.0, 5.0))
    assert five.estimate - 875 == pytest.approx(5 * (one.estimate - 875))


def test_39_one_list_fewer_keeps_everybody_in_the_least_number():
    assert {left.band.at_least for left in leave_one_out(EVEN)} == {875}
    (few, many) = narrowing(875, 1000, 940, 1100, 0.95, (10, 500))
    assert many[2] - many[1] < few[2] - few[1]


def test_40_a_random_draw_needs_no_model():
    assert anchor_estimate(100, Anchor(drawn=20, found=10)).estimate == 200
    with pytest.raises(RefusedError):
        anchor_estimate(100, Anchor(drawn=20, found=0))


def test_41_the_study_counts_how_often_the_truth_is_held():
    rows = coverage_study(EVEN, 1000, runs=10, methods=("independence",), worlds=WORLDS[:1])
    assert {row.method for row in rows} == {"recommended", "independence"}
    assert all(row.coverage >= 0.7 for row in rows)


def test_42_who_left_unreported_is_taken_out_of_those_presumed_there():
    """Ten in a hundred have left of the people of whom no list says that they are there."""
    nobody = table_of(TABLE.lists, {})
    stated = Unreported("village heads", between=(0.1, 0.1))
    plain = recommend(TABLE, TABLE, 0.95).estimate
    presumed = present_band([Presumed(nobody, TABLE)], stated)
    assert presumed.estimate == pytest.approx(0.9 * plain, rel=0.02)
    assert presumed.at_least == int(0.9 * TABLE.observed)
    assert "village heads" in presumed.reasons[0]
    there = present_band([Presumed(TABLE, nobody)], stated)
    assert there.estimate == pytest.approx(plain, rel=0.02)
    assert there.at_least == TABLE.observed


def test_43_every_method_lies_beside_the_band_and_the_dials_are_drawn(csv, tmp_path, capsys):
    rows = [",".join(map(str, (*history, count))) for history, count in ROWS.items()]
    path = csv("\n".join(["a,b,c,count", *rows]))
    picture = tmp_path / "dials.svg"
    assert run(["population", "sensitivity", str(path), "--json", "--plot", str(picture)]) == 0
    document = json.loads(capsys.readouterr().out)
    centre = document["recommended"]["estimate"]
    one = next(one for one in document["methods"] if one["name"] == "independence")
    assert one["against_band"] == pytest.approx(one["estimate"] / centre - 1, abs=0.001)
    drawn = ET.fromstring(picture.read_text(encoding="utf-8"))
    dots = drawn.findall("{http://www.w3.org/2000/svg}circle")
    assert len(dots) == 7 * 4  # three pairs, and beyond the lists


def test_44_a_claim_without_a_date_is_set_aside_and_said(tmp_path, monkeypatch, capsys):
    finding = Finding("is empty; needed: when it was said.", "claims.csv", 3, "said_on")
    persons = tuple(Person(f"P{n}", (f"a:{n}",), 1.0) for n in range(2, 40))
    records = tuple(ListRecord(f"a:{n}", "a", n) for n in range(2, 40))
    register = Register(records, (), persons, (), (), ())
    scenario = SimpleNamespace(
        lists=[SimpleNamespace(list_id="a", as_of="2025-01-01", received_on="")],
        claims=(),
        places=(),
        planning_date=datetime(2025, 2, 20, tzinfo=UTC),
    )
    read = SimpleNamespace(scenario=scenario, findings=(finding,))
    built = SimpleNamespace(register=register, doubt=None)
    monkeypatch.setattr("safepassage.scenario.reader.read_scenario", lambda folder: read)
    monkeypatch.setattr("safepassage.adapters.register.build_register", lambda scenario: built)
    assert run(["population", "estimate", str(tmp_path), "-m", "union"]) == 1
    assert "claims.csv, row 3, column 'said_on'" in " ".join(capsys.readouterr().out.split())

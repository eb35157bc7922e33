"""docs/spec/10-exercise.md, one test a paragraph: its name says what would be wrong."""

from __future__ import annotations

import csv
import json
import statistics
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pytest
import shapely

from safepassage.adapters.lists import read_list
from safepassage.adapters.osm import import_osm
from safepassage.adapters.roads import load_roads
from safepassage.core.agreement.missing import agreement_status
from safepassage.core.corridor.closures import shut_during
from safepassage.core.corridor.types import CONTESTED, Basis
from safepassage.core.register.types import Choice, Consent, Need, Sex
from safepassage.exercises.benchmark import STRUCTURES, generate_benchmark, simulate_captures
from safepassage.exercises.designs import (
    ADMINISTRATION,
    CALLBACK,
    FAMILIES,
    HOSPITAL,
    HOTLINE,
    SUDZHA_LISTS,
    VILLAGE_HEADS,
)
from safepassage.exercises.dice import Dice
from safepassage.exercises.lists import STYLES, ListDesign, generate_lists
from safepassage.exercises.names import load_stock, read_table
from safepassage.exercises.people import (
    PHONE_PREFIX,
    TrueHousehold,
    TruePerson,
    Truth,
    Village,
    generate_population,
)
from safepassage.exercises.reach import Reach, reach
from safepassage.exercises.roads import write_road_exercise
from safepassage.exercises.spelling import (
    ErrorRates,
    birth_seen,
    in_latin,
    in_russian,
    in_ukrainian,
    typing_error,
)
from safepassage.exercises.sudzha import SEED, write_exercise
from safepassage.exercises.truth import ExerciseTruth, write_truth
from safepassage.scenario.facts import map_facts
from safepassage.scenario.reader import read_scenario
from safepassage.scenario.types import Scenario
from safepassage.units import moment_at

VILLAGES = (
    Village("alpha", 3, ("Альфа", "с. Альфа"), ("Альфа", "село Альфа")),
    Village("beta", 1, ("Бета", "с. Бета"), ("Бета", "село Бета")),
)
NO_SLIPS = ErrorRates(typing_error=0, no_phone=0, keeps_yo=1)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ExerciseTruth]:
    folder = tmp_path_factory.mktemp("exercise") / "sudzha"
    return folder, write_exercise(folder)


@pytest.fixture(scope="module")
def folder(written: tuple[Path, ExerciseTruth]) -> Path:
    return written[0]


@pytest.fixture(scope="module")
def truth(written: tuple[Path, ExerciseTruth]) -> ExerciseTruth:
    return written[1]


@pytest.fixture(scope="module")
def scenario(folder: Path) -> Scenario:
    return read_scenario(folder).scenario


@pytest.fixture(scope="module")
def people() -> Truth:
    return generate_population(7, VILLAGES, persons=1500, destinations=("x", "y"))


@pytest.fixture(scope="module")
def grid(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A town of 7 by 7 streets, 200 m apart, a village at each of two corners."""
    path = tmp_path_factory.mktemp("roads") / "grid.osm"
    side = range(7)
    nodes = [
        f'<node id="{1 + 7 * row + column}" lat="{51 + 0.002 * row}" lon="{35 + 0.003 * column}"/>'
        for row in side
        for column in side
    ]
    towns = [
        f'<node id="{number}" lat="{lat}" lon="{lon}"><tag k="place" v="village"/>'
        f'<tag k="name" v="Village {number}"/></node>'
        for number, lat, lon in ((101, 51.0, 35.0), (102, 51.004, 35.003))
    ]
    rows = [[1 + 7 * row + column for column in side] for row in side]
    columns = [[1 + 7 * row + column for row in side] for column in side]
    ways = [
        f'<way id="{number}">'
        + "".join(f'<nd ref="{ref}"/>' for ref in refs)
        + '<tag k="highway" v="secondary"/></way>'
        for number, refs in enumerate(rows + columns, 1)
    ]
    body = "\n".join(nodes + towns + ways)
    path.write_text(f'<osm version="0.6">\n{body}\n</osm>\n', encoding="utf-8")
    return path


def homes_of(people: Truth) -> list[tuple[TrueHousehold, list[TruePerson]]]:
    by_id = {person.person_id: person for person in people.persons}
    return [(home, [by_id[one] for one in home.person_ids]) for home in people.households]


def one_list(
    people: Truth, design: ListDesign, **errors: float
) -> list[tuple[dict[str, str], str]]:
    """Return (row by column, person id) of a list that holds everybody and errs as told."""
    calm = replace(
        design,
        reach=Reach(0.9999, calibrated=False),
        errors=replace(NO_SLIPS, **errors),
    )
    (made,) = generate_lists(people, (calm,), 1)
    rows = [dict(zip(made.header, row, strict=True)) for row in made.rows]
    return list(zip(rows, made.person_ids, strict=True))


def person_by_id(people: Truth) -> dict[str, TruePerson]:
    return {person.person_id: person for person in people.persons}


def a_woman(people: Truth) -> TruePerson:
    return next(
        person
        for person in people.persons
        if person.sex is Sex.FEMALE
        and person.surname != person.birth_surname
        and "ё" not in person.surname.russian + person.given.russian
    )


def test_1_same_seed_same_bytes(folder: Path, tmp_path: Path) -> None:
    write_exercise(tmp_path, SEED)
    first = {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    second = {p.relative_to(tmp_path): p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    assert first == second
    other = write_exercise(tmp_path, SEED + 1)
    assert (tmp_path / "lists/callback.csv").read_bytes() != first[Path("lists/callback.csv")]
    assert other.population == 2200


def test_2_every_telephone_number_is_impossible(folder: Path, truth: ExerciseTruth) -> None:
    phones = {person.phone for person in truth.people.persons} - {""}
    assert all(phone.startswith(PHONE_PREFIX) for phone in phones)
    hotline = list(csv.DictReader((folder / "lists/hotline.csv").open(encoding="utf-8")))
    assert {row["Phone"][:8] for row in hotline} == {"", "+7 (000)"}


@pytest.mark.parametrize("persons", [1, 2, 3, 50, 701])
def test_3_exactly_as_many_as_asked_for_are_present(persons: int) -> None:
    people = generate_population(3, VILLAGES, persons=persons)
    assert people.population == persons
    gone = [person for person in people.persons if not person.present]
    assert len(gone) == 60
    assert all(person.present for person in people.persons[:persons])


def test_4_nobody_is_impossibly_old_or_a_mother_too_young(people: Truth) -> None:
    for home, members in homes_of(people):
        ages = [person.age_on(people.as_of) for person in members]
        assert max(ages) >= 18
        assert all(0 <= age <= 95 for age in ages)
        if home.kind == "family":
            assert all(ages[1] - child >= 19 for child in ages[2:])
        if home.kind == "three_generations":
            assert ages[0] - ages[1] >= 19
            assert all(ages[2] - child >= 18 for child in ages[3:])


def test_5_forms_fit_the_sex(people: Truth) -> None:
    for person in people.persons:
        female = person.sex is Sex.FEMALE
        names = in_russian(person, NO_SLIPS, Dice(1))
        assert names.patronymic.endswith("на") == female
        assert in_ukrainian(person, NO_SLIPS, Dice(1)).patronymic.endswith("на") == female
        assert names.surname.endswith(("ова", "ева", "ёва", "ина", "ая")) <= female
        assert names.surname.endswith(("ов", "ев", "ёв", "ин")) <= (not female)
    for _, members in homes_of(people):
        children = [p for p in members if p.age_on(people.as_of) < 18]
        named = [(child.sex, child.given) for child in children]
        assert len(named) == len(set(named))


def test_6_children_bear_their_fathers_name(people: Truth) -> None:
    families = [members for home, members in homes_of(people) if home.kind == "family"]
    assert len(families) > 20
    for father, _, *children in families:
        assert all(child.father == father.given for child in children)
        assert all(child.surname == father.surname for child in children)


def test_7_a_wife_keeps_the_name_she_was_born_with(people: Truth) -> None:
    couples = [members for home, members in homes_of(people) if home.kind == "couple"]
    took = [wife for man, wife in couples if wife.surname == man.surname]
    assert len(took) / len(couples) > 0.8
    assert sum(wife.birth_surname != wife.surname for wife in took) / len(took) > 0.9


def test_8_names_fit_the_time_and_the_village(people: Truth) -> None:
    young = [p for p in people.persons if p.birth.year > 1990 and p.sex is Sex.MALE]
    old = [p for p in people.persons if p.birth.year < 1950 and p.sex is Sex.MALE]
    assert not any(person.given.russian == "Артём" for person in old)
    assert any(person.given.russian == "Артём" for person in young)
    surnames = Counter(p.surname.russian for p in people.persons if p.stay == "beta")
    assert sum(count for _, count in surnames.most_common(9)) / surnames.total() > 0.5
    assert len(surnames) > 30


def test_9_a_household_has_one_number_or_none(people: Truth) -> None:
    numbers = [{person.phone for person in members} for _, members in homes_of(people)]
    assert all(len(found) == 1 for found in numbers)
    assert {""} in numbers


def test_10_needs_fit_together(people: Truth) -> None:
    for _, members in homes_of(people):
        for person in members:
            alone = len(members) == 1 and person.age_on(people.as_of) >= 65
            assert (Need.ALONE_OLDER in person.needs) == alone
            assert not {Need.WHEELCHAIR, Need.STRETCHER} <= person.needs
            if Need.PREGNANT in person.needs:
                assert person.sex is Sex.FEMALE
                assert 18 <= person.age_on(people.as_of) <= 42


def test_11_a_separated_child_lives_with_an_adult_who_is_no_relative(people: Truth) -> None:
    foster = [members for home, members in homes_of(people) if home.kind == "foster"]
    assert len(foster) == 3
    for adult, child in foster:
        assert Need.SEPARATED_CHILD in child.needs
        assert adult.age_on(people.as_of) >= 18
    separated = [p for p in people.persons if Need.SEPARATED_CHILD in p.needs]
    assert len(separated) == 3


def test_12_at_most_one_adult_differs_and_children_follow(people: Truth) -> None:
    differing = 0
    for _, members in homes_of(people):
        counts = Counter(person.choice for person in members)
        common = members[0].choice
        differing += len(counts) > 1
        assert len(counts) <= 2
        assert sum(person.choice is not common for person in members) <= 1
        children = [p for p in members if p.age_on(people.as_of) < 18]
        assert all(child.choice is common for child in children)
    assert differing > 5


def test_13_children_share_their_guardians_answer_and_one_on_a_stretcher_refuses(
    people: Truth,
) -> None:
    for _, members in homes_of(people):
        adults = [p for p in members if p.age_on(people.as_of) >= 18]
        children = [p for p in members if p.age_on(people.as_of) < 18]
        assert all(child.consent is adults[0].consent for child in children)
    with_child = {p.household_id for p in people.persons if p.age_on(people.as_of) < 18}
    carried = [
        person
        for person in people.persons
        if Need.STRETCHER in person.needs
        and person.choice is Choice.GO
        and person.household_id not in with_child
    ]
    assert carried[0].consent is Consent.NO


def test_14_acquaintance_and_keeping_apart_are_mutual_and_local(people: Truth) -> None:
    homes = {home.household_id: home for home in people.households}
    for home in people.households:
        for other in (*home.knows, *home.apart_from):
            assert homes[other].place_id == home.place_id
        assert all(home.household_id in homes[other].knows for other in home.knows)
        assert all(home.household_id in homes[other].apart_from for other in home.apart_from)
    assert sum(bool(home.apart_from) for home in people.households) == 28


def test_15_the_stocks_share_no_name() -> None:
    demo, benchmark = load_stock("demo"), load_stock("benchmark")
    for kind in ("male", "female", "surnames"):
        ours = {name.russian for name in getattr(demo, kind)}
        theirs = {name.russian for name in getattr(benchmark, kind)}
        assert not ours & theirs
        assert len(ours) == len(getattr(demo, kind))
    assert len(demo.surnames) >= 100


def test_16_lists_follow_earlier_ones_only_and_reach_households(people: Truth) -> None:
    with pytest.raises(KeyError):
        reach("b", Reach(0.5, follows=(("later", 1.0),)), people, {}, 1)
    listed = reach("a", Reach(0.5), people, {}, 1)
    assert all(
        len(set(home.person_ids) & listed) in (0, len(home.person_ids))
        for home in people.households
    )
    partly = reach("a", Reach(0.5, within=0.8), people, {}, 1)
    assert partly < listed
    assert len(partly) / len(listed) == pytest.approx(0.8, abs=0.05)


@pytest.mark.parametrize("listability", [0.0, 1.5])
def test_17_a_calibrated_list_reaches_its_rate(people: Truth, listability: float) -> None:
    first = reach("a", Reach(0.3), people, {}, 2)
    rules = Reach(0.4, listability=listability, follows=(("a", 1.0),))
    listed = reach("b", rules, people, {"a": first}, 2)
    present = [home for home in people.households if home.kind != "already_out"]
    share = sum(home.person_ids[0] in listed for home in present) / len(present)
    assert share == pytest.approx(0.4, abs=0.04)


def shared_share(people: Truth, first: Reach, second: Reach) -> float:
    """Return the overlap over what independent lists would share."""
    a = reach("a", first, people, {}, 3)
    b = reach("b", second, people, {"a": a}, 3)
    return len(a & b) * people.population / (len(a) * len(b))


def test_18_heterogeneity_makes_lists_share_more(people: Truth) -> None:
    plain = shared_share(people, Reach(0.3), Reach(0.3))
    uneven = shared_share(people, Reach(0.3, listability=1.5), Reach(0.3, listability=1.5))
    assert plain == pytest.approx(1.0, abs=0.15)
    assert uneven > plain + 0.25


def test_19_lists_follow_or_avoid_each_other(people: Truth) -> None:
    together = shared_share(people, Reach(0.3), Reach(0.3, follows=(("a", 1.5),)))
    apart = shared_share(people, Reach(0.3), Reach(0.3, follows=(("a", -1.5),)))
    assert together > 1.4
    assert apart < 0.6


def test_20_acquaintances_are_added(people: Truth) -> None:
    alone = reach("a", Reach(0.2), people, {}, 4)
    told = reach("a", Reach(0.2, through_acquaintance=0.3), people, {}, 4)
    homes = {home.household_id: home for home in people.households}
    added = {p.household_id for p in people.persons if p.person_id in told - alone}
    assert alone < told
    for home_id in added:
        knowing = [homes[other] for other in homes[home_id].knows]
        assert any(set(home.person_ids) & alone for home in knowing)


def test_21_a_list_may_hold_some_people_only(people: Truth) -> None:
    by_id = person_by_id(people)
    needy = reach("a", Reach(0.9, needs=frozenset({Need.WHEELCHAIR})), people, {}, 5)
    assert needy
    assert all(Need.WHEELCHAIR in by_id[one].needs for one in needy)
    missed = reach("b", Reach(0.9, villages_missed=frozenset({"alpha"})), people, {}, 5)
    assert {by_id[one].stay for one in missed} == {"beta"}
    sought = reach("c", Reach(0.9, only_with_relative=True), people, {}, 5)
    homes = {one: home for home in people.households for one in home.person_ids}
    assert all(homes[one].relative_outside for one in sought)


def test_22_some_who_left_are_listed_and_some_people_twice(people: Truth) -> None:
    by_id = person_by_id(people)
    nobody = reach("a", Reach(0.9, absent=0.0), people, {}, 6)
    assert all(by_id[one].present for one in nobody)
    some = reach("a", Reach(0.9, absent=0.9), people, {}, 6)
    assert any(not by_id[one].present for one in some)
    double = replace(CALLBACK, reach=Reach(0.5, twice=0.5))
    (made,) = generate_lists(people, (double,), 6)
    counts = Counter(made.person_ids)
    assert set(counts.values()) == {1, 2}
    assert sum(count == 2 for count in counts.values()) / len(counts) == pytest.approx(0.5, abs=0.1)


def test_23_each_list_writes_one_script(people: Truth) -> None:
    for person in people.persons[:300]:
        dice = Dice(1, person.person_id)
        russian = in_russian(person, NO_SLIPS, dice)
        ukrainian = in_ukrainian(person, NO_SLIPS, dice)
        latin = in_latin(person, NO_SLIPS, dice)
        assert not set("іїєґ") & set(russian.surname + russian.given + russian.patronymic)
        assert not set("ыэъё") & set(ukrainian.surname + ukrainian.given + ukrainian.patronymic)
        text = latin.surname + latin.given + latin.patronymic
        assert not any("а" <= letter.lower() <= "ґ" for letter in text)
    plain = in_russian(people.persons[0], replace(NO_SLIPS, keeps_yo=0), Dice(1))
    assert "ё" not in plain.surname + plain.given + plain.patronymic


def test_24_a_typing_error_spares_the_first_letter() -> None:
    dice = Dice(5)
    seen = {typing_error("Кузнецова", dice) for _ in range(200)}
    assert len(seen) > 15
    assert all(word[0] == "К" and abs(len(word) - 9) <= 1 for word in seen)
    assert typing_error("Ян", dice) == "Ян"


def test_25_a_diminutive_is_one_of_the_names_own(people: Truth) -> None:
    person = people.persons[0]
    names = in_russian(person, replace(NO_SLIPS, diminutive=1), Dice(1))
    assert names.given in person.given.diminutives


def test_26_a_woman_may_stand_under_the_name_she_was_born_with(people: Truth) -> None:
    woman = a_woman(people)
    names = in_russian(woman, replace(NO_SLIPS, maiden_name=1), Dice(1))
    assert names.surname == woman.birth_surname.in_russian(Sex.FEMALE)
    assert in_russian(woman, NO_SLIPS, Dice(1)).surname == woman.surname.in_russian(Sex.FEMALE)


def test_27_patronymics_go_missing_and_the_hospital_writes_initials(people: Truth) -> None:
    assert (
        in_russian(people.persons[0], replace(NO_SLIPS, no_patronymic=1), Dice(1)).patronymic == ""
    )
    rows = one_list(people, HOSPITAL)
    by_id = person_by_id(people)
    row, person_id = rows[0]
    person = by_id[person_id]
    initials = f"{person.given.russian[0]}.{person.father.patronymics[0][0]}."
    assert row["ФИО"] == f"{person.surname.in_russian(person.sex)} {initials}"


def test_28_names_swap_columns(people: Truth) -> None:
    person = people.persons[0]
    straight = in_russian(person, NO_SLIPS, Dice(1))
    swapped = in_russian(person, replace(NO_SLIPS, names_swapped=1), Dice(1))
    assert (swapped.given, swapped.surname) == (straight.surname, straight.given)


def test_29_dates_are_missing_rough_or_wrong_but_never_in_the_future(people: Truth) -> None:
    today = people.as_of
    wrong = replace(NO_SLIPS, birth_wrong=1)
    for person in people.persons:
        noted, _ = birth_seen(person, wrong, today, Dice(1, person.person_id))
        assert noted is not None
        assert noted <= today
        assert abs(noted.year - person.birth.year) <= 18
    assert (
        birth_seen(people.persons[0], replace(NO_SLIPS, birth_missing=1), today, Dice(1))[0] is None
    )
    rows = one_list(people, CALLBACK, birth_year_only=1)
    assert all(len(row["Дата рождения"]) == 4 for row, _ in rows)


def test_30_places_are_spelled_as_the_table_has_them(people: Truth) -> None:
    usual = {row["Населённый пункт"] for row, _ in one_list(people, CALLBACK)}
    other = {row["Населённый пункт"] for row, _ in one_list(people, CALLBACK, place_variant=1)}
    assert usual == {"Альфа", "Бета"}
    assert other == {"с. Альфа", "с. Бета"}
    born = one_list(people, CALLBACK, birthplace_for_stay=1)
    by_id = person_by_id(people)
    names = {"alpha": "Альфа", "beta": "Бета"}
    assert all(row["Населённый пункт"] == names[by_id[one].birth_place] for row, one in born)


def test_31_only_lists_that_ask_hold_answers(people: Truth) -> None:
    by_id = person_by_id(people)
    rows = one_list(people, replace(CALLBACK, asks=1.0, changed_mind=0.0))
    words = {Choice.GO: "хочет выехать", Choice.STAY: "остаётся", Choice.UNDECIDED: "не знает"}
    for row, person_id in rows:
        person = by_id[person_id]
        if not person.present:
            assert row["Выбор"] == "не опрошен"
            continue
        assert row["Выбор"] == words[person.choice]
        assert (row["Согласие"] == "") == (person.choice is Choice.STAY)
        if person.age_on(people.as_of) < 18:
            assert row["Форма согласия"] == "законный представитель"
    for design in (FAMILIES, VILLAGE_HEADS, ADMINISTRATION, HOSPITAL):
        assert not {"choice", "consent"} & dict(STYLES[design.style].mapping).keys()
        assert not design.source.asks_choice
    assert HOTLINE.source.asks_choice


def test_32_files_come_in_the_encoding_that_the_package_states(
    folder: Path, scenario: Scenario
) -> None:
    heads = (folder / "lists/village_heads.csv").read_bytes()
    with pytest.raises(UnicodeDecodeError):
        heads.decode("utf-8")
    assert "Населённый пункт" in heads.decode("cp1251").splitlines()[0]
    assert (folder / "lists/administration.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    for source in scenario.lists:
        result = read_list(folder, source)
        assert not result.rejects
        assert len(result.records) > 50


def test_33_the_truth_stays_out_of_the_scenario(
    folder: Path, truth: ExerciseTruth, scenario: Scenario, tmp_path: Path
) -> None:
    read = {r.record_id for source in scenario.lists for r in read_list(folder, source).records}
    assert read == truth.person_of_record.keys()
    with pytest.raises(ValueError, match="scenario folder"):
        write_truth(truth, folder / "truth")
    write_truth(truth, tmp_path / "truth")
    rows = list(csv.DictReader((tmp_path / "truth/records.csv").open(encoding="utf-8")))
    assert {row["record_id"]: row["person_id"] for row in rows} == truth.person_of_record
    text = "".join(path.read_text("utf-8", "replace") for path in folder.rglob("*.csv"))
    assert truth.people.persons[0].person_id not in text


def test_34_the_true_patterns_count_everybody_present(truth: ExerciseTruth) -> None:
    histories = truth.histories
    assert sum(histories.values()) == truth.population
    assert truth.population - histories[(0,) * 6] == len(truth.listed)


def test_35_the_numbers_tell_the_story(truth: ExerciseTruth, scenario: Scenario) -> None:
    assert truth.population == 2200
    assert 1700 <= len(truth.listed) <= 1900
    assert 3800 <= truth.records <= 4200
    lows = [claim.figure_low for claim in scenario.claims if claim.figure_low]
    assert min(lows) < len(truth.listed) < truth.population < max(lows)
    assert 900 <= len(willing(scenario, truth)) <= 1200


def willing(scenario: Scenario, truth: ExerciseTruth) -> set[str]:
    """Return those whom a list says to have been asked, to want to go and to consent."""
    found = set()
    for source in scenario.lists:
        for record in read_list(scenario.folder, source).records:
            if record.choice is Choice.GO and record.consent is Consent.YES:
                found.add(truth.person_of_record[record.record_id])
    return found


def test_36_public_words_are_those_published(scenario: Scenario) -> None:
    text = {statement.statement_id: statement for statement in scenario.statements}
    assert text["s1-office"].request == "none_received"
    assert "reported speech" in text["s1-office"].capacity
    assert text["s2-kremlin"].text == "doing everything possible"
    assert text["s3-commissioner"].acceptance == "talks_confirmed"
    assert {claim.wording for claim in scenario.claims} == {"more than 1,500", "closer to 3,000"}
    assert all("themoscowtimes.com" in statement.url for statement in scenario.statements)


def areas(scenario: Scenario, moment: datetime) -> dict[str, shapely.Geometry]:
    """Return each holder's ground at a moment."""
    return {
        area.holder: shapely.MultiPolygon(
            [shapely.Polygon(rings[0], rings[1:]) for rings in area.polygons]
        )
        for area in scenario.control
        if area.valid_from <= moment and (area.valid_to is None or moment < area.valid_to)
    }


def test_37_the_crossing_is_the_only_way_over_the_line(scenario: Scenario) -> None:
    ground = areas(scenario, scenario.planning_date)
    crossing = next(place for place in scenario.places if place.place_id == "crossing-east")
    assert "invented" in crossing.name
    assert not any(
        area.intersects(shapely.Point(crossing.lon, crossing.lat)) for area in ground.values()
    )
    assert scenario.roads is not None
    network = load_roads(scenario.folder, scenario.roads)
    for tail, head in zip(network.tail, network.head, strict=True):
        ends = [(network.node_lon[node], network.node_lat[node]) for node in (tail, head)]
        line = shapely.LineString(ends)
        assert not (line.intersects(ground["A"]) and line.intersects(ground["B"]))
    geonames = {row["name_local"]: row for row in read_table("places", "geonames.csv")}
    for place in scenario.places:
        if place.source.startswith("entered by hand"):
            assert place.approximate
            assert (round(place.lat, 2), round(place.lon, 2)) == (place.lat, place.lon)
        if place.source == "GeoNames cities500, CC BY 4.0":
            row = geonames[place.name_local]
            assert (place.lat, place.lon) == (float(row["lat"]), float(row["lon"]))
    loknya = next(place for place in scenario.places if place.place_id == "kozachya-loknya")
    assert (loknya.lat, loknya.lon) == (51.24, 35.29)


def test_38_a_place_changes_hands_without_anybody_moving(scenario: Scenario) -> None:
    before = areas(scenario, datetime.fromisoformat("2025-02-11T12:00:00+02:00"))
    after = areas(scenario, scenario.planning_date)
    assert after["A"].area < before["A"].area
    place = next(p for p in scenario.places if p.place_id == "cherkasskoye-porechnoye")
    point = shapely.Point(place.lon, place.lat)
    assert before["A"].contains(point)
    assert after["B"].contains(point)
    assert all("Schematic" in area.source for area in scenario.control)
    assert all(
        area.is_valid and not before[side].intersects(before["B" if side == "A" else "A"])
        for side, area in before.items()
    )


def test_39_the_missing_step_is_a_written_request_from_the_receiving_side(
    scenario: Scenario,
) -> None:
    assert scenario.roads is not None
    assert scenario.roads.schematic
    assert "do not follow the ground" in scenario.roads.attribution
    status = agreement_status(
        scenario.parties, scenario.statements, scenario.terms, scenario.planning_date
    )
    (missing,) = status.missing
    assert (missing.act_kind, missing.by, missing.to) == ("formal_request", "B", "A")
    assert "handed over through the intermediary" in dict(missing.text)["en"]


def test_45_closures_settlements_and_what_ifs_show_every_kind(scenario: Scenario) -> None:
    sources = [item.source for item in (*scenario.closures, *scenario.settlements)]
    assert all(("nvented" in source) or ("question" in source) for source in sources)
    facts = map_facts(scenario)
    derived = {area.holder for area in facts.control if area.basis is Basis.DERIVED}
    assert derived == {"A", "B", CONTESTED, ""}
    assert any("when it changed is not known" in area.words for area in facts.control)
    assert {item.what_if for item in facts.closures} == {""}
    movements = [
        (
            moment_at(scenario.epoch, window.movement_from_s),
            moment_at(scenario.epoch, window.closes_s),
        )
        for window in scenario.windows
    ]
    shut = shut_during(facts.closures, movements)
    assert [(rule.closure_id, sorted(rule.classes)) for rule in shut] == [
        ("field-track-buses", ["bus", "truck"])
    ]
    for what_if in scenario.what_ifs:
        asked = map_facts(scenario, what_if=what_if.what_if)
        assert (asked.closures, asked.control) != (facts.closures, facts.control)


def test_40_every_place_is_a_junction_of_the_copied_roads(grid: Path, tmp_path: Path) -> None:
    write_road_exercise(tmp_path, grid, households=20)
    assert (tmp_path / "roads/grid.osm").read_bytes() == grid.read_bytes()
    network = import_osm(grid)
    nodes = set(zip(network.node_lat.tolist(), network.node_lon.tolist(), strict=True))
    scenario = read_scenario(tmp_path).scenario
    assert all((place.lat, place.lon) in nodes for place in scenario.places)


def test_41_the_crossing_is_far_out_or_where_told(grid: Path, tmp_path: Path) -> None:
    far = write_road_exercise(tmp_path / "far", grid, households=5)
    # The corner itself has two streets only, so it is no junction; its neighbour to the west is.
    assert far.crossing == pytest.approx((51.012, 35.015), abs=1e-6)
    told = write_road_exercise(tmp_path / "told", grid, households=5, crossing=(51.0061, 35.0061))
    assert told.crossing == pytest.approx((51.006, 35.006))


def test_42_pickups_are_distinct_and_none_is_empty(grid: Path, tmp_path: Path) -> None:
    made = write_road_exercise(tmp_path, grid, households=30, pickups=10)
    scenario = read_scenario(tmp_path).scenario
    points = [place for place in scenario.places if place.place_id.startswith("pickup")]
    assert made.pickups == len(points) == len({(p.lat, p.lon) for p in points}) == 10
    assert scenario.households is not None
    assert {row.place_id for row in scenario.households} == {place.place_id for place in points}


def test_43_households_can_be_planned(grid: Path, tmp_path: Path) -> None:
    made = write_road_exercise(tmp_path, grid, households=200)
    scenario = read_scenario(tmp_path).scenario
    assert scenario.households is not None
    assert len(scenario.households) == 200
    for row in scenario.households:
        assert row.adults >= 1
        assert row.adults + row.children == row.persons <= 6
        assert (row.choice, row.consent) == (Choice.GO, Consent.YES)
        assert row.priority in (1, 2, 3)
    assert made.persons == sum(row.persons for row in scenario.households)
    assert 2.6 < made.persons / 200 < 3.3
    assert made.value == sum(row.priority * row.persons for row in scenario.households)


def test_44_the_crossing_passes_as_many_an_hour_as_told(grid: Path, tmp_path: Path) -> None:
    write_road_exercise(tmp_path, grid, households=5, screening_per_h=120)
    (crossing,) = read_scenario(tmp_path).scenario.crossings
    assert crossing.screening.seated_s == 30
    assert crossing.screening.vehicle_s == 0
    assert crossing.lanes == 1


def test_45_the_far_side_never_binds(grid: Path, tmp_path: Path) -> None:
    made = write_road_exercise(tmp_path, grid, households=200)
    scenario = read_scenario(tmp_path).scenario
    (centre,) = [place for place in scenario.places if place.capacity is not None]
    assert centre.capacity == centre.capacity_accessible == made.persons
    onward = [v for v in scenario.vehicles if v.sides == frozenset("B")]
    near = [v for v in scenario.vehicles if v.sides == frozenset("A")]
    assert len(near) == 12
    assert len(onward) >= len(near)
    largest = max(v.capacity.places.seated for v in near)
    assert all(v.capacity.places.seated >= largest for v in onward)


def test_46_ties_come_only_when_asked_for(grid: Path, tmp_path: Path) -> None:
    write_road_exercise(tmp_path / "plain", grid, households=100, pickups=10)
    write_road_exercise(tmp_path / "special", grid, households=100, pickups=10, special=0.3)
    plain = read_scenario(tmp_path / "plain").scenario.households
    special = read_scenario(tmp_path / "special").scenario.households
    assert plain is not None
    assert special is not None
    assert not any(row.travel_group or row.apart_from for row in plain)
    tied: dict[str, set[str]] = defaultdict(set)
    for row in special:
        if row.travel_group:
            tied[row.travel_group].add(row.place_id)
    assert tied
    assert all(len(places) == 1 for places in tied.values())
    assert any(row.apart_from for row in special)


def test_47_structures_keep_their_probabilities() -> None:
    for name, structure in STRUCTURES.items():
        counts = simulate_captures(structure, 4000, 1)
        assert sum(counts.values()) == 4000, name
    plain = simulate_captures(STRUCTURES["independent"], 4000, 2)
    shares = [sum(n for h, n in plain.items() if h[j]) / 4000 for j in range(5)]
    assert np.allclose(shares, STRUCTURES["independent"].rates, atol=0.03)
    hidden = simulate_captures(STRUCTURES["two_classes"], 4000, 3)
    assert 0.45 < hidden[(0,) * 5] / 4000 < 0.62
    linked = generate_benchmark("both", 1, persons=600)
    assert linked.people.stock == "benchmark"
    assert all(0 < len(item.rows) < 600 for item in linked.lists)
    again = generate_benchmark("both", 1, persons=600)
    assert [item.to_bytes() for item in again.lists] == [item.to_bytes() for item in linked.lists]
    assert (
        statistics.mean(len(i.rows) for i in generate_benchmark("sparse", 1, persons=600).lists)
        < 60
    )


def test_the_reference_states_the_rates_that_the_code_has() -> None:
    page = Path(__file__).parents[2] / "docs/reference/exercise.md"
    stated = {
        cells[0].strip("`"): cells[1:]
        for line in page.read_text("utf-8").splitlines()
        if (cells := [cell.strip() for cell in line.strip("|").split("|")]) and len(cells) == 7
    }
    for index, design in enumerate(SUDZHA_LISTS):
        assert stated["per list"][index] == design.source.list_id
        for rules in (design.reach, design.errors, design):
            for name in set(stated) & set(type(rules).__dataclass_fields__):
                value = getattr(rules, name)
                if isinstance(value, float):
                    assert stated[name][index] == f"{value:g}", (name, design.source.list_id)


def test_the_reference_names_every_error_rate_and_its_default_figures(
    truth: ExerciseTruth,
) -> None:
    page = (Path(__file__).parents[2] / "docs/reference/exercise.md").read_text("utf-8")
    assert all(f"| `{name}` |" in page for name in ErrorRates.__dataclass_fields__)
    gone = {p for i in truth.lists for p in i.person_ids} - truth.listed
    listed = f"{len(truth.listed):,} of them on at least one list"
    figures = f"{listed}, {truth.records:,} records, {len(gone)} persons"
    assert figures in " ".join(page.split())


def test_the_package_is_json_that_names_six_lists(folder: Path) -> None:
    package = json.loads((folder / "datapackage.json").read_text("utf-8"))
    lists = [item for item in package["resources"] if item["name"].startswith("list-")]
    assert len(lists) == 6
    assert date.fromisoformat(lists[0]["safepassage"]["as_of"]) == date(2025, 2, 11)

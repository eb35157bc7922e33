"""Linked persons as the population stage sees them."""

from __future__ import annotations

from safepassage.adapters.population_people import PersonFacts, covariates, presumed

LISTS = ("a", "b")


def _person(lists, place="north", sex="female", said_there=False, left_on=""):
    return PersonFacts(lists, place, sex, "18 to 59", left_on, said_there)


def test_who_is_said_to_be_there_stands_apart_and_who_left_nowhere():
    facts = [
        _person(("a",), said_there=True),
        _person(("a", "b")),
        _person(("b",), left_on="2025-02-01"),
    ]
    found = presumed(facts, LISTS)
    assert (found.there.histories, found.there.counts) == (((1, 0),), (1,))
    assert (found.presumed.histories, found.presumed.counts) == (((1, 1),), (1,))


def test_covariates_are_one_column_for_each_value_but_the_first():
    facts = [_person(("a",)) for _ in range(20)]
    facts += [_person(("b",), place="south", sex="male") for _ in range(25)]
    found = covariates(facts, LISTS)
    assert found.marks.sum(axis=0).tolist() == [20, 25]
    assert found.covariates.shape == (45, 2)  # south, male; one age group tells nothing
    assert found.covariates.sum(axis=0).tolist() == [25, 25]


def test_small_places_share_a_column():
    facts = [_person(("a",)) for _ in range(30)]
    facts += [_person(("b",), place=f"hamlet-{n}") for n in range(5)]
    assert covariates(facts, LISTS).covariates.shape == (35, 1)


def test_people_who_left_have_no_row():
    facts = [_person(("a",)), _person(("b",), left_on="2025-02-01")]
    assert covariates(facts, LISTS).marks.tolist() == [[1, 0]]

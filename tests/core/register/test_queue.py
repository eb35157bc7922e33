"""What a decision settles, and what it leaves open."""

from __future__ import annotations

from safepassage.core.register.entries import Contested, Decided, RegisterState, Verdict
from safepassage.core.register.queue import Settled, open_questions, settled_by
from safepassage.core.register.types import Link, Person

ANNA, ANYA = Person("P-1", ("a:1", "b:1"), 0.9), Person("P-2", ("c:1",), 1.0)
INSIDE = Link("a:1", "b:1", 0.9, (), accepted=True)
BETWEEN = Link("a:1", "c:1", 0.3, (), accepted=False)
ALSO_BETWEEN = Link("b:1", "c:1", 0.2, (), accepted=False)


def test_nothing_decided_settles_nothing():
    settled = Settled((ANNA, ANYA), (), ())
    assert not any(map(settled.has, (INSIDE, BETWEEN, ALSO_BETWEEN)))


def test_different_settles_every_pair_of_the_two_persons_but_none_inside_them():
    settled = Settled((ANNA, ANYA), (), (("a:1", "c:1"),))
    assert list(map(settled.has, (INSIDE, BETWEEN, ALSO_BETWEEN))) == [False, True, True]


def test_one_person_settles_a_pair_only_if_decisions_join_both_ends():
    settled = Settled((ANNA, ANYA), (("a:1", "c:1"),), ())
    assert list(map(settled.has, (INSIDE, BETWEEN, ALSO_BETWEEN))) == [False, True, False]
    settled.decide_same("c:1", "b:1")
    assert all(map(settled.has, (INSIDE, BETWEEN, ALSO_BETWEEN)))


def test_taking_a_joined_pair_apart_settles_it():
    assert Settled((ANNA, ANYA), (), (("a:1", "b:1"),)).has(INSIDE)


def test_decisions_since_the_last_link_count():
    bodies = (Contested("a:1", "person", "no"), Decided(Verdict.DIFFERENT, ("b:1",), ("c:1",)))
    assert settled_by((ANNA, ANYA), RegisterState(), bodies).has(BETWEEN)


def test_of_two_persons_only_the_first_pair_is_asked():
    links = (BETWEEN, ALSO_BETWEEN, INSIDE)
    assert open_questions(links, (1, 0, 2), (ANNA, ANYA), RegisterState()) == (1, 2)

"""Whatever a later list brings: who is made of the same records is called by the same token."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from safepassage.core.register.entries import ListReceived
from safepassage.core.register.tokens import Naming, claim_order, token_book
from safepassage.core.register.types import Person, RegisterHousehold

EARLY, LATE = ("a", "b"), ("a", "b", "c")
numbers = st.integers(0, 7)
early_rows = [f"{list_id}:{row}" for list_id in EARLY for row in range(6)]
of_early = st.dictionaries(st.sampled_from(early_rows), numbers)
of_late = st.dictionaries(st.sampled_from([f"c:{row}" for row in range(6)]), numbers)


def naming(lists, key=b"secret"):
    received = [ListReceived(each, each, "", "") for each in lists]
    return Naming(key, claim_order(received))


def persons(owner_of):
    """Return persons from the number of the person that each record is put under."""
    held = {}
    for record_id, owner in owner_of.items():
        held.setdefault(owner, []).append(record_id)
    return [Person(f"x{owner}", tuple(sorted(ids)), 1.0) for owner, ids in held.items()]


def tokens(found, lists):
    return {each.record_ids: each.person_id for each in naming(lists).persons(found)}


@settings(max_examples=150, deadline=None)
@given(old=of_early, new=of_late, moved=of_early)
def test_a_new_list_renames_nobody_whose_old_records_stay_together(old, new, moved):
    before = tokens(persons(old), EARLY)
    now = {**old, **{r: owner for r, owner in moved.items() if r in old}, **new}
    after = tokens(persons(now), LATE)
    for records, token in after.items():
        of_old_lists = tuple(each for each in records if not each.startswith("c:"))
        assert before.get(of_old_lists, token) == token
    book = token_book(naming(LATE), now)
    owner = {record: token for records, token in after.items() for record in records}
    for records, token in before.items():
        assert {owner[claim] for claim in book.of(token)} <= {owner[each] for each in records}
        assert book.of(token)
    assert len(set(after.values())) == len(after)


@settings(max_examples=60, deadline=None)
@given(members=st.lists(numbers, min_size=1, max_size=8), new=st.lists(numbers, max_size=6))
def test_households_keep_their_token_too(members, new):
    old = {f"a:{row}": row for row in range(len(members))}
    late = {**old, **{f"c:{row}": 100 + row for row in range(len(new))}}
    home = {f"x{row}": house for row, house in enumerate(members)}
    later = {**home, **{f"x{100 + row}": house for row, house in enumerate(new)}}
    before, after = (_houses(*each) for each in ((old, home, EARLY), (late, later, LATE)))
    for number in set(members):
        assert before[number] == after[number]


def _houses(owner_of, home, lists):
    found = persons(owner_of)
    held = {}
    for person, house in home.items():
        held.setdefault(house, []).append(person)
    listed = [RegisterHousehold(str(h), tuple(sorted(p)), "", 1.0) for h, p in held.items()]
    named = naming(lists).persons(found)
    renamed = naming(lists).households(listed, found, named)
    by_record = {p.person_id: p.record_ids for p in named}
    number = {next(iter(each.record_ids)): home[each.person_id] for each in found}
    return {number[by_record[each.person_ids[0]][0]]: each.household_id for each in renamed}

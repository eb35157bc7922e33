"""Names of any letters: what holds for all of them."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from safepassage.core.register.names_score import names_score
from safepassage.core.register.normalise import canonical_name, surname_stems
from safepassage.core.register.romanise import romanisations, romanise
from safepassage.core.register.search import NameIndex
from safepassage.core.register.typing_errors import OneErrorIndex, typing_cost

SYLLABLES = st.tuples(st.sampled_from("бвгджзклмнпрстф"), st.sampled_from("аеиоу")).map("".join)
WORDS = st.lists(SYLLABLES, min_size=3, max_size=5).map("".join)
SURNAMES = st.tuples(WORDS, st.sampled_from(["ненко", "ров", "рский", "рук", "рян"])).map("".join)
RUSSIAN = [each for each in romanisations() if each.language == "ru" and each.standard != "german"]
"""German writes з and с alike: a surname with both has more readings than are kept."""
LETTERS = st.text("абвгдежзиклмнопрсту", min_size=1, max_size=7)


@settings(max_examples=150, deadline=None)
@given(SURNAMES, st.sampled_from(RUSSIAN))
def test_a_surname_keeps_a_stem_in_every_romanisation(surname, table):
    latin = romanise(surname.title(), table.standard, "ru")
    assert set(surname_stems(surname)) & set(surname_stems(latin)), latin


@settings(deadline=None)
@given(st.text(max_size=30), st.text(max_size=30))
def test_a_score_is_a_probability_and_the_same_both_ways(one, other):
    there, back = names_score(one, other), names_score(other, one)
    assert 0.0 <= there.probability <= 1.0
    assert there.probability == back.probability


@settings(deadline=None)
@given(SURNAMES, WORDS)
def test_a_name_in_capitals_is_the_same_name(surname, given_name):
    one = names_score(f"{surname} {given_name}".title(), f"{surname} {given_name}".upper())
    assert one.probability > 0.9


@given(st.lists(LETTERS, max_size=30), LETTERS)
def test_the_index_of_one_error_finds_what_a_comparison_of_all_finds(words, asked):
    near = {word for word in words if typing_cost(word, asked) <= 1}
    assert set(OneErrorIndex.of(words).near(asked)) == near


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(max_size=20), max_size=8), st.text(max_size=30))
def test_no_text_breaks_the_search(names, query):
    index = NameIndex.build([(str(at), name) for at, name in enumerate(names)])
    hits = index.find(query, 5)
    assert len(hits) <= 5
    assert all(0 < hit.score <= 1 for hit in hits)


@settings(deadline=None)
@given(SURNAMES, WORDS, WORDS)
def test_columns_and_one_cell_give_the_same_surname(surname, one, other):
    father = f"{other}рович".title()
    cell = canonical_name(f"{surname.title()} {one.title()} {father}")
    columns = canonical_name(surname=surname.title(), given_name=one.title(), patronymic=father)
    assert set(cell.surname_keys) & set(columns.surname_keys) or cell.given_set == columns.given_set

"""Places: spellings, errors, shortened names and what stays open."""

from __future__ import annotations

import pytest

from safepassage.core.register.gazetteer import build_gazetteer, place_key

NAMES = [
    ("mahn", "Махновка"), ("gonch", "Гончарівка"), ("sudzha", "Суджа"), ("podol", "Подол"),
    ("pogreb", "Погребки"), ("kozyr", "Козыревка"), ("red", "Красный Посёлок"),
]  # fmt: skip
PLACES = build_gazetteer(NAMES)


@pytest.mark.parametrize(
    ("written", "place"),
    [
        ("с. Махновка", "mahn"), ("сел. Махнівка", "mahn"), ("MAKHNOVKA", "mahn"),
        ("Суджанский р-н, х. Махновка", "mahn"), ("Махнвка", "mahn"), ("пос. Гончаровка", "gonch"),
        ("Hontcharivka", "gonch"), ("д.Погребки", "pogreb"), ("Pogrebky", "pogreb"),
        ("м. Суджа, вул. Леніна 1", "sudzha"), ("Soudja", "sudzha"), ("Sudscha", "sudzha"),
        ("Козырефка", "kozyr"), ("Червоний Посёлок", "red"),
    ],
)  # fmt: skip
def test_spellings_of_one_place(written, place):
    assert PLACES.place_id(written) == place


def test_what_is_none_of_ours_has_a_key_of_its_own_and_the_same_in_each_script():
    assert (
        PLACES.place_id("Бердичів") == PLACES.place_id("Berdychiv") == f"~{place_key('Бердичев')}"
    )
    assert PLACES.place_id("") == PLACES.place_id("с.") == ""


def test_the_same_question_has_the_same_answer_twice():
    assert PLACES.place_id("Махнвка") == PLACES.place_id("Махнвка")
    assert build_gazetteer(NAMES) == PLACES

"""Scripts: what sounds alike shares a key, what does not does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safepassage.core.register.normalise import canonical_name, given_names
from safepassage.core.register.scripts import (
    CYRILLIC,
    LATIN,
    OTHER,
    coarse_key,
    fold,
    has_mixed_scripts,
    mend_homoglyphs,
    script_of,
    sound_key,
    sound_keys,
)

CYRILLIC_WORDS = st.text("абвгґдеєжзиіїйклмнопрстуфхцчшщьюяёыэъ", min_size=1, max_size=14)
ANY_WORDS = st.text(st.characters(categories=["L", "Mn"]), min_size=1, max_size=14)


@pytest.mark.parametrize(
    ("word", "script"), [("Іваненко", CYRILLIC), ("Ivanenko", LATIN), ("123", OTHER)]
)
def test_scripts_are_told_apart(word, script):
    assert script_of(fold(word)) == script


def test_an_imitating_letter_is_mended_towards_the_majority():
    assert mend_homoglyphs("ивaнов") == "иванов"
    assert mend_homoglyphs("ivаnov") == "ivanov"
    assert has_mixed_scripts("ивaнов")
    assert not has_mixed_scripts("иванов")


@pytest.mark.parametrize(
    ("one", "other"),
    [("Яна", "Анна"), ("Шевченко", "Левченко"), ("Жуков", "Зуков"), ("Олена", "Алина")],
)
def test_different_names_keep_different_keys(one, other):
    assert sound_key(one) != sound_key(other)


@given(CYRILLIC_WORDS)
def test_a_key_is_ascii_and_does_not_depend_on_case(word):
    assert sound_key(word).isascii()
    assert sound_key(word) == sound_key(word.lower())
    assert coarse_key(sound_key(word)).isascii()


@given(ANY_WORDS)
def test_any_word_has_keys_and_the_first_is_the_usual_one(word):
    assert sound_keys(word)[0] == sound_key(word)


@given(st.text(max_size=40))
def test_no_text_breaks_the_parser(text):
    canonical_name(text)
    canonical_name(surname=text, given_name=text)


def test_a_typing_error_in_a_given_name_is_forgiven():
    assert given_names("Татяьна") == ("Татьяна",)

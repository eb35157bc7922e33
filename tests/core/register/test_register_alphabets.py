"""Scripts: well-known names in each against their Cyrillic spelling."""

from __future__ import annotations

import pytest

from safepassage.core.register.alphabets import SCRIPTS
from safepassage.core.register.normalise import canonical_name, surname_stems
from safepassage.core.register.scripts import script_of, skeleton, sound_keys

NAMES_IN_OTHER_SCRIPTS = """
armenian Պետրոսյան Петросян, armenian Հակոբյան Акопян, armenian Սարգսյան Саргсян,
armenian Ոսկանյան Восканян, armenian Հովհաննիսյան Ованнисян, georgian ბერიძე Беридзе,
georgian კაპანაძე Капанадзе, georgian გელაშვილი Гелашвили, georgian მაისურაძე Майсурадзе,
georgian წერეთელი Церетели, arabic محمد Мухаммед, arabic أحمد Ахмед, arabic إبراهيم Ибрагим,
arabic حسن Хасан, arabic يوسف Юсуф, arabic مصطفى Мустафа, hebrew כהן Коган,
hebrew גולדשטיין Гольдштейн, hebrew משה Моше, hebrew רבינוביץ Рабинович, hebrew פרידמן Фридман,
hebrew אולגה Ольга
"""


@pytest.mark.parametrize("example", NAMES_IN_OTHER_SCRIPTS.split(","))
def test_a_name_sounds_as_it_does_in_cyrillic(example):
    name, written, cyrillic = example.split()
    script = next(each for each in SCRIPTS if each.name == name)
    assert script_of(written) == name
    if script.writes_vowels:
        assert set(surname_stems(written)) & set(surname_stems(cyrillic))
    else:
        consonants = [{skeleton(key).replace("g", "") for key in sound_keys(word)}
                      for word in (written, cyrillic)]  # fmt: skip
        assert consonants[0] & consonants[1]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_every_letter_lies_in_its_block_and_sounds_in_the_key_alphabet(script):
    for letter, sound in script.letters.items():
        assert script.first <= letter <= script.last or letter < "ɐ", letter
        assert set(sound) <= set("abcdefgijklmnoprstuvzCSZ"), (letter, sound)


def test_full_names_in_other_scripts_are_parsed():
    georgian = canonical_name("გიორგი ბერიძე")
    assert georgian.surname == surname_stems("Беридзе")[0]
    assert set(georgian.given_initial) & set(canonical_name("Беридзе Гиорги").given_initial)

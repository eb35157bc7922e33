"""Cyrillic: Russian, Ukrainian and Belarusian."""

from __future__ import annotations

from safepassage.core.register.alphabets.table import Script

SCRIPT = Script(
    name="cyrillic",
    first="Ѐ",
    last="ӿ",
    letters={
        "а": "a", "б": "b", "в": "v", "г": "g", "ґ": "g", "д": "d", "ђ": "d", "е": "e", "є": "je",
        "ж": "Z", "з": "z", "и": "i", "і": "i", "ї": "ji", "й": "j", "ј": "j", "к": "k", "л": "l",
        "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "ѕ": "z", "т": "t", "у": "u",
        "ў": "v", "ф": "f", "х": "g", "ц": "c", "ч": "C", "ш": "S", "щ": "S", "ъ": "", "ы": "i",
        "ь": "", "э": "e", "ю": "ju", "я": "ja", "ѣ": "e", "ё": "e",
        "ә": "a", "ө": "o", "ү": "u", "ұ": "u", "қ": "k", "ғ": "g", "ң": "n", "һ": "g", "җ": "dZ",
        "ӣ": "i", "ӯ": "u", "ҷ": "dZ", "ҳ": "g",
    },
    groups=(("ьо", "jo"), ("тс", "c")),
    respellings=(
        (("дз(?=[іеяёюь])", "д"),),  # Belarusian дзе is Russian де
        (("ц(?=[іяёю])", "т"),),  # Belarusian ці is Russian ти
    ),
    before=(("^дз(?=мі|ян)", "д"),),
    given_name_first=False,
)  # fmt: skip
"""Ukrainian г is romanised *h* and Russian х *kh* or *h*: all are one sound here, written g."""

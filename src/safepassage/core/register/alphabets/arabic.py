"""Arabic, with the letters that Persian, Urdu and the languages of the Caucasus add."""

from __future__ import annotations

from safepassage.core.register.alphabets.table import Script

SCRIPT = Script(
    name="arabic",
    first="\u0600",
    last="\u06ff",
    letters={
        "ا": "a", "أ": "a", "إ": "i", "آ": "a", "ب": "b", "ت": "t", "ث": "t", "ج": "dZ", "ح": "g",
        "خ": "g", "د": "d", "ذ": "d", "ر": "r", "ز": "z", "س": "s", "ش": "S", "ص": "s", "ض": "d",
        "ط": "t", "ظ": "z", "ع": "", "غ": "g", "ف": "f", "ق": "k", "ك": "k", "ک": "k", "ل": "l",
        "م": "m", "ن": "n", "ه": "g", "ة": "a", "و": "v", "ؤ": "u", "ي": "i", "ی": "i", "ى": "a",
        "ئ": "i", "ء": "", "پ": "p", "چ": "C", "ژ": "Z", "گ": "g",
    },
    respellings=(
        (("(?<=.)و", "ؤ"),),  # the letter of w is also that of u and o
        (("^ال", ""),),  # the article
        (("ه$", ""),),
    ),
    writes_vowels=False,
)  # fmt: skip

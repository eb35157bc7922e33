"""Hebrew, with the marks for foreign sounds."""

from __future__ import annotations

from safepassage.core.register.alphabets.table import Script

SCRIPT = Script(
    name="hebrew",
    first="\u05d0",
    last="\u05f4",
    letters={
        "א": "a", "ב": "v", "ג": "g", "ד": "d", "ה": "g", "ו": "v", "ז": "z", "ח": "g", "ט": "t",
        "י": "i", "כ": "k", "ך": "k", "ל": "l", "מ": "m", "ם": "m", "נ": "n", "ן": "n", "ס": "s",
        "ע": "", "פ": "p", "ף": "f", "צ": "c", "ץ": "c", "ק": "k", "ר": "r", "ש": "S", "ת": "t",
        "׳": "", "״": "",
    },
    groups=(("ג׳", "dZ"), ("ז׳", "Z"), ("צ׳", "C"), ("ץ׳", "C"), ("וו", "v"), ("יי", "i")),
    respellings=(
        (("ו", "א"),),  # the letter of v is also that of u and o
        (("ה$", ""),),
        (("(?<=.)ו(?=.)", "א"),),
    ),
    writes_vowels=False,
)  # fmt: skip

"""From a written word in any supported script to a *sound key* in a small Latin alphabet.

Two spellings of one name meet here: ``Козача``, ``Казачья`` and ``Kozacha`` end in one key although
no character of them agrees. The tables are data: another script comes in by adding rows.

The key alphabet: lower-case Latin letters, with ``Z`` for the sound of *zh*, ``C`` for *ch* and
``S`` for *sh* (and *shch*). Sources of the romanisations that the Latin rules undo: ICAO Doc 9303
part 3 section 6, the Ukrainian Cabinet resolution 55 of 2010, GOST 7.79-2000 (systems A and B; A is
ISO 9), GOST R 52535.1-2006, BGN/PCGN 1947 (Russian) and 2019 (Ukrainian), the scholarly system, and
the French and German spellings of old passports.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

CYRILLIC = "cyrillic"
LATIN = "latin"
OTHER = "other"

APOSTROPHES = dict.fromkeys(map(ord, "'`´ʹʺʼʽˈ‘’‛′\"“”„«»*"), None)

_CYRILLIC_TO_LATIN_LOOKALIKE = str.maketrans("асеоіјѕхурквнмт", "aceoijsxypkbhmt")
_LATIN_TO_CYRILLIC_LOOKALIKE = str.maketrans("aceoijsxypkbhmt", "асеоіјѕхурквнмт")
_UPPER_ONLY_LOOKALIKE = frozenset("квнмтkbhmt")
"""Pairs such as В/B that look alike as capitals only; folded because lists shout in capitals."""

_CYRILLIC_SOUND = {
    "а": "a", "б": "b", "в": "v", "г": "g", "ґ": "g", "д": "d", "ђ": "d", "е": "e", "є": "je",
    "ж": "Z", "з": "z", "и": "i", "і": "i", "ї": "ji", "й": "j", "ј": "j", "к": "k", "л": "l",
    "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "ѕ": "z", "т": "t", "у": "u",
    "ў": "v", "ф": "f", "х": "g", "ц": "c", "ч": "C", "ш": "S", "щ": "S", "ъ": "", "ы": "i",
    "ь": "", "э": "e", "ю": "ju", "я": "ja", "ѣ": "e", "ё": "e",
}  # fmt: skip
"""Ukrainian г is romanised *h* and Russian х *kh* or *h*: all are one sound here, written g."""

_LATIN_DIACRITIC = {
    "š": "S", "ŝ": "S", "ž": "Z", "č": "C", "ć": "C", "ś": "S", "ź": "z", "ż": "Z", "ł": "l",
    "û": "ju", "â": "ja", "ê": "je", "ß": "s", "ø": "o", "đ": "d", "ı": "i", "æ": "e", "œ": "e",
}  # fmt: skip

_LATIN_GROUPS = (
    ("schtsch", "S"), ("chtch", "S"), ("shch", "S"), ("szcz", "S"), ("stch", "S"), ("shh", "S"),
    ("tsch", "C"), ("tch", "C"), ("sch", "S"), ("dzh", "dZ"), ("sh", "S"), ("sz", "S"),
    ("zh", "Z"), ("kh", "g"), ("ch", "C"), ("cz", "C"), ("ck", "k"), ("ts", "c"), ("tz", "c"),
    ("ph", "f"), ("th", "t"), ("qu", "kv"), ("gh", "g"), ("ou", "u"), ("oo", "u"), ("gui", "gi"),
    ("gue", "ge"), ("iou", "ju"), ("you", "ju"), ("sc", "S"), ("ff", "v"), ("w", "v"), ("h", "g"),
    ("q", "k"),
)  # fmt: skip
_LATIN_GROUP = re.compile("|".join(sorted((g for g, _ in _LATIN_GROUPS), key=len, reverse=True)))
_LATIN_SOUND = dict(_LATIN_GROUPS)
_LATIN_BARE_C = re.compile("c(?=[aoulrt])")

_GLIDES = re.compile(r"[ij]+(?=[aeou])")
_GLIDE = re.compile(r"j(?=[aeiou])")
_DOUBLED = re.compile(r"(.)\1+")
_FINAL_VOWELS = re.compile(r"[aeiou]+$")
_FOLD_VOWELS = str.maketrans("oe", "ai")
_BELARUSIAN_SOFT = ((re.compile("дз(?=[іеяёюь])"), "д"), (re.compile("ц(?=[іеяёюь])"), "т"))


def fold(text: str) -> str:
    """Return `text` in NFC, lower case, ё as е, without apostrophes and stress marks.

    Examples
    --------
    >>> fold("Соловйо\u0301в Д’Артаньян")
    'соловйов дартаньян'
    """
    text = unicodedata.normalize("NFC", text).casefold().translate(APOSTROPHES)
    return text.replace("ё", "е").replace("\u0301", "")


def script_of(word: str) -> str:
    """Return the script that most letters of `word` are in: cyrillic, latin or other."""
    cyrillic = sum("Ѐ" <= letter <= "ӿ" for letter in word)
    latin = sum(letter < "ɐ" and letter.isalpha() for letter in word)
    if not cyrillic and not latin:
        return OTHER
    return CYRILLIC if cyrillic >= latin else LATIN


def mend_homoglyphs(word: str) -> str:
    """Return a folded word with letters of the wrong script replaced by those they imitate.

    Examples
    --------
    >>> mend_homoglyphs("ивaнeнко") == "иваненко"  # Latin a and e inside
    True
    """
    if word.isascii():
        return word
    if script_of(word) == CYRILLIC:
        return word.translate(_LATIN_TO_CYRILLIC_LOOKALIKE)
    return word.translate(_CYRILLIC_TO_LATIN_LOOKALIKE)


def has_mixed_scripts(word: str) -> bool:
    """Return whether a word holds both Cyrillic and Latin letters."""
    return any("Ѐ" <= c <= "ӿ" for c in word) and any(c < "ɐ" and c.isalpha() for c in word)


@lru_cache(maxsize=200_000)
def sound_key(word: str) -> str:
    """Return how a folded word sounds, the same for every script and romanisation.

    Parameters
    ----------
    word
        One word. Letters of unsupported scripts are kept as they are.

    Examples
    --------
    >>> {sound_key(w) for w in ("Євген", "Yevhen", "Ievgen", "Evgen")}
    {'evgen'}
    """
    word = mend_homoglyphs(fold(word))
    sound = _latin_sound(word) if script_of(word) == LATIN else _cyrillic_sound(word)
    return _smooth(sound)


@lru_cache(maxsize=200_000)
def sound_keys(word: str) -> tuple[str, ...]:
    """Return :func:`sound_key` first, then what else a Latin spelling may stand for.

    ``x`` is *ks* (Alexander) or, in GOST 7.79 B, *kh* (Xarchenko); ``ch`` is also *kh* in the
    scholarly system and *sh* in French; ``j`` is also *zh* in French.

    Examples
    --------
    >>> sound_key("Харченко") in sound_keys("Xarchenko")
    True
    """
    first = sound_key(word)
    folded = mend_homoglyphs(fold(word))
    if script_of(folded) != LATIN:
        return (first,)
    others = (_smooth(_latin_sound(respelt)) for respelt in _respellings(folded))
    return tuple(dict.fromkeys((first, *others)))


def coarse_key(sound: str) -> str:
    """Return a sound key with o/a and e/i folded and final vowels dropped.

    Examples
    --------
    >>> coarse_key(sound_key("Козача")) == coarse_key(sound_key("Казачья"))
    True
    """
    stem = _FINAL_VOWELS.sub("", sound)
    return _DOUBLED.sub(r"\1", (stem if len(stem) > 1 else sound).translate(_FOLD_VOWELS))


def _respellings(word: str) -> list[str]:
    found = [word.replace("x", "kh")] if "x" in word else []
    found += [word.replace("j", "zh")] if re.search("j[aeiouy]", word) else []
    found += [re.sub("z(?!h)", "ts", word)] if re.search("z(?!h)", word) else []
    if "ch" in word and "tch" not in word and "sch" not in word and "shch" not in word:
        found += [word.replace("ch", "kh"), word.replace("ch", "sh")]
    if re.search("c(?!h)", word):
        found += [re.sub("c(?!h)", "k", word), re.sub("c(?!h)", "ts", word)]
    return found


def _cyrillic_sound(word: str) -> str:
    if "ў" in word or "дз" in word:
        for pattern, plain in _BELARUSIAN_SOFT:
            word = pattern.sub(plain, word)
    word = word.replace("ьо", "йо").replace("тс", "ц")
    return "".join(_CYRILLIC_SOUND.get(letter, letter) for letter in word)


def _latin_sound(word: str) -> str:
    word = "".join(_LATIN_DIACRITIC.get(letter, letter) for letter in word)
    word = "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))
    word = _LATIN_BARE_C.sub("k", word)
    word = _LATIN_GROUP.sub(lambda found: _LATIN_SOUND[found.group()], word)
    return word.replace("x", "ks").replace("SC", "S").replace("y", "i")


def _smooth(sound: str) -> str:
    sound = _GLIDES.sub("j", sound).replace("jo", "e")
    first = "j" if sound[:2] in {"ja", "ju"} else ""  # Яна is not Анна, but Єва is Ева
    sound = first + _GLIDE.sub("", sound).replace("j", "i")
    sound = _DOUBLED.sub(r"\1", sound)
    return re.sub(r"(?<=.{2})i$", "", sound)

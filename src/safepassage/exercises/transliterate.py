"""Russian and Ukrainian in Latin letters, as the published tables and old habits have it.

Written from the published standards, to make lists as untidy as real ones. The register's linker
has its own tables; nothing here is shared with it.

Sources: ICAO Doc 9303 part 3 section 6 (Russian passports since 2013); Order 310 of the Ministry of
the Interior of Russia, 1997; BGN/PCGN 1947 system for Russian; GOST 7.79-2000 system B; GOST
16876-71 table 1; French spelling of Soviet foreign passports before 1997; German Duden usage;
Ukrainian passports: Cabinet of Ministers Resolution 55 of 27 January 2010.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

VOWELS = frozenset("аеёиоуыэюяєії")
_SOFTENED = VOWELS | frozenset("ьъ'’")

_COMMON = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "e", "ж": "zh", "з": "z",
    "и": "i", "й": "i", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r",
    "с": "s", "т": "t", "у": "u", "ф": "f", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh",
    "щ": "shch", "ъ": "", "ы": "y", "ь": "", "э": "e", "ю": "yu", "я": "ya",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class System:
    """One way of writing Cyrillic in Latin letters.

    Parameters
    ----------
    letters
        Lower-case letter to Latin.
    opening
        What differs at the start of a word and after a vowel or a sign, e.g. ``е`` to ``ye``.
    endings
        (Cyrillic ending, Latin ending) pairs, tried before the letters.
    start_only
        True when `opening` holds at the start of a word alone.
    """

    name: str
    letters: Mapping[str, str]
    opening: Mapping[str, str] = field(default_factory=dict)
    endings: tuple[tuple[str, str], ...] = ()
    start_only: bool = False


ICAO = System("icao_9303", {**_COMMON, "ъ": "ie", "ю": "iu", "я": "ia"})
PASSPORT_1997 = System(
    "russian_passport_1997",
    {**_COMMON, "й": "y"},
    opening={"е": "ye", "ё": "ye"},
    endings=(("ий", "iy"), ("ый", "yy")),
)
BGN_PCGN = System(
    "bgn_pcgn_1947",
    {**_COMMON, "ё": "yo", "й": "y", "ь": "'"},
    opening={"е": "ye"},
)
GOST_7_79_B = System(
    "gost_7_79_b",
    {
        **_COMMON,
        "ё": "yo",
        "й": "j",
        "х": "x",
        "ц": "c",
        "щ": "shh",
        "ь": "'",
        "ы": "y'",
        "э": "e'",
    },
)
SCHOLARLY = System(
    "gost_16876",
    {
        **_COMMON, "ё": "ë", "ж": "ž", "й": "j", "х": "h", "ц": "c", "ч": "č", "ш": "š",
        "щ": "šč", "ь": "'", "э": "è", "ю": "ju", "я": "ja",
    },
)  # fmt: skip
FRENCH = System(
    "french_passport",
    {
        **_COMMON, "ж": "j", "у": "ou", "ч": "tch", "ш": "ch", "щ": "chtch", "ю": "iou", "я": "ia",
        "й": "i",
    },
    endings=(("ин", "ine"), ("ын", "yne")),
)  # fmt: skip
GERMAN = System(
    "german",
    {
        **_COMMON, "в": "w", "ё": "jo", "ж": "sch", "з": "s", "х": "ch", "ц": "z", "ч": "tsch",
        "ш": "sch", "щ": "schtsch", "ю": "ju", "я": "ja", "й": "i",
    },
    opening={"е": "je"},
    start_only=True,
)  # fmt: skip
CHAT = System(
    "chat",
    {**_COMMON, "ё": "e", "ж": "zh", "й": "y", "х": "h", "ц": "c", "щ": "sh", "ю": "u", "я": "ya"},
    endings=(("ий", "iy"), ("ый", "iy")),
)
UKRAINIAN_2010 = System(
    "ukrainian_2010",
    {
        **_COMMON, "г": "h", "ґ": "g", "е": "e", "є": "ie", "и": "y", "і": "i", "ї": "i", "й": "i",
        "ю": "iu", "я": "ia", "'": "", "’": "",
    },
    opening={"є": "ye", "ї": "yi", "й": "y", "ю": "yu", "я": "ya"},
    start_only=True,
)  # fmt: skip

RUSSIAN_SYSTEMS = (
    ICAO, PASSPORT_1997, BGN_PCGN, GOST_7_79_B, SCHOLARLY, FRENCH, GERMAN, CHAT,
)  # fmt: skip


def transliterate(text: str, system: System) -> str:
    """Write `text` in Latin letters by `system`; what is not Cyrillic stays as it is.

    Examples
    --------
    >>> transliterate("Юрий Ершов", PASSPORT_1997)
    'Yuriy Yershov'
    >>> transliterate("Щукина", SCHOLARLY)
    'Ščukina'
    """
    return "".join(_word(word, system) for word in _words(text))


def russian_to_ukrainian(name: str) -> str:
    """Write a Russian surname as a Ukrainian office would (Orthography 2019, section 144).

    Examples
    --------
    >>> russian_to_ukrainian("Ковалёв")
    'Ковальов'
    >>> russian_to_ukrainian("Никитин")
    'Нікітін'
    >>> russian_to_ukrainian("Заболоцкий")
    'Заболоцький'
    """
    stem, ending = _split_adjective(name)
    lowered = stem.lower()
    letters = (_ukrainian_letter(lowered, index) for index in range(len(lowered)))
    return _cased(stem, "".join(letters)) + ending


def _words(text: str) -> list[str]:
    words: list[str] = [""]
    for letter in text:
        joins = bool(words[-1]) and _of_a_word(words[-1][-1]) == _of_a_word(letter)
        if joins:
            words[-1] += letter
        else:
            words.append(letter)
    return words


def _of_a_word(letter: str) -> bool:
    return letter.isalpha() or letter in "'’"


def _word(word: str, system: System) -> str:
    lowered = word.lower()
    for ending, latin in system.endings:
        if lowered.endswith(ending) and len(lowered) > len(ending):
            return _cased(word, _letters(lowered[: -len(ending)], system) + latin)
    return _cased(word, _letters(lowered, system))


def _letters(word: str, system: System) -> str:
    return "".join(_letter(word, index, system) for index in range(len(word)))


def _letter(word: str, index: int, system: System) -> str:
    letter = word[index]
    opens = index == 0 or (not system.start_only and word[index - 1] in _SOFTENED)
    table = system.opening if opens and letter in system.opening else system.letters
    return table.get(letter, letter)


def _cased(source: str, result: str) -> str:
    if source.isupper() and len(source) > 1:
        return result.upper()
    return result[:1].upper() + result[1:] if source[:1].isupper() else result


_ADJECTIVES = (
    ("ский", "ський"), ("цкий", "цький"), ("ская", "ська"), ("цкая", "цька"),
    ("ый", "ий"), ("ая", "а"), ("ой", "ой"),
)  # fmt: skip
_HUSHING = frozenset("жчшщц")


def _split_adjective(name: str) -> tuple[str, str]:
    for russian, ukrainian in _ADJECTIVES:
        if name.endswith(russian):
            return name[: -len(russian)], ukrainian
    return name, ""


def _ukrainian_letter(word: str, index: int) -> str:
    rule = _RULES.get(word[index])
    return rule(word, index) if rule else word[index]


def _ukrainian_e(word: str, index: int) -> str:
    after = word[index - 1] if index else ""
    in_suffix = word[index:] in {"ев", "еев"} and after not in _HUSHING
    return "є" if not after or after in _SOFTENED or in_suffix else "е"


def _ukrainian_yo(word: str, index: int) -> str:
    after = word[index - 1] if index else ""
    if after in _HUSHING:
        return "о"
    return "йо" if not after or after in _SOFTENED else "ьо"


def _ukrainian_soft(word: str, index: int) -> str:
    return "" if word[index + 1 : index + 2] == "ё" else "ь"


def _ukrainian_i(word: str, index: int) -> str:
    after = word[index - 1] if index else ""
    return "и" if after in _HUSHING else "ї" if after in VOWELS else "і"


_RULES: dict[str, Callable[[str, int], str]] = {
    "е": _ukrainian_e,
    "ё": _ukrainian_yo,
    "и": _ukrainian_i,
    "ь": _ukrainian_soft,
    "ы": lambda _word, _index: "и",
    "э": lambda _word, _index: "е",
    "ъ": lambda _word, _index: "'",
}

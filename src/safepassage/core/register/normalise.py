"""From names as written to canonical names: parsing, dictionaries, gender-neutral stems.

Originals are never replaced; a canonical name stands beside them and only for comparison.
Rules: ``docs/spec/01-register.md`` §8 to §15.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from safepassage.core.register import names_data
from safepassage.core.register.scripts import (
    coarse_key,
    fold,
    sound_key,
    sound_keys,
)
from safepassage.core.register.types import Sex

_PATRONYMIC = re.compile(r"(?:[oei]viC|(?<=[lmtkv])iC|[oei]vna|iCna)$")
_PATRONYMIC_TAIL = re.compile(r"(?:oviC|eviC|iviC|viC|iC|ovna|evna|ivna|iniCna|iCna)$")
_FEMALE_PATRONYMIC = re.compile(r"(?:vna|Cna)$")
_MALE_PATRONYMIC = re.compile(r"(?:viC|iC)$")
_FEMALE_SURNAME = re.compile(r"(?:(?:ov|ev|iv|in)a|sk?aa?|cka|ska)$")
_MALE_SURNAME = re.compile(r"(?:(?<=.)(?:ov|ev|in)|sk|ck)$")
_FAMILY_NAME_END = re.compile(
    r"(?:enko|ov|ova|ev|eva|in|ina|sk|ska|skaa|ck|cka|Cuk|uk|Sin|ko|ec|ak|eZ|ug|ig|iSin|iSina|ar)$"
)
_FINAL_VOWELS = re.compile(r"[aeiou]+$")
_WORD = re.compile(r"[^\W\d_]+(?:['’ʼ`´][^\W\d_]+)*\.?")
_BRACKETS = re.compile(r"[(\[]([^)\]]*)[)\]]")
_TYPING_ERROR_MIN_LENGTH = 5


@dataclass(frozen=True, slots=True)
class NameParts:
    """A name as written, split.

    Parameters
    ----------
    given, patronymic
        One word each, or an initial without its dot; empty where absent.
    surnames
        The surname first, then its halves and earlier surnames.
    """

    surnames: tuple[str, ...] = ()
    given: str = ""
    patronymic: str = ""


@dataclass(frozen=True, slots=True)
class CanonicalName:
    """What is compared in the place of a name.

    Parameters
    ----------
    surname
        Gender-neutral sound stem; empty where unknown.
    surname_keys
        `surname`, other readings of a romanisation, halves of a double name, earlier surnames.
    given
        Sound key of the given name as written, its everyday form included.
    given_set
        Full names that it may stand for; a name of no dictionary stands for itself.
    given_initial, patronymic_initial
        First sounds that the name may begin with, also where only an initial is written.
    father
        Father's names that the patronymic may come from.
    sex
        As the name's endings say.
    """

    surname: str = ""
    surname_keys: tuple[str, ...] = ()
    given: str = ""
    given_set: tuple[str, ...] = ()
    given_initial: tuple[str, ...] = ()
    father: tuple[str, ...] = ()
    patronymic_initial: tuple[str, ...] = ()
    sex: Sex = Sex.UNKNOWN


def canonical_name(
    full_name: str = "",
    surname: str = "",
    given_name: str = "",
    patronymic: str = "",
    sex: Sex = Sex.UNKNOWN,
    maiden_name: str = "",
) -> CanonicalName:
    """Return the canonical name of what a record says, in one column or in several.

    Parameters
    ----------
    sex
        As recorded; tells apart what an everyday form (Саша, Женя) stands for.
    maiden_name
        Earlier surnames, as written; they count as other readings of the surname.

    Examples
    --------
    >>> one = canonical_name("Іваненко Женя Петрович")
    >>> other = canonical_name(surname="IVANENKO", given_name="Yevhen", patronymic="Petrovych")
    >>> one.surname == other.surname, set(one.given_set) & set(other.given_set), one.father
    (True, {'Евгений'}, ('Пётр',))
    """
    parts = parse_name(full_name, surname, given_name, patronymic)
    return _canonical(_with_earlier(parts, _words(maiden_name)) if maiden_name else parts, sex)


def parse_name(
    full_name: str = "", surname: str = "", given_name: str = "", patronymic: str = ""
) -> NameParts:
    """Split a name in any order of its parts; swapped columns are put right.

    Examples
    --------
    >>> parse_name("Мария Ивановна Петренко (Сидоренко)")
    NameParts(surnames=('Петренко', 'Сидоренко'), given='Мария', patronymic='Ивановна')
    """
    if full_name and not (surname and given_name):
        return _parse_full(" ".join(filter(None, (surname, full_name, given_name, patronymic))))
    if given_name and not surname:
        return _parse_full(f"{given_name} {patronymic}")
    return _parse_columns(surname, given_name, patronymic)


@lru_cache(maxsize=100_000)
def given_names(word: str) -> tuple[str, ...]:
    """Return the full names that a given name or everyday form may stand for, sorted.

    Falls back on names one typing error away, then on the word's own sound key.

    Examples
    --------
    >>> given_names("Саша")
    ('Александр', 'Александра')
    >>> given_names("Oleksandr")
    ('Александр',)
    """
    known = _known_given(word)
    if known:
        return known
    near = _nearest(sound_key(word), _all_sounds())
    return near or _own_keys(word)


@lru_cache(maxsize=100_000)
def father_names(word: str) -> tuple[str, ...]:
    """Return the father's names that a patronymic may come from, sorted.

    Examples
    --------
    >>> father_names("Миколаївна") == father_names("Nikolaevna") == ("Николай",)
    True
    """
    stem = _patronymic_stem(sound_key(word))
    index = _father_index()
    return index.get(stem) or _nearest(stem, index) or (stem,)


@lru_cache(maxsize=100_000)
def surname_stems(word: str) -> tuple[str, ...]:
    """Return the gender-neutral stems of one surname, the likeliest reading first.

    Examples
    --------
    >>> surname_stems("Козача")[0] == surname_stems("Казачий")[0] == surname_stems("Kazachya")[0]
    True
    """
    return tuple(dict.fromkeys(coarse_key(key) for key in sound_keys(word) if key))


def looks_like_patronymic(word: str) -> bool:
    """Return whether a word ends as patronymics do."""
    key = sound_key(word)
    return len(key) >= 4 and bool(_PATRONYMIC.search(key))


def is_given_name(word: str) -> bool:
    """Return whether the dictionary knows a word as a given name or an everyday form."""
    return _is_known_given(word)


def first_sounds(word: str) -> tuple[str, ...]:
    """Return the sounds that a given name may begin with in any language, or those of an initial.

    Examples
    --------
    >>> first_sounds("Елена")
    ('a', 'e', 'g', 'o')
    """
    return _initials(word, given_names(word) if len(word) > 1 else ())


def name_words(text: str) -> tuple[str, ...]:
    """Return the words of a name as a query: titles and marks gone, initials without dots."""
    words = [w.rstrip(".") for w in _words(text.replace("-", " "))]
    return tuple(word for word in words if word)


def sex_of(parts: NameParts) -> Sex:
    """Return the sex that patronymic, given name and surname speak for, in that order."""
    for found in (
        _sex_of_patronymic(parts.patronymic),
        _sex_of_given(parts.given),
        _sex_of_surname(parts.surnames),
    ):
        if found is not Sex.UNKNOWN:
            return found
    return Sex.UNKNOWN


# ------------------------------------------------------------------------------------ canonical


def _canonical(parts: NameParts, recorded: Sex) -> CanonicalName:
    keys = tuple(
        dict.fromkeys(k for name in parts.surnames for k in surname_stems(name) if not _short(name))
    )
    sex = recorded if recorded is not Sex.UNKNOWN else sex_of(parts)
    given_set = _full_names(parts.given, sex)
    father = father_names(parts.patronymic) if len(parts.patronymic) > 1 else ()
    return CanonicalName(
        surname=keys[0] if keys else "",
        surname_keys=keys,
        given=sound_key(parts.given) if len(parts.given) > 1 else "",
        given_set=given_set,
        given_initial=_initials(parts.given, given_set),
        father=father,
        patronymic_initial=_initials(parts.patronymic, father),
        sex=sex,
    )


def _short(name: str) -> bool:
    return len(name.rstrip(".")) < 2


def _full_names(given: str, sex: Sex) -> tuple[str, ...]:
    if len(given) < 2:
        return ()
    names = given_names(given)
    fitting = tuple(n for n in names if sex is Sex.UNKNOWN or _sex_by_name().get(n, sex) is sex)
    return fitting or names


def _initials(word: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the first sounds of a name in every language (Елена: e, o), or of an initial."""
    if len(word) == 1 and fold(word) in _ANY_GLIDE:
        return _GLIDE_SOUNDS
    sounds = {_first_sound(key) for key in sound_keys(word) if key}
    sounds |= {first for name in names for first in _initials_by_name().get(name, ())}
    return tuple(sorted(sounds))


_ANY_GLIDE = frozenset("yij")
_GLIDE_SOUNDS = ("e", "i", "ja", "ju")
"""A Latin Y. or I. may stand for Yevhen, Ivan, Yana or Yurii."""


def _first_sound(key: str) -> str:
    return key[:2] if key[0] == "j" else key[0]


def _own_keys(word: str) -> tuple[str, ...]:
    """Return what stands for a name of no dictionary: its sounds without the last vowels."""
    return tuple(dict.fromkeys(_FINAL_VOWELS.sub("", key) or key for key in sound_keys(word)))


# -------------------------------------------------------------------------------------- parsing


def _parse_columns(surname: str, given: str, patronymic: str) -> NameParts:
    surnames, given_words = _surname_words(surname), _words(given)
    if not given_words or not surnames:
        return _parse_full(f"{surname} {given} {patronymic}")
    if not patronymic and len(given_words) > 1 and looks_like_patronymic(given_words[-1]):
        given_words, patronymic = given_words[:-1], given_words[-1]
    if _columns_are_swapped(surnames, given_words):
        surnames, given_words = tuple(given_words), [surnames[0]]
    father = _words(patronymic)
    return NameParts(surnames, given_words[0].rstrip("."), father[0].rstrip(".") if father else "")


def _columns_are_swapped(surnames: tuple[str, ...], given: list[str]) -> bool:
    return (
        len(surnames) == 1
        and len(given) == 1
        and _is_known_given(surnames[0])
        and not _is_known_given(given[0])
        and len(given[0].rstrip(".")) > 2
    )


def _surname_words(text: str) -> tuple[str, ...]:
    """Return the surname, its halves if it is double, then earlier surnames in brackets."""
    earlier = [w for inside in _BRACKETS.findall(text) for w in _words(inside)]
    words = _words(_BRACKETS.sub(" ", text))
    joined = ["".join(words)] if len(words) == 2 else []
    return tuple(dict.fromkeys((*words, *earlier, *joined)))


def _words(text: str) -> list[str]:
    found = _WORD.findall(text.replace(".", ". "))
    return [w for w in found if _plain(w) not in _DROPPED]


_DROPPED = names_data.MAIDEN_MARKS | names_data.TITLES | names_data.PARTICLES


def _plain(word: str) -> str:
    return word.rstrip(".").casefold()


def _parse_full(text: str) -> NameParts:
    earlier = [w for inside in _BRACKETS.findall(text) for w in _words(inside)]
    text, marked = _cut_maiden(_BRACKETS.sub(" ", text))
    before_comma, comma, after_comma = text.partition(",")
    if comma and after_comma.strip() and before_comma.strip():
        return _with_earlier(_parse_columns(before_comma, after_comma, ""), earlier + marked)
    hyphenated = re.sub(r"(?<=\w)\s*-\s*(?=\w)", "\u2010", text)
    words = [
        w
        for w in hyphenated.replace(".", ". ").split()
        if _plain(w) not in _DROPPED and _WORD.match(w)
    ]
    return _with_earlier(_parse_words(words), earlier + marked)


def _cut_maiden(text: str) -> tuple[str, list[str]]:
    words = text.split()
    for at, word in enumerate(words):
        if _plain(word) in names_data.MAIDEN_MARKS and at + 1 < len(words):
            return " ".join(words[:at] + words[at + 2 :]), [words[at + 1]]
    return text, []


def _with_earlier(parts: NameParts, earlier: list[str]) -> NameParts:
    surnames = tuple(dict.fromkeys((*parts.surnames, *earlier)))
    return NameParts(surnames, parts.given, parts.patronymic)


def _parse_words(words: list[str]) -> NameParts:
    initials = [w for w in words if _is_initial(w)]
    long_words = [w for w in words if not _is_initial(w)]
    if initials and long_words:
        return _parse_initials(long_words, initials)
    patronymic = _find_patronymic(long_words)
    rest = [w for i, w in enumerate(long_words) if i != patronymic]
    if not rest:
        return NameParts()
    given = _find_given(long_words, patronymic, rest)
    surnames = [w for i, w in enumerate(rest) if i != given]
    return NameParts(
        _split_hyphens(surnames),
        _unhyphen(rest[given]) if given is not None else "",
        _unhyphen(long_words[patronymic]) if patronymic is not None else "",
    )


def _is_initial(word: str) -> bool:
    """Return whether a word is an initial or an abbreviation of up to three letters (``Ив.``)."""
    return len(word.rstrip(".")) == 1 or (word.endswith(".") and len(word) <= 4)


def _parse_initials(long_words: list[str], initials: list[str]) -> NameParts:
    letters = [w[0] for w in initials]
    if len(long_words) == 1:
        return NameParts(_split_hyphens(long_words), letters[0], letters[1] if letters[1:] else "")
    given = next((i for i, w in enumerate(long_words) if _is_known_given(w)), len(long_words) - 1)
    rest = [w for i, w in enumerate(long_words) if i != given]
    return NameParts(_split_hyphens(rest), _unhyphen(long_words[given]), letters[0])


def _find_patronymic(words: list[str]) -> int | None:
    """Return where the patronymic stands; a lone word or the first of two is a surname instead."""
    found = [i for i, w in enumerate(words) if looks_like_patronymic(w)]
    if not found or len(words) < 2:
        return None
    if len(words) == 2:
        return 1 if 1 in found and _is_known_given(words[0]) else None
    after_given = [i for i in found if i > 0 and _is_known_given(words[i - 1])]
    return (after_given or found)[-1]


def _find_given(words: list[str], patronymic: int | None, rest: list[str]) -> int | None:
    """Return which of `rest` (the words without the patronymic) is the given name."""
    if len(rest) == 1:
        return 0 if patronymic is not None or _is_known_given(rest[0]) else None
    before = rest.index(words[patronymic - 1]) if patronymic else None
    scores = [_given_score(word, at, rest) + 1.0 * (at == before) for at, word in enumerate(rest)]
    return scores.index(max(scores))


def _given_score(word: str, at: int, rest: list[str]) -> float:
    """Return how much a word looks like the given name.

    Cyrillic lists write the surname first, Latin ones the given name; a surname in capitals beside
    a given name in small letters decides more, and what a dictionary knows decides most.
    """
    key = sound_key(_unhyphen(word))
    known = _how_known(_unhyphen(word))
    ending = -1.5 * bool(_FAMILY_NAME_END.search(key))
    shouted = any(w.isupper() for w in rest) and not all(w.isupper() for w in rest)
    capitals = -4.0 * (shouted and word.isupper())
    usual_place = 0.5 * (at == (0 if word.isascii() else 1))
    return known + ending + capitals + usual_place


def _how_known(word: str) -> float:
    """Return 3 for a given name as written, 2 for a Cyrillic word that only sounds like one."""
    if any(fold(word) in index for index in _written_indices()):
        return 3.0
    return (3.0 if word.isascii() else 2.0) * bool(_known_given(word))


def _unhyphen(word: str) -> str:
    return word.split("\u2010")[0].rstrip(".,")


def _split_hyphens(words: list[str]) -> tuple[str, ...]:
    parts = [half.rstrip(".,") for word in words for half in word.split("\u2010")]
    whole = ["".join(parts)] if len(parts) == 2 and any("\u2010" in w for w in words) else []
    return tuple(dict.fromkeys((*parts, *whole)))


# ----------------------------------------------------------------------------------------- sex


def _sex_of_patronymic(word: str) -> Sex:
    key = sound_key(word)
    if len(key) < 4:
        return Sex.UNKNOWN
    if _FEMALE_PATRONYMIC.search(key):
        return Sex.FEMALE
    return Sex.MALE if _MALE_PATRONYMIC.search(key) else Sex.UNKNOWN


def _sex_of_given(word: str) -> Sex:
    sexes = {_sex_by_name().get(name) for name in _known_given(word)} if len(word) > 1 else set()
    only = sexes.pop() if len(sexes) == 1 else None
    return only or Sex.UNKNOWN


def _sex_of_surname(surnames: tuple[str, ...]) -> Sex:
    key = sound_key(surnames[0]) if surnames else ""
    if _FEMALE_SURNAME.search(key):
        return Sex.FEMALE
    return Sex.MALE if len(key) > 4 and _MALE_SURNAME.search(key) else Sex.UNKNOWN


# -------------------------------------------------------------------------------- dictionaries


def _is_known_given(word: str) -> bool:
    return bool(_known_given(_unhyphen(word)))


@lru_cache(maxsize=100_000)
def _known_given(word: str) -> tuple[str, ...]:
    """Return full names by written form, else by sound; proper forms go before everyday ones."""
    written = fold(word)
    for index in _written_indices():
        if written in index:
            return index[written]
    for index in _sound_indices():
        found = {name for key in sound_keys(word) for name in index.get(key, ())}
        if found:
            return tuple(sorted(found))
    return ()


def _nearest(key: str, index: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    if len(key) < _TYPING_ERROR_MIN_LENGTH:
        return ()
    hits = process.extract(key, list(index), scorer=OSA.distance, score_cutoff=1, limit=8)
    return tuple(sorted({name for hit, _, _ in hits for name in index[hit]}))


@lru_cache(maxsize=1)
def _sound_indices() -> tuple[dict[str, tuple[str, ...]], ...]:
    """Return sound key to full names, for proper forms and for everyday forms."""
    return _indices(lambda form: sound_keys(form)[:2])


@lru_cache(maxsize=1)
def _written_indices() -> tuple[dict[str, tuple[str, ...]], ...]:
    """Return folded form to full names: what is written so is not what only sounds so."""
    return _indices(lambda form: (fold(form),))


def _indices(keys: Callable[[str], Sequence[str]]) -> tuple[dict[str, tuple[str, ...]], ...]:
    proper: dict[str, set[str]] = {}
    everyday: dict[str, set[str]] = {}
    for name, variants, forms in _rows():
        for index, written in ((proper, (name, *variants)), (everyday, forms)):
            for key in (key for form in written for key in keys(form)):
                index.setdefault(key, set()).add(name)
    return tuple({k: tuple(sorted(v)) for k, v in index.items()} for index in (proper, everyday))


@lru_cache(maxsize=1)
def _all_sounds() -> dict[str, tuple[str, ...]]:
    proper, everyday = _sound_indices()
    return {**everyday, **proper}


@lru_cache(maxsize=1)
def _father_index() -> dict[str, tuple[str, ...]]:
    """Return patronymic stem to father's names."""
    index: dict[str, set[str]] = {}
    for name, variants, _ in _rows_of(names_data.MALE):
        for form in (name, *variants):
            for key in sound_keys(form)[:2]:
                index.setdefault(_FINAL_VOWELS.sub("", key), set()).add(name)
    for line in names_data.FATHER_STEMS.replace("\n", "|").split("|"):
        name, *stems = line.split() or [""]
        for stem in stems:
            index.setdefault(_FINAL_VOWELS.sub("", sound_key(stem)), set()).add(name)
    return {key: tuple(sorted(names)) for key, names in index.items() if key}


@lru_cache(maxsize=1)
def _initials_by_name() -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for name, variants, _ in _rows():
        first = frozenset(_first_sound(sound_key(form)) for form in (name, *variants))
        found[name] = found.get(name, frozenset()) | first
    return found


@lru_cache(maxsize=1)
def _sex_by_name() -> dict[str, Sex]:
    male = {name: Sex.MALE for name, _, _ in _rows_of(names_data.MALE)}
    return {**male, **{name: Sex.FEMALE for name, _, _ in _rows_of(names_data.FEMALE)}}


def _rows() -> list[tuple[str, list[str], list[str]]]:
    return _rows_of(names_data.MALE) + _rows_of(names_data.FEMALE)


def _rows_of(table: str) -> list[tuple[str, list[str], list[str]]]:
    cells = [line.split("|") for line in table.split("\n") if line]
    return [(name, variants.split(), everyday.split()) for name, variants, everyday in cells]


def _patronymic_stem(key: str) -> str:
    return _FINAL_VOWELS.sub("", _PATRONYMIC_TAIL.sub("", key))


def folded_words(text: str) -> list[str]:
    """Return the words of `text`, folded, digits and signs dropped."""
    return [fold(word).rstrip(".") for word in _WORD.findall(text)]

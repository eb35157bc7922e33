"""What the dictionary knows of a word: the full names it may stand for, the father, the sex.

The tables: :mod:`~safepassage.core.register.names_data` (names with their variants and everyday
forms, written by hand), :mod:`~safepassage.core.register.names_stock` (rarer names, to tell a
given name from a surname). A word that neither knows stands for itself, by its sounds.
Rules: ``docs/spec/01-register.md`` §12 to §14 and ``docs/spec/01c-names.md``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from safepassage.core.register import names_data, names_stock
from safepassage.core.register.scripts import (
    fold,
    is_abjad,
    letters_key,
    skeleton,
    sound_key,
    sound_keys,
)
from safepassage.core.register.types import Sex
from safepassage.core.register.typing_errors import OneErrorIndex

_PATRONYMIC = re.compile(r"(?:[oei][vf]iC|(?<=[lmtkv])iC|[oei][vf]na|iCna|iniSna)$")
_PATRONYMIC_TAIL = re.compile(
    r"(?:[oei][vf]iC|viC|iC|[oei][vf]na|iniCna|iniSna|iCna)$"
)  # fmt: skip
_BROKEN_PATRONYMIC = re.compile(
    r"(?:.[vf]iC|[oei].iC|[oei][vf].C|[oei][vf]i.?|.[vf]na|[oei][vf].a|[oei][vf]n.?|[oei].na)$"
)
_FEMALE_PATRONYMIC = re.compile(r"(?:[vf]na|Cna|Sna)$")
_MALE_PATRONYMIC = re.compile(r"(?:viC|iC)$")
_FINAL_VOWELS = re.compile(r"[aeiou]+$")
_EVERYDAY_ENDS = re.compile(
    r"(?:oCka|eCka|enka|onka|uSka|iSka|Cik|ik|usa|uSa|una|ka|ko)$"
)  # fmt: skip
_TYPING_ERROR_MIN_LENGTH = 5
_MIN_STEM = 4
_Index = dict[str, tuple[str, ...]]
_CACHE = 200_000


@lru_cache(maxsize=_CACHE)
def given_names(word: str) -> tuple[str, ...]:
    """Return the full names that a given name or everyday form may stand for, sorted.

    Both halves of a double name count. A word of no dictionary stands for names one typing error
    away and for its own sounds, with and without the ending of an everyday form.

    Examples
    --------
    >>> given_names("Саша")
    ('Александр', 'Александра')
    >>> given_names("Oleksandr")
    ('Александр',)
    >>> given_names("Анна-Мария")
    ('Анна', 'Мария')
    """
    halves = word.split("-")
    if len(halves) > 1:
        return tuple(dict.fromkeys(name for half in halves if half for name in given_names(half)))
    known = _full_names(word) or _stock_names(word)
    return known or tuple(dict.fromkeys((*_nearest_names(word), *_own_keys(word))))


@lru_cache(maxsize=_CACHE)
def father_names(word: str) -> tuple[str, ...]:
    """Return the father's names that a patronymic may come from, sorted.

    Examples
    --------
    >>> father_names("Миколаївна") == father_names("Nikolaevna") == ("Николай",)
    True
    >>> father_names("Тимур")
    ('Тимур',)
    """
    if not looks_like_patronymic(word):
        return given_names(word)
    stems = tuple(dict.fromkeys(_patronymic_stem(key) for key in sound_keys(word)))
    index = _father_index()
    for stem in stems:
        if stem in index:
            return index[stem]
    return tuple(dict.fromkeys((*_nearest(stems[0], *_father_sounds()), *stems)))


def everyday_names(word: str) -> tuple[str, ...]:
    """Return the full names that a word is an everyday form of, whatever proper name it also is."""
    everyday = _written_indices()[1], _sound_indices()[1]
    return everyday[0].get(fold(word), ()) or everyday[1].get(sound_key(word), ())


def is_given_name(word: str) -> bool:
    """Return whether the dictionary knows a word as a given name or an everyday form."""
    return any(_full_names(half) or _stock_names(half) for half in word.split("-"))


@lru_cache(maxsize=_CACHE)
def how_known(word: str) -> float:
    """Return 3 for a given name as written, less for a word that only sounds like one."""
    word = word.split("-")[0]
    if any(fold(word) in index for index in _written_indices()):
        return 3.0
    if _full_names(word):
        return 3.0 if word.isascii() else 2.0
    return 2.5 if _stock_names(word) else 0.0


@lru_cache(maxsize=_CACHE)
def looks_like_patronymic(word: str) -> bool:
    """Return whether a word ends as patronymics do."""
    key = sound_key(word)
    return len(key) >= 4 and bool(_PATRONYMIC.search(key))


@lru_cache(maxsize=_CACHE)
def may_be_patronymic(word: str) -> bool:
    """Return whether a word ends as patronymics do but for one letter."""
    key = letters_key(word)
    return len(key) >= 6 and bool(_BROKEN_PATRONYMIC.search(key)) and not is_given_name(word)


@lru_cache(maxsize=_CACHE)
def forms_of(name: str) -> tuple[str, ...]:
    """Return the letters of every form that the dictionary knows of a full name."""
    return _forms_by_name().get(name, ())


@lru_cache(maxsize=_CACHE)
def first_sounds(word: str) -> tuple[str, ...]:
    """Return the sounds that a given name may begin with in any language, or those of an initial.

    Examples
    --------
    >>> first_sounds("Елена")
    ('a', 'e', 'g', 'o')
    """
    return initials_of(word, given_names(word) if len(word) > 1 else ())


def initials_of(word: str, names: Sequence[str]) -> tuple[str, ...]:
    """Return the first sounds of a word and of the names it stands for (Елена: a, e, g, o)."""
    sounds = set(_sounds_of_initial(word[:1]))
    if len(word) > 1:
        sounds = {_first_sound(key) for key in sound_keys(word) if key}
        sounds |= {"i"} if fold(word[0]) in _ANY_GLIDE else set()
    sounds |= {first for name in names for first in _initials_by_name().get(name, ())}
    return tuple(sorted(sounds))


@lru_cache(maxsize=_CACHE)
def _sounds_of_initial(letter: str) -> tuple[str, ...]:
    """Return the sounds that a name may begin with whose initial is so written (K: k, kh)."""
    folded = fold(letter)
    if folded in _INITIALS:
        return tuple(_INITIALS[folded])
    return tuple({_first_sound(key) for key in sound_keys(letter) if key})


@lru_cache(maxsize=_CACHE)
def sex_of_given(word: str) -> Sex:
    """Return the sex of all names that a word may stand for; unknown where they differ."""
    names = (_full_names(word) or _stock_names(word)) if len(word) > 1 else ()
    sexes = {sex_by_name().get(name) for name in names}
    only = sexes.pop() if len(sexes) == 1 else None
    return only or Sex.UNKNOWN


@lru_cache(maxsize=_CACHE)
def sex_of_patronymic(word: str) -> Sex:
    """Return the sex that the ending of a patronymic shows."""
    key = sound_key(word)
    if len(key) < 4:
        return Sex.UNKNOWN
    if _FEMALE_PATRONYMIC.search(key):
        return Sex.FEMALE
    return Sex.MALE if _MALE_PATRONYMIC.search(key) else Sex.UNKNOWN


@lru_cache(maxsize=1)
def sex_by_name() -> dict[str, Sex]:
    """Return the sex of every full name of the dictionary."""
    male = [name for name, _, _ in _rows_of(names_data.MALE)] + names_stock.MALE.split()
    female = [name for name, _, _ in _rows_of(names_data.FEMALE)] + names_stock.FEMALE.split()
    return dict.fromkeys(male, Sex.MALE) | dict.fromkeys(female, Sex.FEMALE)


# ---------------------------------------------------------------------------------- looking up


@lru_cache(maxsize=_CACHE)
def _full_names(word: str) -> tuple[str, ...]:
    """Return full names by written form, else by sound; proper forms go before everyday ones."""
    written = fold(word)
    for index in _written_indices():
        if written in index:
            return index[written]
    if is_abjad(word):
        return _by_consonants(word)
    for index in _sound_indices():
        found = {name for key in sound_keys(word) for name in index.get(key, ())}
        if found:
            return tuple(sorted(found))
    return ()


@lru_cache(maxsize=_CACHE)
def _stock_names(word: str) -> tuple[str, ...]:
    """Return rarer names that sound like the word."""
    index = _stock_index()
    return tuple(sorted({name for key in sound_keys(word) for name in index.get(key, ())}))


def _by_consonants(word: str) -> tuple[str, ...]:
    index = _skeleton_index()
    found = {name for key in sound_keys(word) for name in index.get(skeleton(key), ())}
    return tuple(sorted(found))


def _nearest_names(word: str) -> tuple[str, ...]:
    key = sound_key(word)
    everyday = _EVERYDAY_ENDS.search(key)
    if everyday and everyday.start() >= _MIN_STEM:
        found = _all_sounds()[0].get(key[: everyday.start()], ())
        if found:
            return found
    return _nearest(key, *_all_sounds())


def _nearest(key: str, index: _Index, errors: OneErrorIndex) -> tuple[str, ...]:
    if len(key) < _TYPING_ERROR_MIN_LENGTH:
        return ()
    return tuple(sorted({name for near in errors.near(key) for name in index[near]}))


def _own_keys(word: str) -> tuple[str, ...]:
    """Return what stands for a name of no dictionary: its sounds without the last vowels."""
    keys = sound_keys(word)
    own = [_FINAL_VOWELS.sub("", key) or key for key in keys]
    everyday = _EVERYDAY_ENDS.search(keys[0])
    if everyday and everyday.start() >= _MIN_STEM:
        own.append(keys[0][: everyday.start()])
    return tuple(dict.fromkeys(own))


def _patronymic_stem(key: str) -> str:
    return _FINAL_VOWELS.sub("", _PATRONYMIC_TAIL.sub("", key))


_ANY_GLIDE = frozenset("yijийі")
_INITIALS = {
    "y": ("e", "i", "ja", "ju"), "i": ("e", "i", "ja", "ju"),
    "j": ("e", "i", "ja", "ju", "Z", "dZ"),
    "k": ("k", "g"), "s": ("s", "S", "z"), "z": ("z", "Z", "c"), "c": ("c", "C", "k", "S"),
    "t": ("t", "c", "C"), "x": ("g", "k"), "d": ("d",), "и": ("i", "e"), "і": ("i", "e"),
    "й": ("i", "e", "ja", "ju"), "v": ("v",), "w": ("v",),
}  # fmt: skip
"""Initials that stand for several sounds: a Latin Y. for Yevhen or Yana, a K. for Kharyton."""


def _first_sound(key: str) -> str:
    return key[:2] if key[0] == "j" else key[0]


# ------------------------------------------------------------------------------------- indices


@lru_cache(maxsize=1)
def _sound_indices() -> tuple[_Index, ...]:
    """Return sound key to full names, for proper forms and for everyday forms."""
    return _indices(lambda form: sound_keys(form)[:2])


@lru_cache(maxsize=1)
def _written_indices() -> tuple[_Index, ...]:
    """Return folded form to full names: what is written so is not what only sounds so."""
    return _indices(lambda form: (fold(form),))


def _indices(keys: Callable[[str], Sequence[str]]) -> tuple[_Index, ...]:
    proper: dict[str, set[str]] = {}
    everyday: dict[str, set[str]] = {}
    for name, variants, forms in _rows():
        for index, written in ((proper, (name, *variants)), (everyday, forms)):
            for key in (key for form in written for key in keys(form)):
                index.setdefault(key, set()).add(name)
    return _sorted_names(proper), _sorted_names(everyday)


@lru_cache(maxsize=1)
def _stock_index() -> _Index:
    index: dict[str, set[str]] = {}
    for name in (names_stock.MALE + " " + names_stock.FEMALE).split():
        index.setdefault(sound_key(name), set()).add(name)
    return _sorted_names(index)


@lru_cache(maxsize=1)
def _skeleton_index() -> _Index:
    """Return consonants to full names, for scripts that write no others."""
    index: dict[str, set[str]] = {}
    for name, variants, _ in _rows():
        for form in (name, *variants):
            index.setdefault(skeleton(sound_key(form)), set()).add(name)
    return _sorted_names({key: names for key, names in index.items() if len(key) > 1})


@lru_cache(maxsize=1)
def _all_sounds() -> tuple[_Index, OneErrorIndex]:
    proper, everyday = _sound_indices()
    every = {**everyday, **proper}
    return every, OneErrorIndex.of(every)


@lru_cache(maxsize=1)
def _father_sounds() -> tuple[_Index, OneErrorIndex]:
    return _father_index(), OneErrorIndex.of(_father_index())


@lru_cache(maxsize=1)
def _father_index() -> _Index:
    """Return patronymic stem to father's names."""
    index: dict[str, set[str]] = {}
    for name in names_stock.MALE.split():
        index[_FINAL_VOWELS.sub("", sound_key(name))] = {name}
    for name, forms in _fathers():
        for form in forms:
            for key in sound_keys(form)[:2]:
                index.setdefault(_FINAL_VOWELS.sub("", key), set()).add(name)
    return _sorted_names({key: names for key, names in index.items() if key})


def _fathers() -> list[tuple[str, tuple[str, ...]]]:
    rows = [(name, (name, *variants)) for name, variants, _ in _rows_of(names_data.MALE)]
    for line in names_data.FATHER_STEMS.replace("\n", "|").split("|"):
        name, *stems = line.split() or [""]
        rows.append((name, tuple(stems)))
    return rows


@lru_cache(maxsize=1)
def _initials_by_name() -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for name, variants, _ in _rows():
        first = frozenset(_first_sound(sound_key(form)) for form in (name, *variants))
        found[name] = found.get(name, frozenset()) | first
    return found


@lru_cache(maxsize=1)
def _forms_by_name() -> dict[str, tuple[str, ...]]:
    found: dict[str, set[str]] = {}
    for name, variants, everyday in _rows():
        found.setdefault(name, set()).update(map(letters_key, (name, *variants, *everyday)))
    return {name: tuple(sorted(forms)) for name, forms in found.items()}


def _rows() -> list[tuple[str, list[str], list[str]]]:
    return _rows_of(names_data.MALE) + _rows_of(names_data.FEMALE)


def _rows_of(table: str) -> list[tuple[str, list[str], list[str]]]:
    cells = [line.split("|") for line in table.split("\n") if line]
    return [(name, variants.split(), everyday.split()) for name, variants, everyday in cells]


def _sorted_names(index: dict[str, set[str]]) -> _Index:
    return {key: tuple(sorted(names)) for key, names in index.items()}

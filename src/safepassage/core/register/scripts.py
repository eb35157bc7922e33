"""From a written word in any supported script to a *sound key* in a small Latin alphabet.

Two spellings of one name meet here: ``Козача``, ``Казачья`` and ``Kozacha`` end in one key although
no character of them agrees. The scripts are data (:mod:`~safepassage.core.register.alphabets`):
another comes in by adding a module.

The key alphabet: lower-case Latin letters, with ``Z`` for the sound of *zh*, ``C`` for *ch* and
``S`` for *sh* (and *shch*). A key is a way to compare, never a spelling to show.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache

from safepassage.core.register.alphabets import SCRIPTS, Script

CYRILLIC = "cyrillic"
LATIN = "latin"
OTHER = "other"

APOSTROPHES = dict.fromkeys(map(ord, "'`´ʹʺʼʽˈ‘’‛′\"“”„«»*"), None)
_MARKS = re.compile("[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670]")
"""Stress and ties that NFC leaves over, Hebrew points, Arabic vowel signs and stretching."""

_CYRILLIC_TO_LATIN_LOOKALIKE = str.maketrans("асеоіјѕхурквнмт", "aceoijsxypkbhmt")
_LATIN_TO_CYRILLIC_LOOKALIKE = str.maketrans("aceoijsxypkbhmt", "асеоіјѕхурквнмт")
"""Pairs such as В/B look alike as capitals only; folded because lists shout in capitals."""

_GLIDES = re.compile(r"[ij]+(?=[aeou])")
_GLIDE = re.compile(r"j(?=[aeiou])")
_DOUBLED = re.compile(r"(.)\1+")
_LAST_I = re.compile(r"(?<=.{2})i$")
_FINAL_VOWELS = re.compile(r"[aeiou]+$")
_FOLD_VOWELS = str.maketrans("oe", "ai")
_AFTER_HUSH = re.compile("(?<=[CSZ])o")
_FAMILY_ENDING = re.compile("av(?=(?:sk|ck)?$)")
_UNDER = re.compile("^pid(?=[^aeiou])")
_NOT_CONSONANTS = re.compile("[aeiouj]")
_ALIKE_CONSONANTS = str.maketrans("bpkSC", "vfgsc")


def strip_marks(text: str) -> str:
    """Return `text` without stress marks, vowel points and stretching strokes.

    Examples
    --------
    >>> strip_marks("Соловйо\u0301в")
    'Соловйов'
    """
    return text if text.isascii() else _MARKS.sub("", text)


def fold(text: str) -> str:
    """Return `text` in NFC, lower case, ё as е, without apostrophes and stress marks.

    Examples
    --------
    >>> fold("Соловйо\u0301в Д’Артаньян")
    'соловйов дартаньян'
    """
    if not text.isascii():
        text = strip_marks(unicodedata.normalize("NFC", text))
    return text.casefold().translate(APOSTROPHES).replace("ё", "е")


def script_of(word: str) -> str:
    """Return the name of the script that most letters of `word` are in, or ``other``.

    Examples
    --------
    >>> script_of("Іваненко"), script_of("Պետրոսյան"), script_of("123")
    ('cyrillic', 'armenian', 'other')
    """
    if word.isascii():
        return LATIN if any(map(str.isalpha, word)) else OTHER
    found = _script(word)
    return found.name if found else OTHER


def is_abjad(word: str) -> bool:
    """Return whether a word's script leaves short vowels out (Arabic, Hebrew)."""
    if word.isascii():
        return False
    found = _script(word)
    return found is not None and not found.writes_vowels


def given_name_first(word: str) -> bool:
    """Return whether full names in the script of `word` usually begin with the given name."""
    found = _script(word)
    return found is None or found.given_name_first


def mend_homoglyphs(word: str) -> str:
    """Return a folded word with letters of the wrong script replaced by those they imitate.

    Examples
    --------
    >>> mend_homoglyphs("ивaнeнко") == "иваненко"  # Latin a and e inside
    True
    """
    if word.isascii() or min(word) > "ɏ" or not has_mixed_scripts(word):
        return word
    if script_of(word) == CYRILLIC:
        return word.translate(_LATIN_TO_CYRILLIC_LOOKALIKE)
    return word.translate(_CYRILLIC_TO_LATIN_LOOKALIKE)


def has_mixed_scripts(word: str) -> bool:
    """Return whether a word holds both Cyrillic and Latin letters."""
    return any("Ѐ" <= c <= "ӿ" for c in word) and any(c < "ɐ" and c.isalpha() for c in word)


def sound_key(word: str) -> str:
    """Return how a word sounds, the same for every script and romanisation.

    Parameters
    ----------
    word
        One word. Letters of unsupported scripts are kept as they are.

    Examples
    --------
    >>> {sound_key(w) for w in ("Євген", "Yevhen", "Ievgen", "Evgen")}
    {'evgen'}
    """
    return sound_keys(word)[0]


@lru_cache(maxsize=200_000)
def sound_keys(word: str) -> tuple[str, ...]:
    """Return :func:`sound_key` first, then what else the spelling may stand for.

    ``x`` is *ks* (Alexander) or, in GOST 7.79 B, *kh* (Xarchenko); ``ch`` is also *kh* in the
    scholarly system and *sh* in French; ``j`` is also *zh* in French.

    Examples
    --------
    >>> sound_key("Харченко") in sound_keys("Xarchenko")
    True
    """
    folded = mend_homoglyphs(fold(word))
    script = _script(folded)
    if script is None:
        return (_smooth(folded),)
    read = _readers()[script.name]
    first = _smooth(read(folded))
    others = [_smooth(read(respelt)) for respelt in _respellings(folded, script)]
    return tuple(dict.fromkeys((first, *others))) if others else (first,)


def _single(found: re.Match[str]) -> str:
    """Return one of a run of letters; quicker than a template, which is looked up at every call."""
    return found.group(1)


@lru_cache(maxsize=200_000)
def letters_key(word: str) -> str:
    """Return a word letter by letter in the sound alphabet: what typing errors are counted in.

    Unlike :func:`sound_key` it keeps endings and soft vowels, so that a lost letter is one letter.

    Examples
    --------
    >>> letters_key("Ковальська"), letters_key("Kovalska")
    ('kovalska', 'kovalska')
    """
    folded = mend_homoglyphs(fold(word))
    script = _script(folded)
    read = _readers()[script.name](folded) if script else folded
    return _DOUBLED.sub(_single, read.replace("j", "i"))


def coarse_key(sound: str) -> str:
    """Return a sound key as surnames are compared by: what Russian and Ukrainian spell apart, one.

    O/a and e/i are folded and final vowels dropped; -ов, -ев and -ів are one ending, під- and под-
    one beginning; о after a hushing sound is е.

    Examples
    --------
    >>> coarse_key(sound_key("Козача")) == coarse_key(sound_key("Казачья"))
    True
    >>> coarse_key(sound_key("Петрівський")) == coarse_key(sound_key("Петровская"))
    True
    """
    stem = _FINAL_VOWELS.sub("", sound)
    stem = _AFTER_HUSH.sub("e", stem if len(stem) > 1 else sound)
    stem = _UNDER.sub("pad", stem).translate(_FOLD_VOWELS)
    return _DOUBLED.sub(_single, _FAMILY_ENDING.sub("iv", stem))


@lru_cache(maxsize=65_536)
def skeleton(sound: str) -> str:
    """Return a sound key's consonants: all that an abjad writes; b/v, p/f, k/g and s/sh are one.

    Examples
    --------
    >>> skeleton(sound_key("محمد")) == skeleton(sound_key("Мухаммед"))
    True
    """
    return _DOUBLED.sub(_single, _NOT_CONSONANTS.sub("", sound).translate(_ALIKE_CONSONANTS))


def _script(word: str) -> Script | None:
    """Return the script with the most letters; Cyrillic before Latin where they are equal."""
    if word.isascii():
        return _LATIN if any(map(str.isalpha, word)) else None
    if _CYRILLIC.first <= min(word) and max(word) <= _CYRILLIC.last:
        return _CYRILLIC
    counts = [sum(s.first <= letter <= s.last for letter in word) for s in SCRIPTS]
    most = max(counts)
    return SCRIPTS[counts.index(most)] if most else None


_CYRILLIC = next(script for script in SCRIPTS if script.name == CYRILLIC)
_LATIN = next(script for script in SCRIPTS if script.name == LATIN)


def _respellings(word: str, script: Script) -> Iterator[str]:
    for pairs in _patterns()[script.name]:
        respelt = word
        for letter, pattern, replacement in pairs:
            if letter in respelt:
                respelt = pattern.sub(replacement, respelt)
        if respelt != word:
            yield respelt


_Respelling = tuple[tuple[str, re.Pattern[str], str], ...]
_LOOKAROUNDS = re.compile(r"\(\?[^)]*\)|\W")


@lru_cache(maxsize=1)
def _patterns() -> dict[str, tuple[_Respelling, ...]]:
    """Return each script's respellings; before each pattern a letter without which it cannot fit.

    That letter is the first that the pattern names outside what it only looks at.
    """
    return {
        each.name: tuple(
            tuple((_LOOKAROUNDS.sub("", old)[0], re.compile(old), new) for old, new in pairs)
            for pairs in each.respellings
        )
        for each in SCRIPTS
    }


@lru_cache(maxsize=1)
def _readers() -> dict[str, Callable[[str], str]]:
    """Return for each script the function from a folded word to its sounds, not yet smoothed."""
    return {script.name: _reader(script) for script in SCRIPTS}


def _reader(script: Script) -> Callable[[str], str]:
    groups = dict(script.groups)
    longest = sorted(groups, key=len, reverse=True)
    pattern = re.compile("|".join(longest)) if groups else None
    before = tuple((re.compile(each), new) for each, new in script.before)
    letters = str.maketrans(script.letters)

    def read(word: str) -> str:
        for each, new in before:
            word = each.sub(new, word)
        if pattern:
            word = pattern.sub(lambda found: groups[found.group()], word)
        word = word.translate(letters)
        return word if word.isascii() else _without_marks(word).translate(letters)

    return read


def _without_marks(word: str) -> str:
    parts = unicodedata.normalize("NFD", word)
    return "".join(c for c in parts if not unicodedata.combining(c))


def _smooth(sound: str) -> str:
    sound = _GLIDES.sub("j", sound).replace("jo", "e")
    first = "j" if sound[:2] in {"ja", "ju"} else ""  # Яна is not Анна, but Єва is Ева
    sound = first + _GLIDE.sub("", sound).replace("j", "i")
    sound = _DOUBLED.sub(_single, sound).replace("tC", "C").replace("tc", "c")
    return _LAST_I.sub("", sound)

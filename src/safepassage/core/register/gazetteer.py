"""From a village as written to a place of the scenario.

A village has a name in each language of the land, and lists spell it in each script. A gazetteer
holds the places' names by sound, so that ``с. Козача Локня``, ``Казачья Локня`` and ``Kozacha
Loknya`` are one place (``docs/spec/01-register.md`` §16).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import product

from rapidfuzz import process
from rapidfuzz.distance import OSA

from safepassage.core.register.normalise import folded_words
from safepassage.core.register.scripts import coarse_key, sound_key, sound_keys

_KIND_WORDS = frozenset(
    [
        "с",
        "село",
        "сел",
        "сл",
        "слобода",
        "д",
        "дер",
        "деревня",
        "х",
        "хутор",
        "хут",
        "п",
        "пос",
        "посёлок",
        "поселок",
        "пгт",
        "смт",
        "селище",
        "сит",
        "рп",
        "г",
        "гор",
        "город",
        "м",
        "місто",
        "ст",
        "станция",
        "станція",
        "village",
        "vil",
        "vill",
        "town",
        "city",
        "settlement",
        "selo",
        "gorod",
        "misto",
        "khutor",
        "poselok",
        "posyolok",
        "derevnia",
        "derevnya",
        "smt",
        "pgt",
        "the",
        "of",
        "р-н",
        "район",
        "обл",
        "область",
        "oblast",
        "raion",
        "rayon",
        "district",
        "край",
        "вул",
        "ул",
        "улица",
        "вулиця",
        "str",
        "street",
        "дом",
        "буд",
        "кв",
    ]
)
_FROM_HERE_ON = frozenset(["вул", "ул", "улица", "вулиця", "street", "str", "дом", "буд", "кв"])
_NAME_ENDINGS = ((re.compile(r"[aiu][vf]k$"), "vk"), (re.compile(r"[aiu]v$"), "v"))
"""-івка, -овка, -евка and -ів, -ов are one ending in two languages."""
_ONE_ERROR_FROM, _TWO_ERRORS_FROM = 6, 10
"""Sounds of a name from which one and two typing errors are forgiven."""
_TRANSLATED = (
    ("большой", "великий"), ("большие", "великі"), ("красный", "червоний"), ("красное", "червоне"),
    ("северный", "північний"), ("южный", "південний"), ("западный", "західний"),
    ("восточный", "східний"), ("каменный", "кам'яний"), ("октябрьский", "жовтневий"),
)  # fmt: skip
"""Words of place names that are translated, not spelled, in the other language."""


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """Places by the sound of their names.

    Parameters
    ----------
    ids
        Place key to place id; a key that two places share is left out.
    positions
        Place id to latitude and longitude in degrees (WGS 84), as far as known.
    """

    ids: dict[str, str] = field(default_factory=dict)
    positions: dict[str, tuple[float, float]] = field(default_factory=dict)
    _read_before: dict[str, str] = field(default_factory=dict, repr=False, compare=False)
    """Answers given before: lists repeat their villages."""

    def place_id(self, written: str) -> str:
        """Return the id of the place `written`, or its sound key after ``~`` if it is none of ours.

        Empty stays empty, and a shortened name that fits several places is as good as empty. One
        typing error is forgiven in names of six sounds and more, two in names of ten and more, if
        one place alone is so near.
        """
        if written not in self._read_before:
            self._read_before[written] = self._read(written)
        return self._read_before[written]

    def distance_km(self, one: str, other: str) -> float | None:
        """Return the great-circle distance between two place ids, None where one is unknown."""
        if one not in self.positions or other not in self.positions:
            return None
        return _great_circle_km(self.positions[one], self.positions[other])

    def _read(self, written: str) -> str:
        key = place_key(written)
        if not key:
            return ""
        found = self._read_otherwise(written) or self._part(written) or self._near(key)
        return found or self._of_initials(written) or self._shortened(key)

    def _read_otherwise(self, written: str) -> str:
        """Return the only place that some reading of the romanisation names."""
        return _only({self.ids[key] for key in place_keys(written) if key in self.ids})

    def _shortened(self, key: str) -> str:
        """Return the only place whose words begin so (``Каз. Локня``) or hold these words.

        Where several do, the word says nothing; where none does, it is a place of its own.
        """
        words = key.split()
        begins = {i for name, i in self.ids.items() if _begins_so(words, name.split())}
        holds = {i for name, i in self.ids.items() if set(words) <= set(name.split())}
        found = _only(begins) or _only(holds)
        return found or ("" if begins or holds else f"~{key}")

    def _of_initials(self, written: str) -> str:
        """Return the only place that fits a name with initials (``М. Локня``)."""
        letters = [_word_key(sound_key(word)) for word in folded_words(written) if len(word) == 1]
        words = place_key(written).split()
        if not letters or not words:
            return ""
        return _only({i for name, i in self.ids.items() if _fits_initials(letters, words, name)})

    def _near(self, key: str) -> str:
        """Return the only place that is nearest within the typing errors forgiven."""
        allowed = 0 if len(key) < _ONE_ERROR_FROM else 1 if len(key) < _TWO_ERRORS_FROM else 2
        if not allowed:
            return ""
        hits = process.extract(
            key, list(self.ids), scorer=OSA.distance, score_cutoff=allowed, limit=5
        )
        least = min((errors for _, errors, _ in hits), default=0)
        return _only({self.ids[hit] for hit, errors, _ in hits if errors == least})

    def _part(self, written: str) -> str:
        """Return the place named by one part (``Суджанский р-н, с. Махновка``)."""
        parts = [part for part in re.split(r"[,;(/)]", written) if part.strip()]
        if len(parts) < 2:
            return ""
        exact = {self.ids[key] for part in parts if (key := place_key(part)) in self.ids}
        return _only(exact or {found for part in parts if (found := self._near(place_key(part)))})


def place_key(written: str) -> str:
    """Return the sound of a place name without words for its kind and without an address.

    Examples
    --------
    >>> place_key("с. Козача Локня") == place_key("Kozacha Loknya") == place_key("Казачья Локня")
    True
    >>> place_key("Гончарівка") == place_key("Гончаровка")
    True
    """
    return " ".join(_word_key(sound_key(word)) for word in _name_words(written))


def place_keys(written: str) -> tuple[str, ...]:
    """Return :func:`place_key` first, then other readings of Latin spellings (Sudja, Sudscha)."""
    readings = [tuple(map(_word_key, sound_keys(word))) for word in _name_words(written)]
    every = [" ".join(words) for words in product(*readings)] if len(readings) < 4 else []
    return tuple(dict.fromkeys((place_key(written), *every)))


def _name_words(written: str) -> list[str]:
    """Return the words of the name itself, without its kind and without what follows as address."""
    words = folded_words(written)
    end = next((at for at, word in enumerate(words) if word in _FROM_HERE_ON), len(words))
    return [word for word in words[:end] if word not in _KIND_WORDS and len(word) > 1]


def build_gazetteer(
    names: Iterable[tuple[str, str]], positions: Mapping[str, tuple[float, float]] | None = None
) -> Gazetteer:
    """Return the gazetteer of (place id, name) pairs.

    Parameters
    ----------
    names
        A place may come with several names: in other languages, shorter, old and new.
    positions
        Place id to latitude and longitude in degrees (WGS 84).
    """
    owners: dict[str, set[str]] = {}
    for place_id, name in names:
        if key := place_key(name):
            owners.setdefault(key, set()).add(place_id)
    ids = {key: next(iter(each)) for key, each in owners.items() if len(each) == 1}
    return Gazetteer(ids, dict(positions or {}))


def _only(found: set[str]) -> str:
    return next(iter(found)) if len(found) == 1 else ""


def _fits_initials(letters: list[str], words: list[str], name: str) -> bool:
    """Return whether a name consists of the words and, beside them, words that begin so."""
    rest = [word for word in name.split() if word not in words]
    whole = len(rest) == len(letters) and len(name.split()) == len(words) + len(letters)
    return whole and all(any(word.startswith(first) for word in rest) for first in letters)


def _great_circle_km(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return the haversine distance on a sphere of 6,371 km."""
    (lat_a, lon_a), (lat_b, lon_b) = (tuple(map(math.radians, each)) for each in (one, other))
    half = math.sin((lat_b - lat_a) / 2) ** 2
    half += math.cos(lat_a) * math.cos(lat_b) * math.sin((lon_b - lon_a) / 2) ** 2
    return 2 * 6371.0 * math.asin(math.sqrt(half))


def _begins_so(words: list[str], name: list[str]) -> bool:
    """Return whether each word begins the name's word in its place; one by three sounds."""
    alike = len(words) == len(name) and max(map(len, words)) >= 3
    return alike and all(whole.startswith(w) for w, whole in zip(words, name, strict=True))


def _word_key(sound: str) -> str:
    key = coarse_key(sound)
    for ending, plain in _NAME_ENDINGS:
        key = ending.sub(plain, key)
    return _SAME_WORDS.get(key, key)


_SAME_WORDS = {
    coarse_key(sound_key(russian)): coarse_key(sound_key(ukrainian))
    for russian, ukrainian in _TRANSLATED
}

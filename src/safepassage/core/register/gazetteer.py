"""From a village as written to a place of the scenario.

A village has a name in each language of the land, and lists spell it in each script. A gazetteer
holds the places' names by sound, so that ``с. Козача Локня``, ``Казачья Локня`` and ``Kozacha
Loknya`` are one place (``docs/spec/01-register.md`` §16).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
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
_NAME_ENDINGS = ((re.compile(r"[aiu]vk$"), "vk"), (re.compile(r"[aiu]v$"), "v"))
"""-івка, -овка, -евка and -ів, -ов are one ending in two languages."""


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """Places by the sound of their names.

    Parameters
    ----------
    ids
        Place key to place id; a key that two places share is left out.
    """

    ids: dict[str, str] = field(default_factory=dict)

    def place_id(self, written: str) -> str:
        """Return the id of the place `written`, or its sound key after ``~`` if it is none of ours.

        Empty stays empty, and a shortened name that fits several places is as good as empty. One
        typing error is forgiven in names of six sounds and more.
        """
        key = place_key(written)
        if not key:
            return ""
        found = self._read_otherwise(written) or self._part(written) or self._near(key)
        return found or self._shortened(key)

    def _read_otherwise(self, written: str) -> str:
        """Return the only place that some reading of the romanisation names."""
        found = {self.ids[key] for key in place_keys(written) if key in self.ids}
        return found.pop() if len(found) == 1 else ""

    def _shortened(self, key: str) -> str:
        """Return the only place whose words begin so (``Каз. Локня``) or hold these words.

        Where several do, the word says nothing; where none does, it is a place of its own.
        """
        words = key.split()
        begins = {i for name, i in self.ids.items() if _begins_so(words, name.split())}
        holds = {i for name, i in self.ids.items() if set(words) <= set(name.split())}
        for found in (begins, holds):
            if len(found) == 1:
                return found.pop()
        return "" if begins or holds else f"~{key}"

    def _near(self, key: str) -> str:
        if len(key) < 6:
            return ""
        hits = process.extract(key, list(self.ids), scorer=OSA.distance, score_cutoff=1, limit=3)
        found = {self.ids[hit] for hit, _, _ in hits}
        return found.pop() if len(found) == 1 else ""

    def _part(self, written: str) -> str:
        """Return the place named by one comma-separated part (``Суджанский р-н, с. Махновка``)."""
        parts = re.split(r"[,;(/]", written)
        found = {self.ids[key] for part in parts if (key := place_key(part)) in self.ids}
        return found.pop() if len(parts) > 1 and len(found) == 1 else ""


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


def build_gazetteer(names: Iterable[tuple[str, str]]) -> Gazetteer:
    """Return the gazetteer of (place id, name) pairs; a place may come with several names."""
    owners: dict[str, set[str]] = {}
    for place_id, name in names:
        if key := place_key(name):
            owners.setdefault(key, set()).add(place_id)
    return Gazetteer({key: next(iter(ids)) for key, ids in owners.items() if len(ids) == 1})


def _begins_so(words: list[str], name: list[str]) -> bool:
    """Return whether each word begins the name's word in its place; one by three sounds."""
    alike = len(words) == len(name) and max(map(len, words)) >= 3
    return alike and all(whole.startswith(w) for w, whole in zip(words, name, strict=True))


def _word_key(sound: str) -> str:
    key = coarse_key(sound)
    for ending, plain in _NAME_ENDINGS:
        key = ending.sub(plain, key)
    return key

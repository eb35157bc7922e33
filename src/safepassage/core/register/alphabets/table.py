"""What a script's data consists of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Script:
    """How words of one script sound.

    Parameters
    ----------
    name
        Lower case, for example ``"cyrillic"``.
    first, last
        The block of code points that its letters are in, both inclusive.
    letters
        Letter to sound; an empty sound is silent. A letter without an entry stays as it is. Sounds
        are written without h, q, w, x and y.
    groups
        Letters that sound otherwise together; the longest are read first.
    respellings
        What else the letters may stand for: each is a set of (regular expression, replacement)
        pairs that belong together, tried on the folded word, and gives a further reading.
    before
        (regular expression, replacement) pairs that always apply to the folded word, in order.
    writes_vowels
        False for scripts that leave short vowels out: their words are compared by consonants.
    given_name_first
        Whether full names usually begin with the given name.
    """

    name: str
    first: str
    last: str
    letters: dict[str, str]
    groups: tuple[tuple[str, str], ...] = ()
    respellings: tuple[tuple[tuple[str, str], ...], ...] = ()
    before: tuple[tuple[str, str], ...] = ()
    writes_vowels: bool = True
    given_name_first: bool = True

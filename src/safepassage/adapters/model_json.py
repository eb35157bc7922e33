"""The trained model as a settings document: read by people, compared by ``diff``, used again.

The document is the one that Splink's own tools take, with one more section, ``safepassage``, for
what Splink does not know: the class of two members of one family, and rates by group of pairs.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from safepassage.core.register.model import GROUPS, MODEL, Field, Parameters
from safepassage.errors import Finding, InputError

SECTION = "safepassage"
_KEPT = ("m", "u", "family")


def section_of(
    parameters: Parameters, records: int, pairs_by_group: tuple[int, ...]
) -> dict[str, Any]:
    """Return what the model learned, by field and level, as JSON values.

    Rates are written per record, because the share of matches among all pairs halves when the
    number of records doubles, and the number of matches that a record has does not.

    Parameters
    ----------
    records, pairs_by_group
        What the rates were learned on.
    """
    return {
        "fields": {
            field.name: {
                level.name: {kind: getattr(parameters, kind)[at][place] for kind in _KEPT}
                for place, level in enumerate(field.levels)
            }
            for at, field in enumerate(MODEL)
        },
        "matches_a_record": _a_record(parameters.match_rate, records, pairs_by_group),
        "family_a_record": _a_record(parameters.family_rate, records, pairs_by_group),
        "learned_from_pairs": parameters.learned_from,
    }


def parameters_of(model: str, records: int, pairs_by_group: tuple[int, ...]) -> Parameters:
    """Return the parameters of a stored settings document for the records at hand.

    Raises
    ------
    InputError
        If the text is no settings document, or one of another version of the model.
    """
    section = _section(model)
    try:
        tables = {
            kind: tuple(_row(section["fields"][field.name], field, kind) for field in MODEL)
            for kind in _KEPT
        }
        match, family = (
            _rates(section[name], records, pairs_by_group)
            for name in ("matches_a_record", "family_a_record")
        )
        learned = int(section["learned_from_pairs"])
    except (KeyError, TypeError, ValueError) as problem:
        raise _unusable("is of another version of the linkage model") from problem
    return Parameters(tables["m"], tables["u"], tables["family"], match, family, learned)


def _section(model: str) -> Mapping[str, Any]:
    try:
        document = json.loads(model)
    except (ValueError, RecursionError) as problem:
        raise _unusable("is not JSON") from problem
    section = document.get(SECTION) if isinstance(document, dict) else None
    if not isinstance(section, dict):
        raise _unusable(f"has no section '{SECTION}'")
    return section


def _unusable(what: str) -> InputError:
    return InputError(
        Finding(
            f"the stored linkage model {what}; link once without it, so that it is learned anew"
        )
    )


def _row(levels: Mapping[str, Any], field: Field, kind: str) -> tuple[float, ...]:
    if set(levels) != {level.name for level in field.levels}:
        raise KeyError(field.name)
    return tuple(_share(levels[level.name][kind]) for level in field.levels)


def _share(value: Any) -> float:
    if isinstance(value, bool) or not 0.0 < float(value) <= 1.0:
        raise ValueError
    return float(value)


def _a_record(rates: tuple[float, ...], records: int, pairs: tuple[int, ...]) -> dict[str, float]:
    return _by_group(lambda at: rates[at] * max(pairs[at], 1) / max(records, 1))


def _rates(
    a_record: Mapping[str, float], records: int, pairs: tuple[int, ...]
) -> tuple[float, ...]:
    expected = tuple(float(a_record[name]) * records for name in GROUPS)
    floor = _LEAST_MATCHES / max(records, 1)
    return tuple(
        min(max(number / max(total, 1), floor), _MOST_A_RATE)
        for number, total in zip(expected, pairs, strict=True)
    )


_LEAST_MATCHES = 1e-6
_MOST_A_RATE = 0.1
"""As in training: no rate is nought, and none makes a match likely before anything was compared."""


def _by_group(value: Callable[[int], float]) -> dict[str, float]:
    return {name: value(at) for at, name in enumerate(GROUPS)}

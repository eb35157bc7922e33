"""Read ``delays.toml``, the delay model of the simulation (00-scenario §34)."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safepassage.core.convoy.types import DelayModel, Distribution
from safepassage.errors import Finding
from safepassage.scenario.areas_writer import DISTRIBUTIONS
from safepassage.scenario.cells import CellError

PROBABILITIES = ("breakdown_probability", "collapse_probability_per_window")
DISTRIBUTION_KINDS = {
    "fixed": "a",
    "lognormal": "median a, sigma b",
    "gamma": "mean a, coefficient of variation b",
    "uniform": "a to b",
}
_TEXT = "source"


def read_delays(folder: Path, path: str) -> tuple[DelayModel | None, list[Finding]]:
    """Return the delay model, or None with findings that say why there is none."""
    try:
        document = tomllib.loads((folder / path).read_bytes().decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        return None, [_finding(path, f"is not TOML in UTF-8 ({error})", None)]
    findings = _unknown(document, path)
    values: dict[str, Any] = {_TEXT: str(document.get(_TEXT, ""))}
    for name in (*PROBABILITIES, *DISTRIBUTIONS):
        read = _probability if name in PROBABILITIES else _distribution
        try:
            values[name] = read(document.get(name))
        except CellError as error:
            findings.append(_finding(path, str(error), name))
    complete = len(values) == len(PROBABILITIES) + len(DISTRIBUTIONS) + 1
    return (DelayModel(**values) if complete else None), findings


def _finding(path: str, message: str, key: str | None) -> Finding:
    return Finding(message, path, None, key, rule="00-scenario §34")


def _unknown(document: Mapping[str, Any], path: str) -> list[Finding]:
    known = (_TEXT, *PROBABILITIES, *DISTRIBUTIONS)
    message = f"is not known and was not read; accepted: {', '.join(known)}"
    return [_finding(path, message, name) for name in document if name not in known]


def _probability(value: Any) -> float:
    if not _is_amount(value) or value > 1:
        raise CellError(f"is {value!r}; accepted: a probability from 0 to 1")
    return float(value)


def _distribution(value: Any) -> Distribution:
    kinds = "; ".join(f"{kind} ({meaning})" for kind, meaning in DISTRIBUTION_KINDS.items())
    if not isinstance(value, dict) or value.get("kind") not in DISTRIBUTION_KINDS:
        raise CellError(f"has no 'kind' that is known; accepted: {kinds}")
    first, second = value.get("a"), value.get("b", 0.0)
    unknown = ", ".join(sorted(value.keys() - {"kind", "a", "b"}))
    if unknown or not _is_amount(first) or not _is_amount(second):
        raise CellError("accepted: 'kind', and 'a' and 'b' as numbers from 0")
    if value["kind"] == "uniform" and second < first:
        raise CellError(f"runs from {first} down to {second}; accepted: 'a' not above 'b'")
    if value["kind"] != "uniform" and first == 0:
        raise CellError("has 'a' 0, which would leave no time at all")
    return Distribution(value["kind"], float(first or 0), float(second))


def _is_amount(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and math.isfinite(value) and value >= 0

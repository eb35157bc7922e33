"""How many people there are, from lists that overlap: the population stage as a small library.

Examples
--------
>>> from safepassage import population
>>> table = population.table_of(("a", "b", "c"), {(1, 0, 0): 40, (0, 1, 0): 35, (0, 0, 1): 30,
...     (1, 1, 0): 12, (1, 0, 1): 10, (0, 1, 1): 8, (1, 1, 1): 3})
>>> result = population.estimate(table, methods=["chao"])
>>> result.table.observed, result.recommended.at_least
(138, 138)

The theory stands in ``docs/theory/population.md``, the rules in ``docs/spec/02-population.md``.
"""

from __future__ import annotations

from safepassage.adapters.capture_table import read_capture_table, write_capture_table
from safepassage.adapters.population_plot import population_svg
from safepassage.core.population.anchor import Anchor, anchor_estimate, calls_needed, sample_order
from safepassage.core.population.capture import capture_table, prepare, table_of
from safepassage.core.population.departed import Presumed, Unreported, present_band
from safepassage.core.population.doubly_robust import Listed, doubly_robust
from safepassage.core.population.estimate import FOR_OCCASIONS, METHODS, estimate
from safepassage.core.population.open import Area, Departures, Presence, estimate_as_of
from safepassage.core.population.pooled import pooled_band
from safepassage.core.population.recommend import recommend
from safepassage.core.population.sensitivity import (
    dial_beyond,
    dial_pairs,
    leave_one_out,
    narrowing,
    pairs_between,
)
from safepassage.core.population.simex import (
    LinkageErrors,
    errors_counted,
    without_linkage_errors,
)
from safepassage.core.population.simulate import WORLDS, World, coverage_study
from safepassage.core.population.strata import stratify
from safepassage.core.population.types import (
    CaptureTable,
    MethodEstimate,
    PopulationEstimate,
    PublicClaim,
    Recommendation,
)

__all__ = [
    "FOR_OCCASIONS",
    "METHODS",
    "WORLDS",
    "Anchor",
    "Area",
    "CaptureTable",
    "Departures",
    "LinkageErrors",
    "Listed",
    "MethodEstimate",
    "PopulationEstimate",
    "Presence",
    "Presumed",
    "PublicClaim",
    "Recommendation",
    "Unreported",
    "World",
    "anchor_estimate",
    "calls_needed",
    "capture_table",
    "coverage_study",
    "dial_beyond",
    "dial_pairs",
    "doubly_robust",
    "errors_counted",
    "estimate",
    "estimate_as_of",
    "leave_one_out",
    "narrowing",
    "pairs_between",
    "pooled_band",
    "population_svg",
    "prepare",
    "present_band",
    "read_capture_table",
    "recommend",
    "sample_order",
    "stratify",
    "table_of",
    "without_linkage_errors",
    "write_capture_table",
]

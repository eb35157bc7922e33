"""The JSON of an estimate stays what it is, number by number (times left out)."""

from __future__ import annotations

import json
from pathlib import Path

from safepassage.cli.population import estimate_document
from safepassage.core.population.capture import table_of
from safepassage.core.population.estimate import METHODS, estimate
from safepassage.core.population.types import PublicClaim

GOLDEN = Path(__file__).with_name("population.json")
TABLE = table_of(
    ("families", "intermediary", "clinic", "neighbours"),
    {(1, 0, 0, 0): 210, (0, 1, 0, 0): 180, (0, 0, 1, 0): 120, (0, 0, 0, 1): 95, (1, 1, 0, 0): 70,
     (1, 0, 1, 0): 33, (1, 0, 0, 1): 26, (0, 1, 1, 0): 30, (0, 1, 0, 1): 21, (0, 0, 1, 1): 12,
     (1, 1, 1, 0): 14, (1, 1, 0, 1): 9, (1, 0, 1, 1): 5, (0, 1, 1, 1): 4, (1, 1, 1, 1): 3},
)  # fmt: skip
CLAIM = PublicClaim("c1", "An office", "2025-02-11", "more than 1,500", 1500, None, "", "news")


def test_the_document_is_the_golden_one():
    names = [name for name in METHODS if name != "latent_classes"]
    document = estimate_document(estimate(TABLE, methods=names, occasions=True, claims=[CLAIM]))
    assert document == json.loads(GOLDEN.read_text(encoding="utf-8"))

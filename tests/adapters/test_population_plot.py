"""The picture of an estimate."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from safepassage.adapters.population_plot import band_words, population_svg
from safepassage.core.population.capture import table_of
from safepassage.core.population.estimate import estimate
from safepassage.core.population.types import PublicClaim

TABLE = table_of(
    ("a", "b", "c"),
    {(1, 0, 0): 400, (0, 1, 0): 300, (0, 0, 1): 300, (1, 1, 0): 90, (1, 0, 1): 80, (0, 1, 1): 70,
     (1, 1, 1): 25},
)  # fmt: skip
CLAIMS = (
    PublicClaim("c1", "An <office>", "2025-02-11", "more than 1,500", 1500, None, "", "news"),
    PublicClaim(
        "c2", "Residents & others", "2025-02-11", "closer to 3,000", 3000, 3000, "", "news"
    ),
    PublicClaim("c3", "Somebody", "", "many", None, None, "", "news"),
)
FAST = ["union", "chao", "chapman", "independence", "all_two_way"]
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def result():
    return estimate(TABLE, methods=FAST, claims=CLAIMS)


def test_it_is_well_formed_and_names_itself(result):
    root = ET.fromstring(population_svg(result, title="How many <remain>"))
    assert root.find(f"{SVG}title").text == "How many <remain>"
    assert "1,265 people are on at least one list" in root.find(f"{SVG}desc").text
    assert root.get("role") == "img"


def test_union_claims_band_and_methods_stand_in_that_order(result):
    root = ET.fromstring(population_svg(result))
    rows = [group for group in root.findall(f"{SVG}g") if group.get("transform")]
    firsts = [next(group.iter(f"{SVG}text")).text for group in rows]
    assert firsts[0].startswith("Union: on at")
    assert firsts[1] == "An <office>"
    assert [text.text for text in rows[1].iter(f"{SVG}text")][1] == "claim, 2025-02-11"
    assert firsts[4:6] == ["Recommended band", "Single methods: lower bounds"]
    heights = [float(group.get("transform").split(",")[1][:-1]) for group in rows]
    assert heights == sorted(set(heights))


def test_every_kind_has_its_own_shape_and_number(result):
    svg = population_svg(result)
    assert svg.count("url(#band-hatch)") == 1
    assert svg.count("<circle") == 3
    assert "1,265" in svg
    assert "no figure" in svg
    assert "no estimate (refused)" in svg


def test_nothing_is_drawn_outside_the_scale(result):
    root = ET.fromstring(population_svg(result))
    for line in root.iter(f"{SVG}line"):
        assert 0 <= float(line.get("x1")) <= float(line.get("x2")) <= 960


def test_a_table_without_a_band_is_drawn(result):
    nothing = estimate(table_of(("a", "b"), {(1, 0): 3, (0, 1): 4}))
    svg = population_svg(nothing)
    ET.fromstring(svg)
    assert "no band can be given" in svg


def test_the_band_in_words(result):
    band = replace(result.recommended, estimate=2000.0, low=1500.4, high=3000.0)
    assert band_words(band) == "1,500 to 3,000, centre 2,000"
    assert band_words(replace(band, high=float("inf"))) == "at least 1,500, no upper limit"

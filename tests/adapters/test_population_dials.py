"""The picture of the dials."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from safepassage.adapters.population_dials import dials_svg
from safepassage.core.population.capture import table_of
from safepassage.core.population.recommend import recommend
from safepassage.core.population.sensitivity import dial_beyond, dial_pairs

TABLE = table_of(
    ("a", "b", "c"),
    {(1, 0, 0): 400, (0, 1, 0): 300, (0, 0, 1): 300, (1, 1, 0): 90, (1, 0, 1): 80, (0, 1, 1): 70,
     (1, 1, 1): 25},
)  # fmt: skip
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def picture():
    turned = {"<a> and b": dial_pairs(TABLE, [("a", "b")])}
    return dials_svg(1265, recommend(TABLE, TABLE, 0.95), turned, dial_beyond(TABLE))


def test_every_setting_has_its_row_and_its_number(picture):
    root = ET.fromstring(picture)
    assert len(root.findall(f"{SVG}circle")) == 14
    texts = [text.text for text in root.iter(f"{SVG}text")]
    assert texts.count("0.1") == 2
    assert "Between <a> and b" in texts


def test_what_the_overlaps_speak_against_is_hollow_and_dashed(picture):
    root = ET.fromstring(picture)
    hollow = [one for one in root.findall(f"{SVG}circle") if one.get("fill") == "#ffffff"]
    against = [
        text.text for text in root.iter(f"{SVG}text") if (text.text or "").endswith("against")
    ]
    assert len(hollow) == len(against) > 0


def test_it_names_itself_and_stays_on_its_scale(picture):
    root = ET.fromstring(picture)
    assert root.get("role") == "img"
    assert "1,265 people are on at least one list" in root.find(f"{SVG}desc").text
    for line in root.iter(f"{SVG}line"):
        assert 0 <= float(line.get("x1")) <= float(line.get("x2")) <= 960


def test_without_a_band_nothing_is_invented():
    two = table_of(("a", "b"), {(1, 0): 15, (0, 1): 25})
    svg = dials_svg(40, recommend(two, two, 0.95), {"a and b": dial_pairs(two, [("a", "b")])}, ())
    assert "no band can be given" in svg
    assert "refused" in svg

"""A field that stands twice is refused, not silently halved."""

from __future__ import annotations

from pathlib import Path

import pytest

from safepassage.adapters.plan_json import parse_plan, read_plan
from safepassage.errors import InputError
from safepassage.scenario.strict_json import TwinFieldError, loads
from safepassage.scenario.validate import validate


def test_a_field_that_stands_twice_is_named() -> None:
    with pytest.raises(TwinFieldError, match="severity"):
        loads('{"a": [{"severity": 0.9, "severity": 0.1}]}')
    assert loads('{"a": {"b": 1}, "b": 2}') == {"a": {"b": 1}, "b": 2}


def test_the_package_is_refused_with_the_field(tiny_scenario: Path) -> None:
    path = tiny_scenario / "datapackage.json"
    path.write_text(path.read_text(encoding="utf-8").replace("{", '{"name": "x",', 1), "utf-8")
    assert "names the field 'name' twice" in str(validate(tiny_scenario)[0])


def test_a_hazard_file_with_twins_is_not_read_and_says_that_no_hazard_was(
    tiny_scenario: Path,
) -> None:
    text = '{"type": "FeatureCollection", "features": [], "features": []}'
    (tiny_scenario / "hazards.geojson").write_text(text, encoding="utf-8")
    said = "\n".join(str(finding) for finding in validate(tiny_scenario))
    assert "hazards.geojson: one object names the field 'features' twice" in said
    assert "hazards.geojson: no hazard was read" in said


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"trips": [], "trips": []}', "names the field 'trips' twice"),
        ('{"trips": [', "not JSON from line 1, column 12 on; it may be cut short"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_a_plan_that_cannot_be_read_says_why(text: str, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        parse_plan(text)


def test_a_folder_or_another_encoding_instead_of_a_plan_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot be read \(Is a directory\)"):
        read_plan(tmp_path)
    (tmp_path / "plan.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="cannot be read as UTF-8 text"):
        read_plan(tmp_path / "plan.json")

"""The reference page and the schema say the same."""

from __future__ import annotations

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from safepassage.scenario.schema import AREA_RESOURCES, RESOURCES

DOCS = Path(__file__).parents[2] / "docs"


def load_generator() -> ModuleType:
    spec = spec_from_file_location("docs_generate", DOCS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("path", sorted(load_generator().PAGES))
def test_the_page_is_what_the_code_says(path: str) -> None:
    expected = load_generator().PAGES[path]()
    assert (DOCS / path).read_text(encoding="utf-8") == expected, "run: make docs"


def test_every_column_stands_in_the_page() -> None:
    page = (DOCS / "reference/scenario.md").read_text(encoding="utf-8")
    for resource in (*RESOURCES, *AREA_RESOURCES):
        section = page.split(f"## `{resource.path}`")[1].split("\n## ")[0]
        for column in resource.columns:
            assert f"| `{column.name}` | {column.kind} |" in section

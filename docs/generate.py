"""Regenerate the reference pages from the code: ``python docs/generate.py``.

Each page is one function that returns its text; a test compares it with what stands in the folder.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from safepassage.scenario.package import OTHER_RESOURCES
from safepassage.scenario.schema import AREA_RESOURCES, RESOURCES, Column, Resource
from safepassage.scenario.types import SCHEMA_VERSION

DOCS = Path(__file__).parent


_SCENARIO_HEAD = """# Scenario files, schema version {version}

Generated from `scenario/schema.py` by `make docs`; do not edit. The rules are
[docs/spec/00-scenario.md](../spec/00-scenario.md). A column whose name starts with `x_` is carried
untouched; any other that is not listed here is refused by name. Paths are the usual ones;
`datapackage.json` may name others. Beside these there are {others}, the lists of people and the
roads; the columns of a `.geojson` file are properties of its features.

"""


def scenario_page() -> str:
    """Return ``reference/scenario.md``: every file and column of the scenario schema."""
    tables = (*RESOURCES, *AREA_RESOURCES)
    paths = [table.path for table in tables]
    others = ", ".join(f"`{path}`" for path in OTHER_RESOURCES.values() if path not in paths)
    head = _SCENARIO_HEAD.format(version=SCHEMA_VERSION, others=others)
    return head + "\n".join(_resource_section(table) for table in tables)


def _resource_section(resource: Resource) -> str:
    key = f" Key: `{resource.key}`." if resource.key else ""
    rows = "\n".join(_column_row(column) for column in resource.columns)
    return (
        f"## `{resource.path}`\n\nResource `{resource.name}`. {resource.meaning}{key}\n\n"
        f"| column | kind | needed | accepted | meaning |\n|---|---|---|---|---|\n{rows}\n"
    )


def _column_row(column: Column) -> str:
    needed = "yes" if column.required else ""
    cells = (f"`{column.name}`", column.kind, needed, _accepted(column), column.meaning)
    return f"| {' | '.join(cells)} |"


def _accepted(column: Column) -> str:
    if column.choices:
        return ", ".join(f"`{choice}`" for choice in column.choices)
    if column.refers_to:
        return f"a key of `{column.refers_to}`"
    low = "" if column.minimum is None else f"{column.minimum:.15g}"
    high = "" if column.maximum is None else f"{column.maximum:.15g}"
    return f"{low} to {high}" if high else f"from {low}" if low else ""


PAGES: dict[str, Callable[[], str]] = {"reference/scenario.md": scenario_page}
"""Path under ``docs`` to the function that returns the page."""


def main() -> None:
    """Write every page."""
    for path, page in PAGES.items():
        (DOCS / path).parent.mkdir(parents=True, exist_ok=True)
        (DOCS / path).write_text(page(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()

"""Every word of the report has a Ukrainian and a Russian text."""

import ast
import re
from pathlib import Path

import pytest

from safepassage.adapters import map_picture
from safepassage.adapters.i18n import catalogue_path, read_po
from safepassage.adapters.population_plot import METHOD_LABELS
from safepassage.adapters.report import page

FOLDER = Path(page.__file__).parent
MAPS = tuple(f"../map_{part}.py" for part in ("picture", "symbols", "panel", "content"))
PLANS = (
    "plan_words.py", "convoy_sheet.py", "convoy_pictures.py", "timetable_rows.py",
    "timetable_files.py", "timetable_pdf.py",
)  # fmt: skip


def _called(source: str) -> set[str]:
    """Return every text that a module hands to a translator, however long its line."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return {
        call.args[0].value
        for call in calls
        if getattr(call.func, "id", "") in {"_", "msg"}
        and call.args
        and isinstance(call.args[0], ast.Constant)
        and isinstance(call.args[0].value, str)
    }


def words() -> set[str]:
    template = (FOLDER / "templates" / "report.html.j2").read_text(encoding="utf-8")
    found = set(re.findall(r'_\("([^"]+)"\)', template))
    for name in ("page.py", *MAPS):
        source = (FOLDER / name).read_text(encoding="utf-8")
        found |= set(re.findall(r"""(?:\b_|translate|msg)\(\s*["']([^"']+)["']\s*\)""", source))
    for name in PLANS:
        found |= _called((FOLDER.parent / name).read_text(encoding="utf-8"))
    found |= {map_picture._DESCRIPTION}
    return found | set(METHOD_LABELS.values())


@pytest.mark.parametrize("language", ["uk", "ru"])
def test_every_message_is_translated(language: str) -> None:
    messages = read_po(catalogue_path(language, ".po").read_text(encoding="utf-8"))
    missing = sorted(word for word in words() if not messages.get(word))
    assert missing == []

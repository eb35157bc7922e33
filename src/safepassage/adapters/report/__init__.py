"""The report: one self-contained HTML page with map, timeline, queue and reasons."""

from safepassage.adapters.report.page import (
    RegisterNumbers,
    ReportInput,
    gap,
    reasons,
    register_numbers,
    render_report,
    willing,
)

__all__ = [
    "RegisterNumbers",
    "ReportInput",
    "gap",
    "reasons",
    "register_numbers",
    "render_report",
    "willing",
]

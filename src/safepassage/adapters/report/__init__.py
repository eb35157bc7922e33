"""The report: one self-contained HTML page with map, timeline, queue and reasons."""

from safepassage.adapters.report.page import ReportInput, render_report

__all__ = ["ReportInput", "render_report"]

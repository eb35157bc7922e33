"""Paper for the day: manifests, notifications of movement, calendar of windows (04a-documents)."""

from safepassage.adapters.documents.calendar import write_calendar
from safepassage.adapters.documents.manifest import write_manifests
from safepassage.adapters.documents.notification import write_notifications

__all__ = ["write_calendar", "write_manifests", "write_notifications"]

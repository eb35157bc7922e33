"""Marks that every paper carries: exercise, window not accepted, number, digest, page count."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from safepassage.adapters.documents.common import Content
from safepassage.adapters.documents.layout import Frame4
from safepassage.core.agreement.wording import msg

Words = Callable[[str], tuple[str, ...]]

EXERCISE = msg("EXERCISE: invented people. Not for use.")
NOT_ACCEPTED = msg("Window proposed, not accepted: this paper permits no movement.")


def banner_words(exercise: bool, window_states: Iterable[str], words: Words) -> tuple[str, ...]:
    """Return the red lines at the top of each page."""
    banners = [" · ".join(words(EXERCISE))] if exercise else []
    if "proposed" in window_states:
        banners.append(" · ".join(words(NOT_ACCEPTED)))
    return tuple(banners)


def page_frame(
    title: tuple[str, ...],
    document: Content,
    digest: str,
    banners: tuple[str, ...],
    words: Words,
    *,
    wide: bool,
) -> Frame4:
    """Return what stands on every page of a document."""
    return Frame4(
        title=" / ".join(title),
        number=document["number"],
        digest=digest,
        banners=banners,
        watermark=" · ".join(words(msg("EXERCISE"))) if document["exercise"] else "",
        page_words=" · ".join(words(msg("page {page} of {pages}"))),
        wide=wide,
    )


def qr_text(document: Content, digest: str) -> str:
    """Return what the QR code says: kind, number and digest, nothing else."""
    return f"safepassage:{document['kind']}:{document['number']}:sha256:{digest}"

"""The nouns of the population stage: capture tables, claims, estimates, the recommended band."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class CaptureTable:
    """Counts of persons by the lists that they are on.

    Parameters
    ----------
    lists
        List names, k of them.
    histories
        Distinct 0/1 tuples of length k, none all zero, sorted descending.
    counts
        Persons with each history, each at least 1; same length as `histories`.
    """

    lists: tuple[str, ...]
    histories: tuple[tuple[int, ...], ...]
    counts: tuple[int, ...]

    @property
    def observed(self) -> int:
        """Persons on at least one list (the union, nobody can argue with it)."""
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class PublicClaim:
    """A public figure of how many remain, shown as claimed by its speaker, never as fact.

    Parameters
    ----------
    figure_low, figure_high
        ``None`` for an open end: "more than 1,500" is low 1500, high None.
    wording
        The figure as it was said.
    definition
        What was counted (residents? present? wanting to leave?); empty if not said.
    """

    claim_id: str
    claimed_by: str
    said_on: str
    wording: str
    figure_low: int | None
    figure_high: int | None
    definition: str
    source: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class MethodEstimate:
    """What one method says.

    Parameters
    ----------
    estimate, low, high
        None when refused; `high` may be ``inf``.
    level
        Nominal coverage of the interval, e.g. 0.95.
    warnings
        Sentences for the reader.
    refused
        Reason why no number is given; empty when there is one.
    detail
        What was chosen on the way, e.g. the model ``[123,14,34]``; empty if nothing was.
    seconds
        Processor time; None where the caller gave no clock.
    """

    name: str
    estimate: float | None
    low: float | None
    high: float | None
    level: float
    warnings: tuple[str, ...] = ()
    refused: str = ""
    detail: str = ""
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Recommendation:
    """The band to be published, with what it rests on; nulls with reasons where none can be.

    Parameters
    ----------
    at_least
        The number that holds without assuming independence between lists.
    rule
        The numbered rule that chose the band.
    assumption
        The identifying assumption, by name.
    reasons
        Sentences.
    """

    estimate: float | None
    low: float | None
    high: float | None
    level: float
    at_least: int
    rule: str
    assumption: str
    reasons: tuple[str, ...]


class Position(StrEnum):
    """Where a public claim lies against the recommended band."""

    BELOW = "below"
    INSIDE = "inside"
    ABOVE = "above"
    NO_BAND = "no_band"
    NO_FIGURE = "no_figure"


@dataclass(frozen=True, slots=True)
class ComparedClaim:
    """A claim, where it lies against the band, and a sentence that says so with its definition."""

    claim: PublicClaim
    position: Position
    sentence: str


@dataclass(frozen=True, slots=True)
class PopulationEstimate:
    """Everything the population stage says about one table.

    Parameters
    ----------
    table
        As given; its union is the first thing to be shown.
    claims
        Each public claim beside the band.
    notices
        Sentences on oddities of the lists (a copy, a list that names nobody, …).
    """

    table: CaptureTable
    methods: tuple[MethodEstimate, ...]
    recommended: Recommendation
    claims: tuple[ComparedClaim, ...] = ()
    notices: tuple[str, ...] = ()

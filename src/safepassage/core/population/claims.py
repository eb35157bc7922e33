"""Public claims beside the recommended band: shown as claimed, with what was counted."""

from __future__ import annotations

from safepassage.core.population.types import (
    ComparedClaim,
    Position,
    PublicClaim,
    Recommendation,
)

_WHERE = {
    Position.BELOW: "is below the band",
    Position.INSIDE: "is inside the band",
    Position.ABOVE: "is above the band",
    Position.NO_BAND: "cannot be compared: there is no band",
    Position.NO_FIGURE: "cannot be compared: it gives no figure",
}


def compare_claim(claim: PublicClaim, band: Recommendation) -> ComparedClaim:
    """Say where a claim lies against the band, its definition beside it.

    An open claim ("more than 1,500") is placed by the figure that it names. A claim is below or
    above only if all that it names is; two claims that differ may count different people.
    """
    position = _position(claim, band)
    counted = f"counting {claim.definition}" if claim.definition else "not saying who was counted"
    said_on = claim.said_on or "on an unknown date"
    sentence = (
        f"{claim.claimed_by} ({said_on}): {claim.wording}, {counted}; this {_WHERE[position]}."
    )
    return ComparedClaim(claim, position, sentence)


def _position(claim: PublicClaim, band: Recommendation) -> Position:
    figures = [value for value in (claim.figure_low, claim.figure_high) if value is not None]
    if not figures:
        return Position.NO_FIGURE
    if band.low is None or band.high is None:
        return Position.NO_BAND
    if max(figures) < band.low:
        return Position.BELOW
    return Position.ABOVE if min(figures) > band.high else Position.INSIDE

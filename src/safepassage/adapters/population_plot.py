"""The estimate as one picture: union, claims, band and methods on one scale of persons."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

from safepassage.core.population.types import (
    ComparedClaim,
    MethodEstimate,
    PopulationEstimate,
    Recommendation,
)

METHOD_LABELS = {
    "union": "On at least one list",
    "chao": "Chao's lower bound",
    "zelterman": "Zelterman",
    "chapman": "Chapman, two lists",
    "independence": "Lists independent",
    "all_two_way": "All pairs of lists dependent",
    "loglinear_aic": "Best model by AIC",
    "loglinear_bic": "Best model by BIC",
    "aic_average": "Average of models, AIC",
    "bic_average": "Average of models, BIC",
    "shrunk": "Shrunk log-linear model",
    "mth_chao": "People differ, lower bound",
    "mth_poisson": "People differ, Poisson",
    "mth_darroch": "People differ, Darroch",
    "mth_gamma": "People differ, gamma",
    "decomposable": "Decomposable graphs",
    "sparse_stepwise": "Stepwise, sparse lists",
    "latent_classes": "Latent classes",
    "behaviour": "Listing changes people",
    "doubly_robust": "Lists alike by covariates",
    "anchor": "Drawn at random",
}
"""Names of methods for people."""

GROUPS = (
    ("Single methods: lower bounds", ("chao", "zelterman", "mth_chao")),
    ("Single methods: how lists depend on each other", (
        "chapman", "independence", "all_two_way", "loglinear_aic", "loglinear_bic", "aic_average",
        "bic_average", "shrunk", "decomposable", "sparse_stepwise", "doubly_robust",
    )),
    ("Single methods: how people differ", (
        "mth_poisson", "mth_darroch", "mth_gamma", "latent_classes", "behaviour",
    )),
)  # fmt: skip
"""Methods by what they take for granted."""
WIDTH = 960
LEFT, RIGHT = 300, 200
ROW, CLOSE_ROW, TOP = 30, 25, 96
INK, QUIET, BAND, UNION, CLAIM = "#1a1a1a", "#595959", "#0b5394", "#3d3d3d", "#7a3e00"
TICKS = 6
LONGEST = 40
"""Letters of a row's name that fit beside the scale."""
LEGEND = (
    "Bar: counted. Diamond: as claimed. Hatched: the band, thick line its centre. "
    "Dot and line: one method and its interval; an arrow goes on past the scale."
)


@dataclass(frozen=True, slots=True)
class _Scale:
    """Persons to pixels."""

    most: float

    def x(self, persons: float) -> float:
        share = min(max(persons / self.most, 0.0), 1.0)
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def beyond(self, persons: float) -> bool:
        return persons > self.most


def population_svg(result: PopulationEstimate, *, title: str = "How many people remain") -> str:
    """Draw an estimate as an SVG that stands alone.

    Every kind of row has its own shape beside its colour, every number is written out, and the
    picture carries a title and a description for screen readers.

    Parameters
    ----------
    title
        Heading of the picture.

    Returns
    -------
    str
        SVG 1.1, no scripts, fonts or links.
    """
    scale = _Scale(_most(result))
    methods = [method for method in result.methods if method.name != "union"]
    rows = [_union_row(result, scale)]
    rows += [_claim_row(claim, scale) for claim in result.claims]
    rows.append(_band_row(result.recommended, scale))
    heading = len(rows)
    for name, members in _groups(methods):
        rows.append(svg_text(16, 22, name, fill=QUIET, size=13, weight="bold"))
        rows += [_method_row(method, scale) for method in members]
    places = _places(len(rows), heading)
    height = round(places[-1]) + ROW + 60
    parts = [_head(height, title, _description(result)), _axis(scale, height)]
    parts += [
        f'<g transform="translate(0,{place:.0f})">{row}</g>'
        for place, row in zip(places, rows, strict=True)
    ]
    if methods:
        rule = places[heading] - 6
        parts.append(
            f'<line x1="16" y1="{rule:.0f}" x2="{WIDTH - 16}" y2="{rule:.0f}" stroke="{QUIET}"/>'
        )
    parts.append(_foot(result.recommended, height))
    return "\n".join(parts) + "\n</svg>\n"


def _groups(
    methods: Sequence[MethodEstimate],
) -> Iterator[tuple[str, tuple[MethodEstimate, ...]]]:
    """Yield methods by what they take for granted; those of no group come last."""
    known = {name for _, names in GROUPS for name in names}
    rest = tuple(method.name for method in methods if method.name not in known)
    for title, names in (*GROUPS, ("Other methods", rest)):
        members = tuple(method for method in methods if method.name in names)
        if members:
            yield title, members


def _places(rows: int, heading: int) -> list[float]:
    """Return the tops of the rows: what decides in full height, single methods closer together."""
    below = TOP + ROW * heading + 18
    return [
        TOP + ROW * at if at < heading else below + CLOSE_ROW * (at - heading) for at in range(rows)
    ]


def band_words(band: Recommendation) -> str:
    """Return the recommended band in words for a heading."""
    if band.estimate is None or band.low is None or band.high is None:
        return f"at least {band.at_least:,}; no band can be given"
    if math.isinf(band.high):
        return f"at least {band.low:,.0f}, no upper limit"
    return f"{band.low:,.0f} to {band.high:,.0f}, centre {band.estimate:,.0f}"


def _most(result: PopulationEstimate) -> float:
    """Return the right end of the scale: everything that decides, not the widest method."""
    band = result.recommended
    figures = [float(result.table.observed), band.high, band.estimate]
    figures += [method.estimate for method in result.methods]
    for compared in result.claims:
        figures += [compared.claim.figure_low, compared.claim.figure_high]
    known = [float(figure) for figure in figures if figure is not None and math.isfinite(figure)]
    limit = 4.0 * max(float(result.table.observed), _finite(band.high), 1.0)
    return 1.08 * min(max(known), limit)


def _finite(value: float | None) -> float:
    return value if value is not None and math.isfinite(value) else 0.0


def _head(height: int, title: str, description: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'width="{WIDTH}" height="{height}" role="img" aria-labelledby="plot-title plot-desc" '
        'font-family="Noto Sans, Segoe UI, Helvetica, Arial, sans-serif" font-size="14">\n'
        f'<title id="plot-title">{escape(title)}</title>\n'
        f'<desc id="plot-desc">{escape(description)}</desc>\n'
        '<defs><pattern id="band-hatch" width="6" height="6" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate(45)"><rect width="6" height="6" fill="#cfe2f3"/>'
        f'<line x1="0" y1="0" x2="0" y2="6" stroke="{BAND}" stroke-width="2"/></pattern></defs>\n'
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>\n'
        + svg_text(16, 34, title, size=21, weight="bold")
    )


def _description(result: PopulationEstimate) -> str:
    claims = " ".join(compared.sentence for compared in result.claims)
    return (
        f"{result.table.observed:,} people are on at least one list. {claims} "
        f"Recommended: {band_words(result.recommended)}."
    )


def _axis(scale: _Scale, height: int) -> str:
    step = _nice_step(scale.most / TICKS)
    bottom = height - 52
    parts = [svg_text(LEFT, 62, "persons", fill=QUIET, size=12)]
    for number in range(int(scale.most / step) + 1):
        x = scale.x(number * step)
        parts.append(
            f'<line x1="{x:.1f}" y1="84" x2="{x:.1f}" y2="{bottom}" stroke="#d9d9d9"/>'
            + svg_text(x, 79, f"{number * step:,.0f}", fill=QUIET, size=12, anchor="middle")
        )
    return "\n".join(parts)


def _nice_step(rough: float) -> float:
    power: float = 10.0 ** math.floor(math.log10(max(rough, 1.0)))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= max(rough, 1.0))


def _union_row(result: PopulationEstimate, scale: _Scale) -> str:
    observed = result.table.observed
    left, right = scale.x(0), scale.x(observed)
    bar = f'<rect x="{left:.1f}" y="6" width="{right - left:.1f}" height="18" fill="{UNION}"/>'
    return _label("Union: on at least one list") + bar + _value(f"{observed:,}", bold=True)


def _claim_row(compared: ComparedClaim, scale: _Scale) -> str:
    claim = compared.claim
    figures = [float(f) for f in (claim.figure_low, claim.figure_high) if f is not None]
    said_on = claim.said_on or "no date"
    label = _label(claim.claimed_by, second=f"claim, {said_on}")
    if not figures:
        return label + _value("no figure")
    marks = "".join(_diamond(scale.x(figure)) for figure in figures)
    marks += _line(scale.x(min(figures)), scale.x(max(figures)), CLAIM)
    if claim.figure_high is None:
        marks += _arrow(scale.x(max(figures)) + 8, CLAIM)
    return label + marks + _value(claim.wording)


def _band_row(band: Recommendation, scale: _Scale) -> str:
    label = _label("Recommended band", bold=True)
    if band.estimate is None or band.low is None or band.high is None:
        return label + _value("no band can be given", bold=True)
    left, right = scale.x(band.low), scale.x(band.high)
    centre = scale.x(band.estimate)
    mark = (
        f'<rect x="{left:.1f}" y="3" width="{max(right - left, 2):.1f}" height="24" '
        f'fill="url(#band-hatch)" stroke="{BAND}" stroke-width="2"/>'
        f'<line x1="{centre:.1f}" y1="0" x2="{centre:.1f}" y2="30" stroke="{INK}" '
        'stroke-width="4"/>'
    )
    if scale.beyond(band.high):
        mark += _arrow(right, BAND)
    return label + mark + _value(interval_words(band.low, band.high), bold=True)


def _method_row(method: MethodEstimate, scale: _Scale) -> str:
    label = _label(METHOD_LABELS.get(method.name, method.name))
    if method.estimate is None or method.low is None or method.high is None:
        return label + svg_text(LEFT, 20, "no estimate (refused)", fill=QUIET, size=13)
    mark = _line(scale.x(method.low), scale.x(method.high), INK)
    if scale.beyond(method.high):
        mark += _arrow(scale.x(method.high), INK)
    mark += f'<circle cx="{scale.x(method.estimate):.1f}" cy="15" r="5" fill="{INK}"/>'
    value = f"{method.estimate:,.0f} ({interval_words(method.low, method.high)})"
    return label + mark + _value(value)


def _foot(band: Recommendation, height: int) -> str:
    lines: Iterable[str] = (
        f"Recommended: {band_words(band)}"
        + (f" ({band.level:.0%} band)." if band.low is not None else "."),
        LEGEND,
    )
    return "\n".join(
        svg_text(16, height - 32 + 20 * number, line, fill=QUIET, size=13 - number)
        for number, line in enumerate(lines)
    )


def interval_words(low: float, high: float) -> str:
    """Return an interval of persons in words; an end that is infinite is said to be open."""
    return f"{low:,.0f} to {high:,.0f}" if math.isfinite(high) else f"{low:,.0f} and more"


def _label(text: str, *, second: str = "", bold: bool = False) -> str:
    """Return a row's name, and below it in small what must not be cut off."""
    short = text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
    title = f"<title>{escape(text)}</title>" if short != text else ""
    weight = "bold" if bold else "normal"
    below = svg_text(16, 26, second, fill=QUIET, size=11) if second else ""
    return (
        f"<g>{title}{svg_text(16, 13 if second else 20, short, size=13, weight=weight)}{below}</g>"
    )


def _value(text: str, *, bold: bool = False) -> str:
    return svg_text(WIDTH - RIGHT + 18, 20, text, size=12, weight="bold" if bold else "normal")


def svg_text(
    x: float,
    y: float,
    text: str,
    *,
    fill: str = INK,
    size: int = 14,
    weight: str = "normal",
    anchor: str = "start",
) -> str:
    """Return a text element at a point of a picture of this stage."""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{fill}" font-size="{size}" font-weight="{weight}" '
        f'text-anchor="{anchor}">{escape(text)}</text>'
    )


def _line(left: float, right: float, colour: str) -> str:
    return (
        f'<line x1="{left:.1f}" y1="15" x2="{right:.1f}" y2="15" stroke="{colour}" '
        'stroke-width="2"/>'
    )


def _diamond(x: float) -> str:
    points = f"{x:.1f},7 {x + 8:.1f},15 {x:.1f},23 {x - 8:.1f},15"
    return f'<polygon points="{points}" fill="#ffffff" stroke="{CLAIM}" stroke-width="3"/>'


def _arrow(x: float, colour: str) -> str:
    points = f"{x:.1f},8 {x + 12:.1f},15 {x:.1f},22"
    return f'<polygon points="{points}" fill="{colour}"/>'

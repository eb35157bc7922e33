"""The dials as one picture: how far the answer moves with what the lists cannot show."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

from safepassage.adapters.population_plot import interval_words, svg_text
from safepassage.core.population.sensitivity import STRONGLY_AGAINST, DialSetting
from safepassage.core.population.types import Recommendation

WIDTH, LEFT, RIGHT = 960, 90, 250
ROW, HEAD, TOP, GAP, FOOT = 22, 30, 96, 12, 76
INK, QUIET, BAND, GRID = "#1a1a1a", "#595959", "#0b5394", "#d9d9d9"
TICKS = 6
BEYOND = "Beyond the lists: all at once, of which no overlap speaks"
LEGEND = (
    "Rows: odds ratio, 1 is none. Dot, line: the answer. Hollow, dashed: overlaps speak against.",
    "Hatched: the recommended band. Dotted: people on a list. Arrow: it goes on past the scale.",
)


def dials_svg(
    observed: int,
    band: Recommendation,
    turned: Mapping[str, Sequence[DialSetting]],
    beyond: Sequence[DialSetting],
    *,
    title: str = "How far the answer moves with what lists cannot show",
) -> str:
    """Draw every dial as a block of rows on one scale of persons.

    What the overlaps speak against is dashed and hollow beside being pale, every number is written
    out, and the picture carries a title and a description for screen readers.

    Parameters
    ----------
    observed
        Persons on at least one list.
    turned
        Settings of each dial between lists, by its name.
    beyond
        Settings of the dial beyond the lists.

    Returns
    -------
    str
        SVG 1.1, no scripts, fonts or links.
    """
    blocks = {f"Between {name}": settings for name, settings in turned.items()} | {BEYOND: beyond}
    most = _most(observed, band, [one for settings in blocks.values() for one in settings])
    height = TOP + sum(HEAD + ROW * len(each) + GAP for each in blocks.values()) + FOOT
    parts = [_head(height, title, _description(observed, band, blocks)), _axis(most, height)]
    parts += [_band(band, most, height), _union(observed, most, height)]
    top = TOP
    for name, settings in blocks.items():
        parts.append(_heading(name, top))
        for at, setting in enumerate(settings):
            parts.append(_row(setting, most, top + HEAD + ROW * at))
        top += HEAD + ROW * len(settings) + GAP
    parts.append(svg_text(16, height - 50, _band_words(observed, band), size=13, fill=INK))
    parts += [
        svg_text(16, height - 30 + 18 * at, line, size=12, fill=QUIET)
        for at, line in enumerate(LEGEND)
    ]
    return "\n".join(parts) + "\n</svg>\n"


def _most(observed: int, band: Recommendation, settings: Sequence[DialSetting]) -> float:
    """Return the right end of the scale: all centres, and the band; not the widest interval."""
    known = [float(observed), band.high or 0.0]
    known += [one.estimate for one in settings if one.estimate is not None]
    limit = 5.0 * max(float(observed), band.estimate or 0.0, 1.0)
    return 1.08 * min(max(value for value in known if math.isfinite(value)), limit)


def _x(persons: float, most: float) -> float:
    return LEFT + min(max(persons / most, 0.0), 1.0) * (WIDTH - LEFT - RIGHT)


def _head(height: int, title: str, description: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'width="{WIDTH}" height="{height}" role="img" aria-labelledby="dial-title dial-desc" '
        'font-family="Noto Sans, Segoe UI, Helvetica, Arial, sans-serif" font-size="14">\n'
        f'<title id="dial-title">{escape(title)}</title>\n'
        f'<desc id="dial-desc">{escape(description)}</desc>\n'
        '<defs><pattern id="dial-hatch" width="8" height="8" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><rect width="8" height="8" fill="#eef4fa"/>'
        '<line x1="0" y1="0" x2="0" y2="8" stroke="#9fc0de" stroke-width="1.5"/></pattern></defs>\n'
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>\n'
        + svg_text(16, 34, title, size=21, weight="bold")
    )


def _description(
    observed: int, band: Recommendation, blocks: Mapping[str, Sequence[DialSetting]]
) -> str:
    spans = []
    for name, settings in blocks.items():
        centres = [one.estimate for one in settings if one.estimate is not None]
        if centres:
            spans.append(f"{name}: centres from {min(centres):,.0f} to {max(centres):,.0f}.")
    return " ".join([_band_words(observed, band), *spans])


def _band_words(observed: int, band: Recommendation) -> str:
    listed = f"{observed:,} people are on at least one list"
    if band.low is None or band.estimate is None or band.high is None:
        return f"{listed}; no band can be given."
    return (
        f"{listed}; the {band.level:.0%} band is {band.low:,.0f} to {band.high:,.0f}, centre "
        f"{band.estimate:,.0f}."
    )


def _axis(most: float, height: int) -> str:
    step = _nice_step(most / TICKS)
    parts = [svg_text(16, 79, "odds ratio", fill=QUIET, size=12)]
    parts.append(svg_text(WIDTH - RIGHT + 12, 79, "persons", fill=QUIET, size=12))
    for number in range(int(most / step) + 1):
        x = _x(number * step, most)
        parts.append(
            f'<line x1="{x:.1f}" y1="84" x2="{x:.1f}" y2="{height - FOOT + 4}" stroke="{GRID}"/>'
            + svg_text(x, 79, f"{number * step:,.0f}", fill=QUIET, size=12, anchor="middle")
        )
    return "\n".join(parts)


def _nice_step(rough: float) -> float:
    power: float = 10.0 ** math.floor(math.log10(max(rough, 1.0)))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= max(rough, 1.0))


def _band(band: Recommendation, most: float, height: int) -> str:
    if band.low is None or band.high is None:
        return ""
    left, right = _x(band.low, most), _x(band.high, most)
    return (
        f'<rect x="{left:.1f}" y="84" width="{max(right - left, 2):.1f}" '
        f'height="{height - 84 - FOOT + 4}" fill="url(#dial-hatch)" stroke="{BAND}"/>'
    )


def _union(observed: int, most: float, height: int) -> str:
    x = _x(observed, most)
    return (
        f'<line x1="{x:.1f}" y1="84" x2="{x:.1f}" y2="{height - FOOT + 4}" stroke="{INK}" '
        'stroke-width="2" stroke-dasharray="2 3"/>'
        + svg_text(x, 62, "listed", size=12, fill=INK, anchor="middle")
    )


def _heading(name: str, top: float) -> str:
    """Return a heading that stays readable over the hatching."""
    return f'<rect x="0" y="{top + 2:.1f}" width="{WIDTH}" height="24" fill="#ffffff"/>' + svg_text(
        16, top + 18, name, size=13, weight="bold"
    )


def _row(setting: DialSetting, most: float, top: float) -> str:
    ratio = svg_text(66, top + 15, f"{setting.odds_ratio:g}", size=13, anchor="end")
    if setting.estimate is None or setting.low is None or setting.high is None:
        return ratio + svg_text(LEFT + 6, top + 15, "refused", size=12, fill=QUIET)
    against = bool(setting.words)
    colour = QUIET if against else INK
    dashes = ' stroke-dasharray="5 3"' if against else ""
    left, right, middle = (_x(v, most) for v in (setting.low, setting.high, setting.estimate))
    y = top + 11
    mark = (
        f'<line x1="{left:.1f}" y1="{y:.1f}" x2="{right:.1f}" y2="{y:.1f}" stroke="{colour}" '
        f'stroke-width="2"{dashes}/>'
        f'<circle cx="{middle:.1f}" cy="{y:.1f}" r="4.5" stroke="{colour}" stroke-width="2" '
        f'fill="{"#ffffff" if against else colour}"/>'
    )
    if setting.high > most:
        mark += f'<polygon points="{right:.1f},{y - 6:.1f} {right + 10:.1f},{y:.1f} '
        mark += f'{right:.1f},{y + 6:.1f}" fill="{colour}"/>'
    words = f"{setting.estimate:,.0f} ({interval_words(setting.low, setting.high)})"
    strongly = ", strongly against" if setting.words == STRONGLY_AGAINST else ", against"
    value = words + (strongly if against else "")
    return ratio + mark + svg_text(WIDTH - RIGHT + 16, top + 15, value, size=12)

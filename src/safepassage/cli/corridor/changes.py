"""How changes between two states of the facts are printed: shared by close, diff and what-if."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from safepassage.cli.common import out
from safepassage.cli.corridor.asking import drivers, profile_document, say
from safepassage.units import format_duration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from safepassage.core.corridor.compare import Change, Leg
    from safepassage.scenario.types import Scenario

MOST_NAMED = 3
"""Places that a way is said to lead by; all of them stand in the JSON document."""
WORDS = {
    "lost": "no way any more",
    "gained": "a way again",
    "changed": "another way or cost",
    "same": "as before",
    "cut_off": "no way before or after",
}


def changes_document(changes: Sequence[Change]) -> list[dict[str, Any]]:
    """Return changes as JSON objects, those that stay as they were among them."""
    return [
        {
            "place": change.place_id,
            "hub": change.hub_id,
            **profile_document(change.profile),
            "verdict": change.verdict.value,
            "before": _leg_document(change.before),
            "after": _leg_document(change.after),
            "holder_before": change.holder_before or None,
            "holder_after": change.holder_after or None,
            "causes": list(change.causes),
        }
        for change in changes
    ]


def _leg_document(leg: Leg) -> dict[str, Any]:
    return {
        "from_hub": leg.from_hub,
        "reachable": leg.reachable,
        "travel_time_s": leg.travel_time_s,
        "exposure": leg.exposure if leg.reachable else None,
        "length_m": round(leg.length_m) if leg.reachable else None,
        "via": list(leg.via),
        "why_not": leg.why_not or None,
    }


def print_changes(changes: Sequence[Change], scenario: Scenario) -> None:
    """Print what changed, the worst first, place by place; what did not change is counted."""
    names = {place.place_id: place.name for place in scenario.places}
    _print_holders(changes, names)
    causes: dict[str, int] = {}
    told = [change for change in changes if change.verdict in ("lost", "gained", "changed")]
    for verdict in ("lost", "gained", "changed"):
        rows = [change for change in told if change.verdict == verdict]
        if rows:
            _print_rows(verdict, rows, names, causes)
    if causes:
        say("Because:")
    for text, number in causes.items():
        say(f"  [{number}] {text}")
    counts = Counter(change.verdict.value for change in changes)
    kept = [f"{counts[key]} {WORDS[key]}" for key in ("same", "cut_off") if counts[key]]
    say(f"{'Nothing changes. ' if not told else ''}Ways looked at: {len(changes)}"
        f"{'; ' + ', '.join(kept) if kept else ''}.")  # fmt: skip


def _print_holders(changes: Sequence[Change], names: dict[str, str]) -> None:
    moved = {
        change.place_id: (change.holder_before, change.holder_after)
        for change in changes
        if change.holder_before != change.holder_after
    }
    groups: dict[tuple[str, str], list[str]] = {}
    for place_id, sides in moved.items():
        groups.setdefault(sides, []).append(names.get(place_id, place_id))
    if groups:
        say("Held by others than before:")
    for (old, new), places in groups.items():
        say(f"  {old or 'nobody known'} -> {new or 'nobody known'}: {', '.join(places)}")


def _print_rows(
    verdict: str, rows: Sequence[Change], names: dict[str, str], causes: dict[str, int]
) -> None:
    from rich.table import Table

    several = len({change.hub_id for change in rows}) > 1
    way = [] if verdict == "lost" else ["new way"]
    table = Table("place", "driving", "before", "after", *way, "because", box=None, pad_edge=False)
    for group in _alike(rows):
        first = group[0]
        because = first.causes or ((first.after.why_not,) if first.after.why_not else ())
        numbers = [causes.setdefault(text, len(causes) + 1) for text in because]
        table.add_row(
            f"  {names.get(first.place_id, first.place_id)}{_hub(first) if several else ''}",
            drivers([change.profile for change in group]),
            _cost(first.before),
            _cost(first.after),
            *([_way(first, names)] if way else []),
            "".join(f"[{number}]" for number in numbers).replace("[", "\\["),
        )
    hub = "" if several else f" ({_ends(rows, names)})"
    exposed = any(leg.exposure for change in rows for leg in (change.before, change.after))
    note = ", in brackets the exposure" if exposed else ""
    say(f"{WORDS[verdict].capitalize()}{hub}{note}:")
    out.print(table)


def _ends(rows: Sequence[Change], names: dict[str, str]) -> str:
    """Say where the ways lead that share a hub."""
    words = {True: "from", False: "to"}
    both = dict.fromkeys(words[change.before.from_hub] for change in rows)
    hub = rows[0].hub_id
    return f"{' and '.join(both)} {names.get(hub, hub)}"


def _alike(rows: Sequence[Change]) -> list[list[Change]]:
    """Put together the ways of driving for which the same is to be said of a place."""
    groups: dict[tuple[Any, ...], list[Change]] = {}
    for change in rows:
        legs = _cost(change.before), _cost(change.after), change.after.via
        key = (change.place_id, change.hub_id, *legs, change.causes)
        groups.setdefault(key, []).append(change)
    places = {key[0]: number for number, key in reversed(list(enumerate(groups)))}
    return [groups[key] for key in sorted(groups, key=lambda key: places[key[0]])]


def _name(place_id: str, names: dict[str, str]) -> str:
    name = names.get(place_id, place_id)
    return place_id if name == place_id else f"{name} ({place_id})"


def _hub(change: Change) -> str:
    return f" {'from' if change.before.from_hub else 'to'} {change.hub_id}"


def _cost(leg: Leg) -> str:
    if leg.travel_time_s is None:
        return "no way"
    words = format_duration(leg.travel_time_s)
    return f"{words} ({leg.exposure:.3f})" if leg.exposure else words


def _way(change: Change, names: dict[str, str]) -> str:
    """Say how long the new way is and by which places it leads, or that it is the old one."""
    leg = change.after
    if change.before.reachable and np.array_equal(change.before.links, leg.links):
        return "the same"
    through = [names.get(one, one) for one in leg.via]
    named = ", ".join(through[:MOST_NAMED]) + (", ..." if len(through) > MOST_NAMED else "")
    return f"{leg.length_m / 1000:.1f} km" + (f" by {named}" if named else "")

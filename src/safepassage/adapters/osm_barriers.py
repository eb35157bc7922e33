"""What the tags of an OpenStreetMap node on a road let through (docs/spec/03-corridor.md §6)."""

from __future__ import annotations

import math
from typing import NamedTuple

from safepassage.adapters.osm_tags import (
    ACCESS_WORDS,
    ALL,
    BUS,
    CAR,
    NOT_READ,
    ONE_DIRECTION,
    TRUCK,
    Tags,
    access_mask,
    access_notes,
    ford_mask,
    height_limit_m,
    limits_not_checked,
    weight_limit_t,
    width_limit_m,
)

NODE_KEYS = ("barrier", "ford", "maxweight", "maxheight", "maxwidth")
"""Nodes with one of these are looked at."""
BARRIERS_OPEN = frozenset(
    ("no", "gate", "lift_gate", "swing_gate", "sliding_gate", "sliding_beam", "hampshire_gate",
     "bump_gate", "toll_booth", "entrance", "cattle_grid", "border_control", "checkpoint",
     "sally_port", "kerb", "height_restrictor", "width_restrictor", "coupure")
)  # fmt: skip
"""Barriers that stop only whom their access tags, limits or a lock stop."""
BARRIERS_SHUT = frozenset(
    ("bollard", "block", "jersey_barrier", "log", "debris", "cycle_barrier", "kissing_gate",
     "stile", "turnstile", "motorcycle_barrier", "full-height_turnstile", "horse_stile", "planter",
     "rubble", "spikes", "wall", "fence", "hedge", "ditch", "guard_rail", "barrier_board", "chain",
     "tank_trap", "rope", "bar", "concrete", "stone", "boulder", "chicane", "wicket_gate",
     "retaining_wall", "city_wall", "wire_fence", "cable_barrier", "hole", "trench", "sandbags",
     "barbed_wire", "overgrowth", "shrub")
)  # fmt: skip
"""Barriers that stop every class unless access tags say otherwise; so does any kind not known."""
BUS_TRAPS = frozenset(("bus_trap", "sump_buster"))

LOCKED = "gate that is locked; it stops all whom access tags do not name"
UNKNOWN_KIND = "barrier of a kind that is not known; it stops all whom access tags do not name"
NO_HEIGHT = "height restrictor without a height; only cars pass"


class Passage(NamedTuple):
    """Who passes a node: a mask of classes, and limits that are NaN where there are none."""

    access: int
    weight_t: float
    height_m: float
    width_m: float

    @property
    def is_free(self) -> bool:
        """Whether the node stops nobody."""
        limits = (self.weight_t, self.height_m, self.width_m)
        return self.access == ALL and all(math.isnan(limit) for limit in limits)


def read_node(tags: Tags) -> tuple[Passage, tuple[str, ...]]:
    """Return who may pass a node of a road, and what to count if the node is on one."""
    notes = limits_not_checked(tags)
    weight_t, height_m = weight_limit_t(tags, notes), height_limit_m(tags, notes)
    without_its_own = {key: value for key, value in tags.items() if key != "width"}
    passage = Passage(ALL, weight_t, height_m, width_limit_m(without_its_own, notes))
    if "barrier" in tags or "ford" in tags:
        default = _barrier_default(tags, math.isnan(height_m), notes)
        notes += [*access_notes(tags), *_not_honoured(tags)]
        mask = access_mask(tags, default=default) & ford_mask(tags)
        passage = passage._replace(access=mask)
    return passage, tuple(dict.fromkeys(notes))


def _barrier_default(tags: Tags, no_height: bool, notes: list[str]) -> int:
    """Return the classes that pass where no access tag speaks of them."""
    mask = ALL
    for kind in tags.get("barrier", "no").split(";"):
        mask &= _kind_default(kind.strip().lower(), no_height, notes)
    if mask and tags.get("locked") == "yes":
        notes.append(LOCKED)
        return 0
    return mask


def _kind_default(kind: str, no_height: bool, notes: list[str]) -> int:
    if kind == "height_restrictor" and no_height:
        notes.append(NO_HEIGHT)
        return CAR
    if kind in BARRIERS_OPEN:
        return ALL
    if kind in BUS_TRAPS:
        return BUS | TRUCK
    if kind not in BARRIERS_SHUT:
        notes.append(UNKNOWN_KIND)
    return 0


def _not_honoured(tags: Tags) -> list[str]:
    """Return what is said of the access to a barrier and has no effect here."""
    notes = []
    for key in tags:
        word, _, more = key.partition(":")
        if word in ACCESS_WORDS and more == "conditional":
            notes.append(NOT_READ)
        elif word in ACCESS_WORDS and more.startswith(("forward", "backward")):
            notes.append(ONE_DIRECTION)
    return notes

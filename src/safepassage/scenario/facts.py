"""What a scenario says of the ground at a moment, as the corridor stage takes it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from safepassage.core.corridor.hazards import DEFAULT_HAZARD_MODEL, HazardModel
from safepassage.core.corridor.what_if import GroundFacts, MapFacts, under
from safepassage.scenario.types import PlanningRules, Scenario


def map_facts(scenario: Scenario, at: datetime | None = None, what_if: str = "") -> MapFacts:
    """Return control, hazards and closures that count at a moment, under a what-if or none.

    Parameters
    ----------
    at
        Aware moment; None for the planning date. Areas derived from settlements hold for it only.
    what_if
        Name of a what-if of the scenario; empty for the facts alone.

    Raises
    ------
    UsageError
        If there is no what-if of that name.
    """
    return under(ground_facts(scenario), at or scenario.planning_date, what_if)


def ground_facts(scenario: Scenario) -> GroundFacts:
    """Return everything that a scenario says of the ground, whatever its date."""
    return GroundFacts(
        places=scenario.places,
        control=scenario.control,
        hazards=scenario.hazards,
        closures=scenario.closures,
        settlements=scenario.settlements,
        what_ifs=scenario.what_ifs,
        assumed_holders=scenario.assumed_holders,
        settlement_reach_m=scenario.planning.settlement_reach_m,
    )


def hazard_model(planning: PlanningRules) -> HazardModel:
    """Return the hazard model with the terms that the operation has changed."""
    model = replace(DEFAULT_HAZARD_MODEL, age_factor_limit=planning.hazard_age_limit)
    return model.with_terms(planning.hazards)

"""The greedy start: feasible at once, most value for its time first."""

from __future__ import annotations

from dataclasses import replace

from safepassage.core.convoy.search import plan_convoy
from safepassage.core.convoy.tiny import tiny_problem
from safepassage.core.convoy.types import ConvoyProblem


def planned(problem: ConvoyProblem) -> list[bool]:
    rides = {one.token for one in plan_convoy(problem, iterations=0).assignments}
    return [group.token in rides for group in problem.groups]


def test_everybody_is_planned_where_there_is_time() -> None:
    assert planned(tiny_problem()) == [True, True]


def test_the_more_valuable_group_goes_when_only_one_can() -> None:
    tiny = tiny_problem()
    short = replace(tiny, windows=(replace(tiny.windows[0], opens_s=0, closes_s=3_000),))
    heavy = replace(tiny.groups[1], value=9)
    assert planned(replace(short, groups=(tiny.groups[0], heavy))) == [False, True]
    assert planned(replace(short, groups=(heavy, tiny.groups[0]))) == [True, False]

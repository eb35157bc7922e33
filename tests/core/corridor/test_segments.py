from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from safepassage.core.corridor.along import describe_options
from safepassage.core.corridor.menu import chosen_routes
from safepassage.core.corridor.segments import asked_for, cut_into_segments, name_of_point
from safepassage.core.corridor.types import Channel, CorridorSegment, LocalCommand, SegmentWindow


@pytest.fixture
def world(road_world):
    """Village 1 to crossing 5 on a line; A until 0.018, nobody to 0.022, B beyond."""

    def make(commands=(), windows=(), more=()):
        roads = road_world.line(5)
        village = replace(road_world.place("village", 0.0, 0.0), name="Village")
        gate = replace(road_world.place("gate", 0.04, 0.0, "crossing"), name="Gate")
        refuge = road_world.place("refuge", 0.01, 0.0, "fall_back")
        control = (road_world.area("A", -1, -1, 0.018, 1), road_world.area("B", 0.022, -1, 1, 1))
        facts = (control, (), road_world.AT)
        places = (village, gate, refuge, *more)
        options = chosen_routes(roads, [(village, gate)], road_world.BUS, *facts)
        (option,) = describe_options(roads, options, places, *facts)
        return cut_into_segments(option, places, windows, commands, control)

    return make


def command(command_id, party, *answers_for):
    return LocalCommand(command_id, party, "duty officer", answers_for, (Channel.RADIO,))


def test_names_hand_overs_and_sums(world):
    segments = world()
    assert [segment.segment_id for segment in segments] == ["r1-1", "r1-2", "r1-3"]
    assert [segment.name for segment in segments] == [
        "Village to 2.0 km E of Village",
        "2.0 km E of Village to 2.0 km W of Gate",
        "2.0 km W of Gate to Gate",
    ]
    assert [segment.begins.at_m for segment in segments] == pytest.approx([0, 1800, 2200], abs=1)
    assert all(one.ends == two.begins for one, two in pairwise(segments))
    assert segments[0].begins.mgrs == "31NAA 6602 0000"
    assert sum(segment.travel_time_s for segment in segments) == 240


def test_where_nobody_is_known_to_hold_both_neighbours_are_asked(world):
    assert [segment.asked for segment in world()] == [("A",), ("A", "B"), ("B",)]


@pytest.mark.parametrize(
    ("sides", "number", "asked"),
    [(("A+B",), 0, ("A", "B")), (("A", "(contested)", "B"), 1, ("A", "B")), (("",), 0, ()),
     (("A", "", ""), 2, ("A",)), (("A", "", "A"), 1, ("A",))],
)  # fmt: skip
def test_who_is_asked(sides, number, asked):
    segments = [CorridorSegment(side, 1.0, 1, 0.0, ((0.0, 0.0),)) for side in sides]
    assert asked_for(segments, number) == asked


def test_a_command_answers_by_its_area_or_by_a_place_and_only_for_its_party(world):
    commands = (
        command("by-area", "A", "area_A"),
        command("by-place", "B", "gate"),
        command("elsewhere", "A", "gate"),
        command("other-party", "B", "village"),
    )
    found = [[item.command_id for item in segment.commands] for segment in world(commands)]
    assert found == [["by-area"], [], ["by-place"]]


def test_where_nobody_is_known_to_hold_it_every_command_that_answers_is_asked(world, road_world):
    post = road_world.place("post", 0.02, 0.001)
    segments = world((command("third", "C", "post"), command("gate", "C", "gate")), more=(post,))
    assert [segment.asked for segment in segments] == [("A",), ("A", "B", "C"), ("B",)]
    assert [item.command_id for item in segments[1].commands] == ["third"]
    assert segments[2].commands == ()


def test_windows_of_the_crossing_count_and_no_others(world, road_world):
    opens = road_world.AT + timedelta(hours=2)
    ours = SegmentWindow("w1", "gate", opens, opens + timedelta(hours=4), "proposed")
    segments = world(windows=(ours, replace(ours, window_id="w2", place_id="another")))
    assert [segment.windows for segment in segments] == [(ours,)] * 3


def test_fall_backs_and_meeting_points_of_each_segment(world, road_world):
    tent = road_world.place("tent", 0.031, 0.001, "medical_point")
    segments = world(more=(tent,))
    assert [item.place_id for item in segments[2].fall_backs] == ["refuge"]
    assert [segment.meeting_points for segment in segments] == [(), (), ("gate", "tent")]


def test_a_point_without_a_named_place_is_named_by_its_grid_reference(road_world):
    assert name_of_point(35.2717, 51.1906, ()) == "36UXB 5874 7347"
    assert name_of_point(0.0, 89.0, ()) == "89.0000, 0.0000"
    depot = road_world.place("depot", 35.2717, 51.1906, "depot")
    assert name_of_point(35.2717, 51.1906, (depot,)) == "36UXB 5874 7347"

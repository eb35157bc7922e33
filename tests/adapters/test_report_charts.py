"""The report's own arithmetic: what stands in the queue, who is across, what is escaped."""

from safepassage.adapters.report.charts import across_steps, queue_steps
from safepassage.adapters.report.svg import Svg, TimeAxis
from safepassage.core.convoy.types import Trip


def trip(trip_id: str, arrive_s: int, start_s: int, end_s: int) -> Trip:
    return Trip(
        trip_id=trip_id,
        vehicle_id="V",
        window_id="W",
        origin_id="depot",
        depart_s=0,
        stops=(),
        queue_arrive_s=arrive_s,
        lane=0,
        screening_start_s=start_s,
        screening_end_s=end_s,
        released_s=end_s,
    )


def test_queue_counts_persons_between_arrival_and_screening() -> None:
    trips = [trip("t1", 100, 100, 400), trip("t2", 150, 400, 600)]
    loads = {"t1": 10, "t2": 7}
    assert queue_steps(trips, loads) == [(100, 0, 0), (150, 1, 7), (400, 0, 0)]


def test_across_adds_each_load_when_its_screening_ends() -> None:
    trips = [trip("t2", 150, 400, 600), trip("t1", 100, 100, 400)]
    assert across_steps(trips, {"t1": 10, "t2": 7}) == [(400, 10), (600, 17)]


def test_text_and_tool_tips_are_escaped() -> None:
    svg = Svg(10, 10, "<b>&")
    svg.label(1, 1, "<script>")
    svg.rect(0, 0, 1, 1, tip='"><x>')
    svg.add("polyline", "<tip>", points="0,0 1,1")
    markup = svg.render()
    assert "<script>" not in markup
    assert "<x>" not in markup
    assert "&lt;b&gt;&amp;" in markup
    assert "<title>&lt;tip&gt;</title>" in markup


def test_axis_ticks_are_full_hours_inside() -> None:
    axis = TimeAxis(from_s=1800, to_s=3 * 3600, left=0, right=100)
    assert list(axis.ticks()) == [3600, 7200, 10800]
    assert axis.x(1800) == 0
    assert axis.x(3 * 3600) == 100

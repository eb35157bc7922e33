"""The report's own arithmetic: axes and escaping."""

from safepassage.adapters.svg import Svg, TimeAxis


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

import pytest

from safepassage.core.geo.antimeridian import split_line, split_polygons


def test_a_line_that_stays_on_one_side_is_left_as_it_is():
    line = ((10.0, 1.0), (-10.0, 2.0))
    assert split_line(line) == (line,)
    assert split_line(()) == ()
    assert split_line(((1.0, 2.0),)) == (((1.0, 2.0),),)


def test_a_line_is_cut_at_180_degrees_both_ways():
    assert split_line(((179.0, 0.0), (-179.0, 1.0))) == (
        ((179.0, 0.0), (180.0, 0.5)),
        ((-180.0, 0.5), (-179.0, 1.0)),
    )
    back = split_line(((-179.0, 1.0), (179.0, 0.0)))
    assert back == (((-179.0, 1.0), (-180.0, 0.5)), ((180.0, 0.5), (179.0, 0.0)))


def test_longitudes_beyond_180_are_brought_back():
    parts = split_line(((179.0, 0.0), (181.0, 0.0)))
    assert parts == (((179.0, 0.0), (180.0, 0.0)), ((-180.0, 0.0), (-179.0, 0.0)))


def test_a_point_on_the_line_itself_is_not_doubled():
    parts = split_line(((179.0, 0.0), (180.0, 0.0), (-179.0, 0.0)))
    assert parts == (((179.0, 0.0), (180.0, 0.0)), ((-180.0, 0.0), (-179.0, 0.0)))


def test_an_area_is_cut_in_two_that_together_are_as_large():
    ring = ((179.0, 0.0), (-179.0, 0.0), (-179.0, 1.0), (179.0, 1.0), (179.0, 0.0))
    parts = split_polygons(((ring,),))
    spans = sorted((min(p[0] for p in part[0]), max(p[0] for p in part[0])) for part in parts)
    assert spans == [(-180.0, -179.0), (179.0, 180.0)]


@pytest.mark.parametrize("west", [-10.0, 179.0 - 2])
def test_other_areas_are_not_touched(west):
    ring = ((west, 0.0), (west + 1, 0.0), (west + 1, 1.0), (west, 0.0))
    assert split_polygons(((ring,),)) == ((ring,),)

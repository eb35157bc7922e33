"""Who rides when, in what? Travel groups, a fleet and windows become a checked timetable."""

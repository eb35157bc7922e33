"""Everything that touches a file, a format or an engine."""

"""How many really remain? Overlaps between lists become an estimate with an interval."""

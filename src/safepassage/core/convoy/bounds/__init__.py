"""B1 and B2: proven upper limits from whole days of vehicles, with certificates."""

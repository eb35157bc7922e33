"""How well lists are linked: against known truth, and against Splink as its tutorial sets it up."""

"""How the population stage does on published tables and on simulated lists with known truth."""

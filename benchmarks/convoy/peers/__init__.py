"""The planners compared, one module each; every one is imported in its own process only."""

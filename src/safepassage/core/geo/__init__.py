"""Projections, distances and geometry helpers shared by the stages."""

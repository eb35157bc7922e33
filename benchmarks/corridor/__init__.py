"""Hierarchy, matrices, ways, menus and import, measured beside other libraries."""

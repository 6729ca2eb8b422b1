"""Measures taken from the store: relations, measures, levels, and the sheets they stand in."""

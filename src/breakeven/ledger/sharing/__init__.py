"""Shared cost and shared benefits: pools, their rules and traces, overlaps and suspects."""

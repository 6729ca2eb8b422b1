"""Closed months: canonical text, hash chain, restating, late facts, verification, exports."""

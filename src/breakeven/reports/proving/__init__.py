"""Proof of a report: where a file says it comes from, what it says line by line, and whether that can be made again."""

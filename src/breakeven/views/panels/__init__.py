"""Panels of pages: each a function from a question to content."""

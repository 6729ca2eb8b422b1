"""Pages about models: all of them over a period, and one with its releases."""

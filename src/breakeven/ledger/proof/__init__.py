"""How well an amount is known: entries, grades, provenance, what counts, and what finance accepted."""

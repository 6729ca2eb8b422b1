"""Benchmarks: `python -m bench` runs them through the real command line, store and ledger; one JSON document out."""

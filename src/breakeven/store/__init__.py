"""Keeping facts: the port (`base`), its layout as data (`schema`, `rollups`), and the adapters."""

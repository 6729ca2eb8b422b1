"""A seeded company: eighteen months of files that are imported like any other, and live traffic while it runs."""

"""Cost truth: invoices against meters, the gap between them, and exchange rates."""

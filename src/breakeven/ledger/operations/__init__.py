"""Live operations: how models run now, against their usual and their targets, and what each release changed."""

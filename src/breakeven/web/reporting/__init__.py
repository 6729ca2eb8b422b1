"""The page on reports: made here and now with progress, what was issued, what is scheduled, two issues compared."""

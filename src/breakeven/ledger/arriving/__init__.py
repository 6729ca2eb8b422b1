"""What arrives, source by source, and what is wrong with it: freshness, volume, delay, refusals, fields, gaps."""

"""Pages about trust: quality of the data, alerts, reports, settings, and the first steps of a new workspace."""

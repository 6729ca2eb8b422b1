"""Projects beside each other: a period, the same age since launch, and the figures of their kind."""

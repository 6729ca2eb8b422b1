"""What of traffic, cost and benefit is there, and how to connect the rest."""

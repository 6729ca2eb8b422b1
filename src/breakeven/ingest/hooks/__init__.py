"""Webhooks: what a delivery says of deployments and incidents, and whether it is what it claims to be."""

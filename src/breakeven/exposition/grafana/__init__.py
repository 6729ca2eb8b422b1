"""Dashboards for Grafana, and rules for Prometheus, made from a workspace."""

"""Figures for other programs' monitoring: Prometheus, its history, and the dashboards and rules that read them."""

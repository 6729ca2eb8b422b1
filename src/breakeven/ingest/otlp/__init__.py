"""OTLP/HTTP: traces and metrics of OpenTelemetry as interactions."""
